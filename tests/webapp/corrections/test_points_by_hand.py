"""An instructor decides a criterion by hand: what is stored, what counts, what is shown."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.webapp.support import reports
from tests.webapp.support.fixtures import MODULE, School, finish, marking_of
from tests.webapp.support.reports import EVIL
from tests.webapp.support.withheld import FAULT, withhold
from webapp.audit.models import Action, AuditEntry
from webapp.corrections.points import Refused, Seen, annul, set_points
from webapp.courses.models import Role
from webapp.submissions import services
from webapp.submissions.models import Correction, Mark, Marking, Standing, Submission
from webapp.submissions.pages import submission_page


@pytest.fixture
def teacher(school: School, client: Client) -> Client:
    client.force_login(school.instructor)
    return client


def address(name: str, school: School, submission: Submission, *more: object) -> str:
    return reverse(name, args=[school.course.slug, submission.pk, *more])


def form(submission: Submission, **typed: object) -> dict[str, object]:
    """What the page's form sends while no correction is in force."""
    return {
        "criterion": "tp1.order",
        "marking": marking_of(submission).pk,
        "seen": "",
        "reason": "right but for the order",
        **typed,
    }


def seen(submission: Submission, correction: Correction | None = None) -> Seen:
    return Seen(marking_of(submission).pk, correction.pk if correction else None)


def article(html: str, anchor: str) -> str:
    start = html.index(f'id="{anchor}"')
    return html[start : html.index("</article>", start)]


def test_points_are_set_counted_shown_and_recorded(school: School, teacher: Client) -> None:
    submission = school.graded("defect")
    answer = teacher.post(address("correct", school, submission), form(submission, points="2"))
    assert answer["Location"] == f"{submission.get_absolute_url()}#tp1-order"

    mark = Mark.objects.get(submission=submission)
    assert (mark.engine_score, mark.corrected_score, mark.score) == (17, 19, 19)
    assert Standing.objects.get(student=school.student).best == mark

    teacher.force_login(school.student)
    html = teacher.get(submission.get_absolute_url()).content.decode()
    order = article(html, "tp1-order")
    assert "Points set by Instructor on " in order
    assert "2 of 3 (the checks gave 0)." in order
    assert "Reason: right but for the order" in order
    assert '<span class="pts"><b>2</b>/3</span>' in order
    assert re.search(r'class="big">19</span><span class="of">/20<', html)
    assert "Correct by hand" not in html

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.course) == (
        Action.POINTS_SET, school.instructor, school.course,
    )  # fmt: skip
    assert entry.target == "student, tp1, attempt 1: tp1.order"
    assert entry.reason == "right but for the order"
    assert entry.detail["old"] == {
        "points": 0.0, "decided_by": "the checks", "because": "", "mark": 17.0,
    }  # fmt: skip
    assert entry.detail["new"] == {
        "points": 2.0, "decided_by": "instructor: points", "mark": 19.0,
    }  # fmt: skip


def test_the_mark_box_adds_up(school: School, teacher: Client) -> None:
    submission = school.graded("defect")
    set_points(submission, "tp1.order", 2, "why", school.instructor, timezone.now(),
               seen(submission))  # fmt: skip
    html = teacher.get(submission.get_absolute_url()).content.decode()
    box = html[html.index('<dl class="sum">') : html.index("</dl>", html.index('class="sum"'))]
    assert "<dt>The checks</dt><dd>17</dd>" in box
    assert "<dt>By hand, 1 criterion</dt><dd>+2</dd>" in box
    assert "<dt>This attempt</dt><dd>19/20</dd>" in box


def test_a_plain_mark_is_not_explained_but_what_counts_is(school: School, teacher: Client) -> None:
    first, second = school.graded("perfect"), school.graded("defect", MODULE + b"\n")
    html = teacher.get(second.get_absolute_url()).content.decode()
    assert 'class="sum"' not in html
    assert re.search(r"The best attempt counts:\s+<a href=\"[^\"]+\">attempt 1</a>, 20/20", html)
    assert "this one." in teacher.get(first.get_absolute_url()).content.decode()
    school.assignment.counts = "last"
    school.assignment.save()
    html = teacher.get(second.get_absolute_url()).content.decode()
    assert re.search(r"The last attempt counts:\s+this one\.", html)


