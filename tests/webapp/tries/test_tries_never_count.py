"""Whatever is tried, everything that counts is as if it had never been."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.intake import Upload
from tests.webapp.support import reports
from tests.webapp.support.fixtures import MODULE, School, marking_of
from webapp.accounts.models import User
from webapp.courses.models import Assignment, Counts
from webapp.courses.services import seat_in
from webapp.gradebook import sheets
from webapp.gradebook.book import Book, Look, students
from webapp.gradebook.figures import figures
from webapp.regrading import choosing
from webapp.regrading.models import Which
from webapp.submissions import claims, services
from webapp.submissions.models import Mark, Standing, Submission
from webapp.submissions.overview import course_overview
from webapp.submissions.settling import settle_dates, settle_many, stand_many

MARKS = (
    "submission__student__username", "submission__attempt", "submission__created_at",
    "engine_score", "corrected_score", "late_days", "late_points", "score", "max_score",
    "marking__state",
)  # fmt: skip
STANDINGS = (
    "student__username", "attempts", "last__submission__attempt", "best__submission__attempt",
    "last__score", "best__score",
)  # fmt: skip
#: Who, tried or handed in, how it ends (``waits``: not at all), hours after the TP's date.
EVENT = st.tuples(
    st.sampled_from(["student", "fellow"]),
    st.booleans(),
    st.sampled_from(["perfect", "panic", "no-build", "platform", "waits"]),
    st.integers(-20, 60),
)
Event = tuple[str, bool, str, int]


def send(school: School, event: Event, number: int) -> Submission:
    who, as_try, kind, hours = event
    at = school.assignment.due_at + dt.timedelta(hours=hours, minutes=number)
    student: User = getattr(school, who)
    data = MODULE + b"// %d\n" % number
    submission = services.hand_in(
        student, school.assignment, [Upload("ring.c", data)], at, as_try=as_try
    )
    if kind == "waits":
        return submission
    claim = claims.claim(marking_of(submission).pk, at)
    assert claim is not None
    report = reports.report(kind, submission.seed)
    if kind == "platform":
        claims.fail(claim, "QEMU ended", at, report)
    else:
        claims.finish(claim, report, at)
    return submission


def everything_that_counts(school: School, now: dt.datetime) -> list[object]:
    book = Book.of(school.course, Look.POLICY, now)
    rows = students(book)
    (line,) = course_overview(seat_in(school.student, "asee"), now).lines
    regraded = {
        which: list(
            choosing.submissions(choosing.Choice(school.assignment, which)).values_list(
                "student__username", "is_try", "attempt"
            )
        )
        for which in (Which.LATEST, Which.BEST, Which.ALL)
    }
    return [
        list(Mark.objects.order_by(*MARKS[:2]).values_list(*MARKS)),
        list(Standing.objects.order_by("student__username").values_list(*STANDINGS)),
        [list(sheets.sheet(Book.of(school.course, look, now), rows)) for look in Look],
        list(sheets.moodle_sheet(book, rows)),
        figures(book, school.assignment, "en"),
        regraded,
        (line.attempts, line.last and line.last.score, line.best and line.best.score),
    ]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(EVENT, max_size=7), st.sampled_from([0.0, 1.5]))
def test_adding_tries_changes_nothing_that_counts(
    school: School, events: list[Event], per_day: float
) -> None:
    Assignment.objects.filter(pk=school.assignment.pk).update(
        counts=Counts.LAST, late_days=3, late_points_per_day=per_day
    )
    school.assignment.refresh_from_db()
    end = school.assignment.due_at + dt.timedelta(days=4)
    found = []
    for tries_too in (False, True):
        with transaction.atomic():
            timeline = sorted(enumerate(events), key=lambda each: (each[1][3], each[0]))
            sent = [send(school, each, n) for n, each in timeline if tries_too or not each[1]]
            found.append(everything_that_counts(school, end))
            # Nor does anything that is settled anew later.
            settle_many(school.assignment, [each.pk for each in sent])
            settle_dates(school.assignment)
            stand_many(school.assignment, {each.student_id for each in sent if not each.is_try})
            assert everything_that_counts(school, end) == found[-1]
            transaction.set_rollback(True)
    assert found[0] == found[1]
