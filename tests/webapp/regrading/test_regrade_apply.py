"""Nothing changes for anybody before a regrade is applied; then what was promised; and back."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.webapp.regrading import classroom
from tests.webapp.support import reports
from tests.webapp.support.fixtures import MODULE, School, finish, marking_of
from webapp.audit.models import Action, AuditEntry
from webapp.regrading import applying, control, views
from webapp.regrading.applying import Left, Scope
from webapp.regrading.history import marked_again
from webapp.regrading.models import Regrade, RegradeItem, Which
from webapp.submissions import claims
from webapp.submissions.models import (
    Correction,
    Mark,
    Marking,
    MarkingReport,
    Standing,
    State,
    Submission,
)


def finish_with_reports(regrade: Regrade, kind: str = "perfect") -> None:
    """Through the claims, with stored reports."""
    now = timezone.now()
    while (claim := claims.claim_next(now)) is not None:
        seed = Marking.objects.get(pk=claim.marking_id).subject.seed
        assert claims.finish(claim, reports.report(kind, seed), now)


def score(submission: Submission) -> float | None:
    return Mark.objects.get(submission=submission).score


def act(client: Client, regrade: Regrade, what: str, **data: object) -> None:
    url = reverse(f"regrade-{what}", args=["asee", "tp1", regrade.pk])
    assert client.post(url, data).status_code == 302


@pytest.fixture
def teacher(school: School) -> Client:
    client = Client()
    client.force_login(school.instructor)
    return client


def student_sees(school: School, submissions: list[Submission]) -> dict[str, bytes]:
    """Every page and download of the student's that has to do with the submissions."""
    client = Client()
    client.force_login(school.student)
    addresses = [
        reverse("home"),
        reverse("course", args=["asee"]),
        school.assignment.get_absolute_url(),
        *(each.get_absolute_url() for each in submissions),
        *(reverse("progress", args=[each.pk]) for each in submissions),
        *(
            reverse("download", args=[each.pk, kind])
            for each in submissions
            for kind in ("report", "journal", "build-log", "console")
        ),
    ]
    seen = {}
    for address in addresses:
        response = client.get(address)
        assert response.status_code == 200
        # What differs from one request to the next: the token of the forms.
        token = str(response.context["csrf_token"]) if response.context else ""
        seen[address] = response.content.replace(token.encode() or b"\0", b"")
    return seen


def test_a_student_sees_nothing_before_it_is_applied(school: School, teacher: Client) -> None:
    own = [school.graded("defect"), school.graded("no-build", MODULE + b"//\n")]
    seen = student_sees(school, own)
    regrade = classroom.start(school, rubric=classroom.second_version(school))
    assert student_sees(school, own) == seen
    finish_with_reports(regrade)
    assert Marking.objects.filter(state=State.GRADED).count() == 4
    assert student_sees(school, own) == seen
    act(teacher, regrade, "apply", scope="finished")
    after = student_sees(school, own)
    changed = {address for address in seen if after[address] != seen[address]}
    assert {each.get_absolute_url() for each in own} <= changed
    assert school.assignment.get_absolute_url() in changed
    assert reverse("download", args=[own[0].pk, "report"]) in changed
    act(teacher, regrade, "undo", scope="all")
    assert student_sees(school, own) == seen


def test_applying_makes_the_new_marking_count_and_keeps_the_old(
    school: School, teacher: Client
) -> None:
    submission = school.graded("defect")
    old = marking_of(submission)
    regrade = classroom.start(school)
    finish_with_reports(regrade)
    act(teacher, regrade, "apply", scope="finished")
    item = RegradeItem.objects.get()
    assert marking_of(submission) == item.new
    assert (item.old, item.applied_by) == (old, school.instructor)
    assert item.applied_at is not None
    assert score(submission) == 20
    assert Mark.objects.get().marking == item.new
    assert MarkingReport.objects.filter(marking=old).exists()
    entry = AuditEntry.objects.get(action=Action.REGRADE_APPLIED)
    assert entry.detail["marks"] == [[submission.pk, "student", 1, 17.0, 20.0]]
    assert (entry.actor, entry.reason) == (school.instructor, regrade.note)