def test_lists_say_that_a_mark_was_corrected(school: School, teacher: Client) -> None:
    submission = school.graded("defect")
    page = school.assignment.get_absolute_url()
    assert "corrected" not in teacher.get(page).content.decode()
    set_points(submission, "tp1.order", 2, "why", school.instructor, timezone.now(),
               seen(submission))  # fmt: skip
    for user, url in (
        (school.instructor, page),
        (school.student, page),
        (school.student, school.course.get_absolute_url()),
        (school.student, submission.get_absolute_url()),
    ):
        teacher.force_login(user)
        assert ">corrected</span>" in teacher.get(url).content.decode()


def test_an_annulled_criterion_costs_nothing(school: School, teacher: Client) -> None:
    submission = school.graded("defect")
    reply = teacher.post(address("annul", school, submission), form(submission, reason="our bug"))
    assert reply.status_code == 302
    assert Mark.objects.get(submission=submission).score == 20
    assert AuditEntry.objects.get().action == Action.VERDICT_ANNULLED
    teacher.force_login(school.student)
    order = article(teacher.get(submission.get_absolute_url()).content.decode(), "tp1-order")
    assert "Annulled by Instructor" in order
    assert "our fault" in order
    assert "Reason: our bug" in order


def test_another_marking_ends_an_annulment_but_not_points(school: School) -> None:
    submission, now = school.graded("defect"), timezone.now()
    annul(submission, "tp1.order", "our bug", school.instructor, now, seen(submission))
    set_points(submission, "tp1.build", 0.5, "late binding", school.instructor, now,
               seen(submission))  # fmt: skip
    assert Mark.objects.get(submission=submission).score == 19.5
    _mark_anew(submission, "defect")
    assert Mark.objects.get(submission=submission).score == 16.5


def test_a_withdrawn_correction_counts_no_more(school: School, teacher: Client) -> None:
    submission = school.graded("defect")
    made = set_points(submission, "tp1.order", 2, "why", school.instructor, timezone.now(),
                      seen(submission))  # fmt: skip
    url = address("correction-withdraw", school, submission, made.pk)
    assert teacher.post(url).status_code == 302
    assert Mark.objects.get(submission=submission).score == 17
    assert "Points set by" not in teacher.get(submission.get_absolute_url()).content.decode()
    teacher.post(url)  # a double click
    entry = AuditEntry.objects.get(action=Action.CORRECTION_WITHDRAWN)
    assert (entry.detail["old"]["because"], entry.detail["new"]["mark"]) == ("why", 17)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"points": "4"}, "A number from 0 to 3, please."),
        ({"points": "-1"}, "A number from 0 to 3, please."),
        ({"points": "nan"}, "That is no number."),
        ({"points": "1e999"}, "That is no number."),
        ({"points": "two"}, "That is no number."),
        ({"points": ""}, "How many points?"),
        ({"points": "2", "reason": "  "}, "Write why"),
        ({"points": "2", "reason": "x" * 2001}, "at most 2000 characters"),
        ({"points": "2", "reason": "a\0b"}, "Null characters are not allowed"),
        ({"points": "2", "criterion": "tp1.nothing"}, "has no such criterion"),
    ],
)
def test_bad_input_is_told_and_nothing_typed_is_lost(
    school: School, teacher: Client, typed: dict[str, str], told: str
) -> None:
    submission = school.graded("defect")
    reply = teacher.post(address("correct", school, submission), form(submission, **typed))
    assert reply.status_code == 422
    html = reply.content.decode()
    assert told in html
    assert not Correction.objects.exists()
    assert not AuditEntry.objects.exists()
    if "criterion" not in typed:
        order = article(html, "tp1-order")
        assert '<details class="correct" open' in order
        assert f'value="{typed["points"]}"' in order
    if "reason" not in typed:
        assert "right but for the order" in html


