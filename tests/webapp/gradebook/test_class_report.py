"""How a class did in one TP."""

from __future__ import annotations

import datetime as dt
import re

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from grader.rubric import load_rubric
from tests.webapp.gradebook.classroom import Classroom
from tests.webapp.gradebook.page import rows
from webapp.courses.models import Assignment
from webapp.gradebook.book import Book, Look
from webapp.gradebook.charts import of_criteria, of_marks
from webapp.gradebook.figures import Figures, figures, histogram
from webapp.submissions.marks import settle
from webapp.submissions.models import Correction, CorrectionKind, State


def of(room: Classroom, assignment: Assignment) -> Figures:
    return figures(Book.of(room.school.course, Look.POLICY, room.now), assignment, "en")


def page(client: Client, tp: str = "tp1") -> str:
    response = client.get(reverse("class-report", args=["asee", tp]))
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def test_marks_that_count_are_counted_in_tenths_of_the_full_mark(room: Classroom) -> None:
    room.attempt(room.school.student, room.tp1, (2, 0, 0))
    room.attempt(room.school.student, room.tp1, (2, 8, 0))
    room.attempt(room.school.fellow, room.tp1)
    room.attempt(room.enrol("u1"), room.tp1, (0, 0, 0))
    room.attempt(room.enrol("u2"), room.tp1, state=State.ERROR)
    found = of(room, room.tp1)
    assert [each.students for each in found.bins] == [1, 0, 0, 0, 0, 1, 0, 0, 0, 1]
    assert (found.students, found.tried, found.marked, found.withheld) == (4, 4, 3, 1)
    assert (found.mean, found.middle) == (10.0, 10.0)


def test_a_mark_at_an_edge_is_in_the_upper_bin_however_it_was_added_up() -> None:
    assert [each.students for each in histogram([0.1 + 0.2, 0.3, 1.0], 1.0)] == [
        0, 0, 0, 2, 0, 0, 0, 0, 0, 1,
    ]  # fmt: skip


def test_pass_rates_are_of_the_attempt_that_counts(room: Classroom) -> None:
    for tp in (room.tp1, room.tp2):
        room.attempt(room.school.student, tp, (2, 8, 0))
        room.attempt(room.school.student, tp, (2, 0, 0))
    assert [each.passed for each in of(room, room.tp1).criteria] == [1, 1, 0]
    assert [each.passed for each in of(room, room.tp2).criteria] == [1, 0, 0]


def test_corrections_by_hand_change_the_pass_rate(room: Classroom) -> None:
    submission = room.attempt(room.school.student, room.tp1, (2, 0, 0))
    room.attempt(room.school.fellow, room.tp1, (2, 0, 0))
    room.correct(submission, 1, 8)
    room.correct(submission, 0, 1)
    room.correct(submission, 2, 4)
    built, middle, last = of(room, room.tp1).criteria
    assert (built.passed, built.failed, built.by_hand, built.lost) == (1, 1, 1, 1)
    assert (middle.passed, middle.failed, middle.by_hand, middle.lost) == (1, 1, 1, 8)
    assert (last.passed, last.failed, last.by_hand, last.lost) == (0, 2, 1, 16)


def test_an_annulled_verdict_passes_for_its_own_marking_only(room: Classroom) -> None:
    submission = room.attempt(room.school.student, room.tp1, (2, 0, 10))
    annulled = Correction.objects.create(
        submission=submission, criterion="tp1.c1", kind=CorrectionKind.ANNULLED, reason="ours",
        marking=submission.markings.get(), author=room.school.instructor, created_at=room.now,
    )  # fmt: skip
    settle(submission)
    assert of(room, room.tp1).criteria[1].passed == 1
    other = room.attempt(room.school.fellow, room.tp1)
    annulled.marking = other.markings.get()
    annulled.save()
    settle(submission)
    assert of(room, room.tp1).criteria[1].passed == 1
    assert of(room, room.tp1).criteria[1].by_hand == 0


def test_a_mark_decided_by_hand_where_the_platform_failed(room: Classroom) -> None:
    submission = room.attempt(room.school.student, room.tp1, (2, 8, 0), state=State.ERROR)
    room.correct(submission, 2, 10)
    last = of(room, room.tp1).criteria[2]
    assert (last.passed, last.undecided, last.percent) == (1, 0, 100)


def test_what_the_class_fails_most_is_said(room: Classroom, teacher: Client) -> None:
    room.attempt(room.school.student, room.tp1, (2, 8, 0))
    room.attempt(room.school.fellow, room.tp1, (2, 0, 0))
    room.attempt(room.enrol("u1"), room.tp1, (2, 0, 10))
    found = of(room, room.tp1)
    assert found.hardest is not None
    # Both are passed by one in three; this one costs 20 points, the other 16.
    assert (found.hardest.criterion, found.hardest.percent) == ("tp1.c2", 33)
    assert "The class fails “tp1.c2” most: 33 % of 3 students pass it." in page(teacher)


def test_titles_are_the_rubric_s(room: Classroom, teacher: Client) -> None:
    room.school.graded("defect")
    title = load_rubric("tp1").criteria[5].title.get("en")
    assert f"The class fails “{title}” most: 0 % of 1 students pass it." in page(teacher)


def test_nobody_fails_anything(room: Classroom, teacher: Client) -> None:
    room.attempt(room.school.student, room.tp1)
    assert of(room, room.tp1).hardest is None
    assert "Every criterion is passed by everybody." in page(teacher)


def test_before_the_first_mark(room: Classroom, teacher: Client) -> None:
    room.attempt(room.school.student, room.tp1, state=State.QUEUED, points=(0, 0, 0))
    assert "There is no mark to show yet." in page(teacher)