def test_standings_follow(school: School, teacher: Client) -> None:
    """The first attempt was the best; marked again, the second is; taken back, the first."""
    first, second = school.graded("perfect"), school.graded("defect", MODULE + b"//\n")

    def places() -> tuple[Submission, Submission, int]:
        standing = Standing.objects.get(student=school.student)
        assert standing.best
        assert standing.last
        return standing.best.submission, standing.last.submission, standing.attempts

    assert places() == (first, second, 2)
    regrade = classroom.start(school, Which.LATEST)
    finish_with_reports(regrade)
    act(teacher, regrade, "apply", scope="changed")
    assert places() == (second, second, 2)  # of equal ones the later
    act(teacher, regrade, "undo", scope="all")
    assert places() == (first, second, 2)


@pytest.mark.parametrize(
    ("scope", "applied"), [("finished", 4), ("changed", 3), ("gain", 2), ("ticked", 1)]
)
def test_all_some_or_those_that_gain(
    school: School, teacher: Client, scope: str, applied: int
) -> None:
    made = classroom.add_class(school, 5, old={"tp1.order": 0.0})
    regrade = classroom.start(school)
    new = list(Marking.objects.filter(regrade_item__regrade=regrade).order_by("pk"))
    classroom.write_results(new[:2], lambda marking: {})
    classroom.write_results(new[2:3], lambda marking: {"tp1.order": 0.0, "tp1.build": 0.0})
    classroom.write_results(new[3:4], lambda marking: {"tp1.order": 0.0})
    ticked = [new[2].regrade_item.pk, new[4].regrade_item.pk]  # the second is not finished
    act(teacher, regrade, "apply", scope=scope, item=[str(each) for each in ticked])
    done = RegradeItem.objects.exclude(applied_at=None)
    assert done.count() == applied
    assert {item.new_id for item in done} == set(
        Marking.objects.filter(is_shown=True, regrade_item__isnull=False).values_list(
            "pk", flat=True
        )
    )
    assert score(made[4]) == 17


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING, State.ERROR, State.CANCELLED])
def test_only_graded_ones_can_be_applied(school: School, state: State) -> None:
    classroom.add_class(school, 1)
    regrade = classroom.start(school)
    Marking.objects.filter(regrade_item__regrade=regrade).update(state=state)
    item = regrade.items.get().pk
    for scope in Scope:
        result = applying.apply(regrade, scope, school.instructor, timezone.now(), {item})
        assert result.done == 0
    assert not AuditEntry.objects.filter(action=Action.REGRADE_APPLIED).exists()


def test_nothing_ticked_is_said(school: School, teacher: Client) -> None:
    classroom.add_class(school, 1)
    regrade = classroom.start(school)
    classroom.finish(regrade)
    for what in ("apply", "undo"):
        act(teacher, regrade, what, scope="ticked", item=["", "x", "-1", "9" * 40])
        html = teacher.get(regrade.get_absolute_url()).content.decode()
        assert "Nothing was ticked" in html
    assert not RegradeItem.objects.exclude(applied_at=None).exists()


def test_pressing_twice_applies_once(school: School, teacher: Client) -> None:
    classroom.add_class(school, 2, old={"tp1.order": 0.0})
    regrade = classroom.start(school)
    classroom.finish(regrade)
    act(teacher, regrade, "apply", scope="finished")
    first = list(regrade.items.values_list("applied_at", flat=True))
    act(teacher, regrade, "apply", scope="finished")
    assert list(regrade.items.values_list("applied_at", flat=True)) == first
    assert AuditEntry.objects.filter(action=Action.REGRADE_APPLIED).count() == 1


@pytest.fixture
def two_regrades(school: School, teacher: Client) -> tuple[Regrade, Regrade, Submission]:
    """Both were asked for before the second was applied."""
    (submission,) = classroom.add_class(school, 1, old={"tp1.order": 0.0})
    first, second = classroom.start(school, note="first"), classroom.start(school, note="second")
    classroom.finish(first, lambda marking: {"tp1.store": 0.0, "tp1.order": 0.0})
    classroom.finish(second)
    act(teacher, second, "apply", scope="finished")
    assert score(submission) == 20
    return first, second, submission


