"""The generated class is as a real one would be, and pages can be measured with it."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from django.core.management import call_command

from webapp.cli.generated_class import AlreadyThere, Made, generate
from webapp.cli.management.commands.bench_web import faults
from webapp.cli.web_bench import LIMIT, Measured, measure, percentile
from webapp.courses.models import Course
from webapp.submissions.models import Mark, Marking, MarkingReport, Standing, Submission
from webapp.submissions.pages import stored_report
from webapp.submissions.settling import settle_many

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


def make(students: int = 4, submissions: int = 12, slug: str = "large", seed: int = 1) -> Made:
    return generate(students, submissions, NOW, slug=slug, seed=seed)


def marks() -> list[dict[str, object]]:
    return list(Mark.objects.order_by("pk").values())


@pytest.mark.django_db
def test_marks_and_standings_are_what_the_platform_would_write() -> None:
    made = make(students=20, submissions=20)
    assert Submission.objects.count() == made.submissions == 20 * 20
    assert Mark.objects.filter(late_points__gt=0).exists()
    before = marks(), list(Standing.objects.order_by("pk").values())
    for assignment in made.course.assignments.all():
        settle_many(assignment, assignment.submissions.values_list("pk", flat=True))
    assert (marks(), list(Standing.objects.order_by("pk").values())) == before


@pytest.mark.django_db
def test_the_same_seed_draws_the_same_class() -> None:
    drawn = []
    for slug, seed in (("a", 1), ("b", 1), ("c", 2)):
        course = make(slug=slug, seed=seed).course
        own = Mark.objects.filter(submission__assignment__course=course).order_by("pk")
        drawn.append(list(own.values_list("score", "submission__created_at", "late_days")))
    assert drawn[0] == drawn[1] != drawn[2]


@pytest.mark.django_db
def test_reports_can_be_read_and_say_what_the_marks_say() -> None:
    make()
    reports = MarkingReport.objects.select_related("marking__submission__mark")
    assert reports
    for each in reports:
        report = stored_report(each.marking)
        assert report is not None
        assert report.score == each.marking.score
    assert Marking.objects.filter(is_shown=False).exists()


@pytest.mark.django_db
def test_a_course_that_is_there_is_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    make()
    with pytest.raises(AlreadyThere):
        make()
    with pytest.raises(SystemExit):
        call_command("generate_class", students=1, submissions=1, course="large")
    assert "already" in capsys.readouterr().err
    assert Course.objects.count() == 1


@pytest.mark.django_db
def test_nobody_can_log_in_without_a_password() -> None:
    assert not make().instructor.has_usable_password()
    known = generate(1, 1, NOW, slug="b", seed=1, password="said-aloud")
    assert known.student.check_password("said-aloud")


@pytest.mark.django_db
def test_no_page_makes_more_queries_for_a_larger_class() -> None:
    small = measure(make(students=30, slug="small", submissions=24), times=1)
    large = measure(make(students=70, slug="large", submissions=24), times=1)
    assert len(small) > 12
    pairs = [(few, many) for few, many in zip(small, large, strict=True) if many.has_limit]
    assert {few.label: few.queries for few, _ in pairs} == {
        many.label: many.queries for _, many in pairs
    }


def measured(**changes: object) -> Measured:
    usual = Measured("home", True, queries=7, median=20, slow=30, busy=10, size=1000)
    return dataclasses.replace(usual, **changes)  # type: ignore[arg-type]


def test_what_is_too_slow_or_grows_is_said() -> None:
    assert faults([measured()], [measured(median=LIMIT)]) == []
    assert len(faults([measured()], [measured(median=LIMIT + 1)])) == 1
    assert len(faults([measured()], [measured(queries=8)])) == 1
    assert faults([measured()], [measured(queries=8, median=999, has_limit=False)]) == []


def test_percentiles_are_of_the_nearest_rank() -> None:
    assert percentile([3.0, 1.0, 2.0], 95) == 3.0
    assert percentile([float(n) for n in range(1, 101)], 95) == 95.0