def test_a_comma_is_a_decimal_point(school: School, teacher: Client) -> None:
    submission = school.graded("defect")
    teacher.post(address("correct", school, submission), form(submission, points="2,5"))
    assert Mark.objects.get(submission=submission).score == 19.5


def test_what_a_colleague_did_meanwhile_is_not_overwritten(school: School, teacher: Client) -> None:
    submission = school.graded("defect")
    stale = form(submission, points="1")
    set_points(submission, "tp1.order", 2, "first", school.instructor, timezone.now(),
               seen(submission))  # fmt: skip
    reply = teacher.post(address("correct", school, submission), stale)
    assert reply.status_code == 422
    assert "Somebody else corrected this meanwhile" in reply.content.decode()
    assert Mark.objects.get(submission=submission).score == 19


def test_an_annulment_is_of_the_marking_that_was_on_the_screen(
    school: School, teacher: Client
) -> None:
    submission = school.graded("defect")
    stale = form(submission)
    _mark_anew(submission, "defect")
    reply = teacher.post(address("annul", school, submission), stale)
    assert "It was marked again meanwhile" in reply.content.decode()
    assert not Correction.objects.exists()


def test_what_is_being_marked_is_not_corrected(school: School, teacher: Client) -> None:
    submission = school.submit()
    reply = teacher.post(address("correct", school, submission), form(submission, points="1"))
    html = reply.content.decode()
    assert "It is being marked at the moment" in html
    assert "right but for the order" in html  # for copying


def test_a_second_correction_replaces_the_first(school: School) -> None:
    submission, now = school.graded("defect"), timezone.now()
    first = set_points(submission, "tp1.order", 2, "a", school.instructor, now, seen(submission))
    with pytest.raises(Refused):
        annul(submission, "tp1.order", "b", school.instructor, now, seen(submission))
    annul(submission, "tp1.order", "b", school.instructor, now, seen(submission, first))
    assert Correction.objects.get(withdrawn_at=None).reason == "b"
    assert AuditEntry.objects.first().detail["old"]["because"] == "a"


def test_a_submission_of_another_course_is_not_there(school: School, teacher: Client) -> None:
    submission = school.graded("defect")
    foreign = reverse("correct", args=["elsewhere", submission.pk])
    assert teacher.post(foreign, form(submission, points="1")).status_code == 404
    teacher.force_login(school.stranger)  # teaches 'elsewhere'
    assert teacher.post(foreign, form(submission, points="1")).status_code == 404
    assert not Correction.objects.exists()


@pytest.mark.parametrize("who", ["student", "fellow", "stranger"])
@pytest.mark.parametrize("name", ["correct", "annul"])
def test_only_who_teaches_the_course_corrects(
    school: School, client: Client, who: str, name: str
) -> None:
    submission = school.graded("defect")
    client.force_login(getattr(school, who))
    reply = client.post(address(name, school, submission), form(submission, points="3"))
    assert reply.status_code == 404
    assert Mark.objects.get(submission=submission).score == 17


def test_a_reason_is_inert_and_visible(school: School, teacher: Client) -> None:
    submission = school.graded("defect")
    school.instructor.last_name = "<b>\u202eNo\x1b"
    school.instructor.save()
    evil = EVIL.replace("\0", "")
    teacher.post(address("correct", school, submission), form(submission, points=1, reason=evil))
    school.fellow.enrolments.update(role=Role.INSTRUCTOR)
    for reader, url in (
        (school.student, submission.get_absolute_url()),
        (school.fellow, submission.get_absolute_url()),
        (school.fellow, reverse("audit", args=[school.course.slug])),
    ):
        teacher.force_login(reader)
        html = teacher.get(url).content.decode()
        assert "<script>alert" not in html
        assert "&lt;script&gt;alert(1)" in html
        assert "<b>\u202e" not in html
        for character in "\x1b\u202e":
            assert character not in html
        assert "U+202E" in html