def test_what_was_applied_meanwhile_is_not_replaced_by_the_way(
    school: School, teacher: Client, two_regrades: tuple[Regrade, Regrade, Submission]
) -> None:
    first, _second, submission = two_regrades
    html = teacher.get(first.get_absolute_url()).content.decode()
    assert "another result is shown by now" in html
    # It is compared with what is shown now, not with what was when it was asked for.
    assert "−6</strong>" in html
    act(teacher, first, "apply", scope="finished")
    assert score(submission) == 20
    html = teacher.get(first.get_absolute_url()).content.decode()
    assert "another result was applied meanwhile" in html
    act(teacher, first, "apply", scope="ticked", item=str(first.items.get().pk))
    assert score(submission) == 20


def test_it_is_replaced_when_that_is_wished_for(
    school: School, teacher: Client, two_regrades: tuple[Regrade, Regrade, Submission]
) -> None:
    first, second, submission = two_regrades
    act(teacher, first, "apply", scope="finished", replace="1")
    assert score(submission) == 14
    assert first.items.get().old == second.items.get().new
    # The second was applied, but is not what is shown: taking it back would undo the first.
    html = teacher.get(second.get_absolute_url()).content.decode()
    assert "another result was applied since" in html
    act(teacher, second, "undo", scope="all")
    assert score(submission) == 14
    assert second.items.get().applied_at is not None
    act(teacher, first, "undo", scope="all")
    assert score(submission) == 20
    act(teacher, second, "undo", scope="all")
    assert score(submission) == 17


def test_what_is_being_marked_at_this_moment_is_left(school: School, teacher: Client) -> None:
    submission = school.submit()
    regrade = classroom.start(school)
    classroom.finish(regrade)
    act(teacher, regrade, "apply", scope="finished", replace="1")
    assert marking_of(submission).state == State.QUEUED
    html = teacher.get(regrade.get_absolute_url()).content.decode()
    assert "they are being marked at this moment" in html
    finish(submission, "defect")
    result = applying.apply(regrade, Scope.FINISHED, school.instructor, timezone.now())
    assert (result.done, sum(result.left.values())) == (1, 0)
    assert score(submission) == 20


def test_a_withheld_mark_is_replaced(school: School, teacher: Client) -> None:
    submission = school.submit()
    marking = marking_of(submission)
    Marking.objects.filter(pk=marking.pk).update(state=State.ERROR)
    regrade = classroom.start(school)
    finish_with_reports(regrade)
    act(teacher, regrade, "apply", scope="gain")
    assert score(submission) == 20
    assert not claims.start_over(marking_of(submission), timezone.now())


def test_undoing_some(school: School, teacher: Client) -> None:
    made = classroom.add_class(school, 3, old={"tp1.order": 0.0})
    regrade = classroom.start(school)
    classroom.finish(regrade)
    act(teacher, regrade, "apply", scope="finished")
    item = regrade.items.get(submission=made[1])
    act(teacher, regrade, "undo", scope="ticked", item=str(item.pk))
    assert [score(each) for each in made] == [20, 17, 20]
    item.refresh_from_db()
    assert (item.applied_at, item.applied_by) == (None, None)
    entry = AuditEntry.objects.get(action=Action.REGRADE_UNDONE)
    assert entry.detail["marks"] == [[made[1].pk, made[1].student.username, 1, 20.0, 17.0]]
    # And again.
    act(teacher, regrade, "apply", scope="changed")
    assert [score(each) for each in made] == [20, 20, 20]


def test_cancelled_regrades_can_still_be_applied(school: School, teacher: Client) -> None:
    made = classroom.add_class(school, 2, old={"tp1.order": 0.0})
    regrade = classroom.start(school)
    first = Marking.objects.filter(regrade_item__regrade=regrade).order_by("pk")[:1]
    classroom.write_results(list(first), lambda marking: {})
    control.cancel(regrade, school.instructor, timezone.now())
    act(teacher, regrade, "apply", scope="finished")
    assert [score(each) for each in made] == [20, 17]