def test_attempts_per_student(room: Classroom) -> None:
    for _ in range(7):
        room.attempt(room.school.student, room.tp1)
    room.attempt(room.school.fellow, room.tp1)
    room.enrol("u1")
    assert {each.label: each.students for each in of(room, room.tp1).tries if each.students} == {
        "0": 1,
        "1": 1,
        "6–10": 1,
    }


def test_whether_they_improve(room: Classroom) -> None:
    better, same = room.school.student, room.school.fellow
    for points in ((0, 0, 0), (2, 8, 0), (2, 0, 0)):
        room.attempt(better, room.tp1, points)
    for _ in range(2):
        room.attempt(same, room.tp1, (2, 0, 0))
    room.attempt(room.enrol("u1"), room.tp1)
    found = of(room, room.tp1)
    assert [(each.number, each.students) for each in found.at_attempts] == [(1, 3), (2, 2), (3, 1)]
    assert [round(each.mean, 2) for each in found.at_attempts] == [7.33, 6.0, 2.0]
    progress = found.progress
    assert progress is not None
    assert (progress.students, progress.better, progress.same, progress.worse) == (2, 1, 1, 0)
    assert (progress.first, progress.counted) == (1.0, 6.0)


def test_who_left_the_course_is_not_counted(room: Classroom) -> None:
    room.attempt(room.school.student, room.tp1)
    room.attempt(room.school.fellow, room.tp1, (0, 0, 0))
    room.school.fellow.enrolments.all().delete()
    found = of(room, room.tp1)
    assert (found.students, found.marked, found.criteria[0].decided) == (1, 1, 1)
    assert [each.students for each in found.at_attempts] == [1]


def test_a_bar_is_as_high_as_its_figure(room: Classroom) -> None:
    room.attempt(room.school.student, room.tp1, (2, 0, 0))
    room.attempt(room.enrol("u1"), room.tp1, (2, 0, 0))
    room.attempt(room.school.fellow, room.tp1)
    found = of(room, room.tp1)
    bars = {bar.label: bar for bar in of_marks(found).bars}
    assert bars["2"].height == 2 * bars["18"].height > 0
    assert all(bar.y + bar.height == 168 for bar in bars.values())
    shares = {bar.label: bar for bar in of_criteria(found, "tp1").bars}
    assert round(shares["c1"].width / shares["c0"].width, 2) == 0.33


def test_drawings_have_names_and_the_same_figures_in_a_table(
    room: Classroom, teacher: Client
) -> None:
    room.attempt(room.school.student, room.tp1, (2, 8, 0))
    html = page(teacher)
    drawings = re.findall(r"<svg class=\"chart\".*?</svg>", html)
    assert len(drawings) == 4
    for drawing in drawings:
        assert 'role="img"' in drawing and "<title id=" in drawing and "<desc id=" in drawing
        assert "style" not in drawing
    for table in ("t-marks", "t-tries", "t-criteria", "t-progress"):
        assert f'id="{table}"' in html


def test_numbers_of_a_drawing_are_numbers_in_french_too(room: Classroom, teacher: Client) -> None:
    room.attempt(room.school.student, room.tp1, (2, 8, 0))
    teacher.cookies["django_language"] = "fr"
    for drawing in re.findall(r"<svg class=\"chart\".*?</svg>", page(teacher)):
        assert not re.search(r' (?:x|y|x1|x2|y1|y2|width|height)="[^"]*[,\s]', drawing)


def test_the_number_of_queries_does_not_follow_the_class(room: Classroom, teacher: Client) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            page(teacher)
        return len(queries)

    room.correct(room.attempt(room.school.student, room.tp1, (2, 0, 0)), 1, 3)
    few = count()
    for number in range(30):
        student = room.enrol(f"u{number}")
        room.correct(room.attempt(student, room.tp1, (2, 0, 0)), 1, 3)
    assert count() == few


def test_a_broken_try_that_was_decided_by_hand_counts_once(room: Classroom) -> None:
    """Without a report nothing is stored but steps: the rubric names the criteria."""
    submission = room.school.submit()
    marking = submission.markings.get()
    marking.state = State.ERROR
    marking.save()
    rubric = marking.rubric.parsed
    for criterion in rubric.criteria:
        Correction.objects.create(
            submission=submission, criterion=criterion.id, kind=CorrectionKind.POINTS, points=0.5,
            reason="by eye", author=room.school.instructor, created_at=room.now,
        )  # fmt: skip
    settle(submission)
    criteria = of(room, room.tp1).criteria
    assert [each.criterion for each in criteria] == [each.id for each in rubric.criteria]
    assert {(each.failed, each.undecided, each.by_hand) for each in criteria} == {(1, 0, 1)}
    assert sum(each.lost for each in criteria) == 20 - 0.5 * len(criteria)


def test_an_annulment_that_a_later_try_made_void_is_not_told(
    room: Classroom, teacher: Client
) -> None:
    submission = room.attempt(room.school.student, room.tp1, (2, 0, 10))
    marking = submission.markings.get()
    Correction.objects.create(
        submission=submission, criterion="tp1.c1", kind=CorrectionKind.ANNULLED, reason="ours",
        marking=marking, author=room.school.instructor, created_at=room.now,
    )  # fmt: skip
    settle(submission)
    assert "by hand" in rows(teacher)["student"][1]
    marking.queued_at = room.now + dt.timedelta(minutes=1)
    marking.save()
    settle(submission)
    assert "by hand" not in rows(teacher)["student"][1]
    assert of(room, room.tp1).criteria[1].by_hand == 0