def test_a_withheld_mark_appears_when_the_last_open_criterion_is_decided(
    school: School, teacher: Client
) -> None:
    submission = school.submit()
    withhold(submission, reports.report("platform", submission.seed))
    html = teacher.get(submission.get_absolute_url()).content.decode()
    assert "The mark is withheld" in html
    assert "decide below what could not be tried" in html
    assert 'data-phase="withheld"' in html

    teacher.post(address("correct", school, submission), form(submission, points="3"))
    html = teacher.get(submission.get_absolute_url()).content.decode()
    assert 'data-phase="graded"' in html
    assert re.search(r'class="big">20</span>', html)
    assert "The mark is withheld" not in html
    assert "<title>20/20 " in html
    assert FAULT in html  # an instructor can still have it marked again
    assert not services.withheld_in(school.assignment).exists()
    assert "1 withheld" not in teacher.get(school.course.get_absolute_url()).content.decode()

    teacher.force_login(school.student)
    html = teacher.get(submission.get_absolute_url()).content.decode()
    assert FAULT not in html
    assert "Points set by Instructor" in html


@pytest.mark.parametrize("decided", [0, 4])
def test_without_a_report_every_criterion_can_be_decided_by_hand(
    school: School, teacher: Client, decided: int
) -> None:
    submission = school.submit()
    withhold(submission, decided=decided)
    assert Mark.objects.get(submission=submission).score is None
    html = teacher.get(submission.get_absolute_url()).content.decode()
    criteria = reports.report("perfect", 1).criteria
    assert html.count("Correct by hand") == len(criteria)
    for criterion in criteria[decided:]:
        assert Mark.objects.get(submission=submission).score is None
        reply = teacher.post(
            address("annul", school, submission), form(submission, criterion=criterion.id)
        )
        assert reply.status_code == 302
    assert Mark.objects.get(submission=submission).score == 20
    assert 'class="big">20<' in teacher.get(submission.get_absolute_url()).content.decode()


def test_marking_again_ends_annulments_that_it_decides_and_is_recorded(
    school: School, teacher: Client
) -> None:
    submission = school.submit()
    withhold(submission, reports.report("platform", submission.seed))
    annul(submission, "tp1.order", "our bug", school.instructor, timezone.now(), seen(submission))
    assert Mark.objects.get(submission=submission).score == 20
    teacher.post(reverse("mark-again", args=[submission.pk]))
    entry = AuditEntry.objects.get(action=Action.MARKED_AGAIN)
    assert entry.detail["old"] == {"tries": 5, "fault": FAULT}
    assert Mark.objects.get(submission=submission).score is None
    finish(submission, "defect")
    assert Mark.objects.get(submission=submission).score == 17


def test_marking_again_that_fails_again_leaves_the_annulment(school: School) -> None:
    submission = school.submit()
    broken = reports.report("platform", submission.seed)
    withhold(submission, broken)
    annul(submission, "tp1.order", "our bug", school.instructor, timezone.now(), seen(submission))
    assert services.mark_again(submission, school.instructor, timezone.now())
    withhold(submission, broken)
    assert Mark.objects.get(submission=submission).score == 20


def test_what_is_not_withheld_is_not_marked_again_and_not_recorded(school: School) -> None:
    submission = school.graded("defect")
    assert not services.mark_again(submission, school.instructor, timezone.now())
    assert not AuditEntry.objects.exists()


def test_the_page_asks_as_often_with_many_corrections_as_with_one(school: School) -> None:
    submission, now = school.graded("no-build"), timezone.now()

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            viewed = services.submission_for(school.instructor, submission.pk)
            submission_page(viewed, "en", now)
        return len(asked)

    criteria = [each.criterion for each in marking_of(submission).progress.all()]
    set_points(submission, criteria[0], 0.5, "a", school.instructor, now, seen(submission))
    few = queries()
    for each in criteria[1:]:
        set_points(submission, each, 0.5, "a", school.instructor, now, seen(submission))
    assert queries() == few


def _mark_anew(submission: Submission, kind: str) -> None:
    """As an applied regrade: another marking is shown."""
    former = marking_of(submission)
    former.is_shown = False
    former.save(update_fields=["is_shown"])
    Marking.objects.create(
        submission=submission, rubric=former.rubric, queued_at=timezone.now(), is_shown=True
    )
    finish(submission, kind)