def test_batches_are_whole_and_go_on_where_they_stopped(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applying, "BATCH", 3)
    monkeypatch.setattr(applying, "AT_MOST", 5)
    classroom.add_class(school, 8, old={"tp1.order": 0.0})
    regrade = classroom.start(school)
    classroom.finish(regrade)
    result = applying.apply(regrade, Scope.FINISHED, school.instructor, timezone.now())
    assert (result.done, result.more) == (5, 3)
    result = applying.apply(regrade, Scope.FINISHED, school.instructor, timezone.now())
    assert (result.done, result.more) == (3, 0)
    entries = AuditEntry.objects.filter(action=Action.REGRADE_APPLIED).order_by("pk")
    assert [len(each.detail["marks"]) for each in entries] == [3, 2, 3]
    assert applying.undo(regrade, school.instructor, timezone.now()).more == 3


def test_a_batch_that_breaks_changes_nothing(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = classroom.add_class(school, 3, old={"tp1.order": 0.0})
    regrade = classroom.start(school)
    classroom.finish(regrade)

    def broken(*_: object) -> None:
        raise RuntimeError("the power went away")

    monkeypatch.setattr(applying, "settle_many", broken)
    with pytest.raises(RuntimeError):
        applying.apply(regrade, Scope.FINISHED, school.instructor, timezone.now())
    assert not regrade.items.exclude(applied_at=None).exists()
    assert [score(each) for each in made] == [17, 17, 17]
    assert not Marking.objects.filter(is_shown=True, regrade_item__isnull=False).exists()


def test_queries_of_applying_do_not_grow_with_the_class(school: School) -> None:
    def queries(size: int, note: str) -> int:
        classroom.add_class(school, size, old={"tp1.order": 0.0})
        regrade = classroom.start(school, note=note)
        classroom.finish(regrade)
        with CaptureQueriesContext(connection) as found:
            applying.apply(regrade, Scope.FINISHED, school.instructor, timezone.now())
            applying.undo(regrade, school.instructor, timezone.now())
        return len(found)

    assert queries(2, "few") == queries(60, "many")


def test_points_by_hand_hold_after_applying(school: School, teacher: Client) -> None:
    submission = school.graded("defect")
    Correction.objects.create(
        submission=submission, criterion="tp1.order", kind="points", points=1.5, reason="seen",
        author=school.instructor, created_at=timezone.now(),
    )  # fmt: skip
    regrade = classroom.start(school)
    finish_with_reports(regrade)
    act(teacher, regrade, "apply", scope="finished")
    assert score(submission) == 18.5


def test_the_student_reads_when_why_and_what_changed(school: School, teacher: Client) -> None:
    submission = school.graded("defect")
    regrade = classroom.start(
        school, rubric=classroom.second_version(school), note="the check of <order> was wrong"
    )
    finish_with_reports(regrade, "panic")
    act(teacher, regrade, "apply", scope="finished")
    client = Client()
    client.force_login(school.student)
    html = " ".join(client.get(submission.get_absolute_url()).content.decode().split())
    section = html[html.index('id="marked-again"') : html.index('id="history"')]
    assert "with rubric version 2: 17" in section
    assert '17 <span aria-hidden="true">→</span><span class="hidden">then</span> 17' in section
    assert "Because: the check of &lt;order&gt; was wrong" in section
    changed = section[section.index("<ul>") : section.index("</ul>")]
    assert "First in, first out" in changed
    assert "The kernel has nothing to report" in changed
    assert changed.count("<li>") == 3
    before = section[section.index("The result before") :]
    assert before.count("<li>") == len(classroom.CRITERIA)
    act(teacher, regrade, "undo", scope="all")
    assert "marked-again" not in client.get(submission.get_absolute_url()).content.decode()


def test_what_was_never_marked_again_costs_one_query(school: School) -> None:
    submission = school.graded()
    with CaptureQueriesContext(connection) as found:
        assert marked_again(submission, "en") == []
    assert len(found) == 1


def test_left_has_words_for_every_reason() -> None:
    assert set(views.WHY_LEFT) == set(Left)
