"""The comparison as a table for a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from webapp.courses.models import Enrolment
from webapp.regrading import scoring
from webapp.regrading.models import Regrade, RegradeItem
from webapp.regrading.scoring import Scored
from webapp.submissions.models import CriterionProgress
from webapp.submissions.settling import AT_ONCE, slices
from webapp.submissions.spreadsheets import neutral

Cell = str | int | float | None


def safe(cell: Cell) -> Cell:
    """Text that a spreadsheet shows and never computes. Numbers stay numbers."""
    return neutral(cell) if isinstance(cell, str) else cell


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_lines(regrade: Regrade) -> Iterator[str]:
    """A header, then a line for every submission; read and written a few hundred at a time."""
    writer = csv.writer(_Echo())
    criteria = _criteria(regrade)
    yield "\ufeff"  # Excel takes a file without it for Latin-1
    yield writer.writerow([safe(cell) for cell in _header(criteria)])
    for part in slices(scoring.scored(regrade), AT_ONCE):
        for line in _lines(regrade, part, criteria):
            yield writer.writerow([safe(cell) for cell in line])


def _criteria(regrade: Regrade) -> list[str]:
    """Of the new markings, in their order, then those that only the old ones have."""
    found: dict[str, None] = {}
    for side in ("new", "old"):
        names = (
            CriterionProgress.objects.filter(
                marking__in=RegradeItem.objects.filter(regrade=regrade).values(side)
            )
            .order_by("position", "criterion")
            .values_list("criterion", flat=True)
            .distinct()
        )
        found |= dict.fromkeys(names)
    return list(found)


def _header(criteria: list[str]) -> list[Cell]:
    cells: list[Cell] = [
        _("Student"), _("Last name"), _("First name"), _("Group"), _("Attempt"), _("State"),
        _("Old mark"), _("New mark"), _("Change"), _("Applied"),
    ]  # fmt: skip
    for criterion in criteria:
        cells += [f"{criterion} {_('old')}", f"{criterion} {_('new')}"]
    return cells


@dataclass(frozen=True)
class _Rows:
    """Verdict and points by marking and criterion."""

    cells: dict[tuple[int, str], str]

    def cell(self, marking: int, criterion: str) -> str:
        return self.cells.get((marking, criterion), "")


def _lines(regrade: Regrade, part: list[Scored], criteria: list[str]) -> Iterator[list[Cell]]:
    items = RegradeItem.objects.select_related("submission__student", "new").in_bulk(
        [each.item for each in part]
    )
    groups = dict(
        Enrolment.objects.filter(
            course=regrade.assignment.course_id, user__in=[each.student for each in part]
        ).values_list("user", "group")
    )
    markings = [marking for each in part for marking in (each.base, each.new)]
    rows = _Rows(
        {
            (marking, criterion): f"{verdict} {points:g}/{most:g}"
            for marking, criterion, verdict, points, most in CriterionProgress.objects.filter(
                marking__in=markings
            )
            .exclude(verdict="")
            .values_list("marking", "criterion", "verdict", "points", "max_points")
        }
    )
    for each in part:
        item = items[each.item]
        student = item.submission.student
        line: list[Cell] = [
            student.username, student.last_name, student.first_name,
            groups.get(each.student, ""), item.submission.attempt,
            item.new.get_state_display(), each.old_score, each.new_score,
            each.difference if each.is_done and each.comparable else None,
            each.applied_at.isoformat(timespec="seconds") if each.applied_at else "",
        ]  # fmt: skip
        for criterion in criteria:
            line += [rows.cell(each.base, criterion), rows.cell(each.new, criterion)]
        yield line
