"""Django's administration: every table can be looked at, history cannot be changed."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib import admin
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.webapp.support.fixtures import MODULE, School, finish, marking_of
from webapp.accounts.models import LoginFailure
from webapp.audit.admin import ReadOnlyAdmin
from webapp.audit.models import AuditEntry
from webapp.corrections.comments import comment
from webapp.corrections.extensions import extend
from webapp.corrections.points import Seen, set_points
from webapp.courses.models import Assignment, Extension
from webapp.fleet.models import PlatformAddress, Worker, WorkerToken
from webapp.proving.models import Proof, ProofRun
from webapp.regrading.models import Regrade, RegradeItem, Which
from webapp.rubrics.models import (
    KnownFile,
    KnownModule,
    ModuleKind,
    RubricDraft,
    RubricVersion,
)
from webapp.submissions.models import (
    Correction,
    CriterionProgress,
    LineComment,
    Mark,
    Marking,
    MarkingReport,
    Priority,
    SourceFile,
    Standing,
    Submission,
)

HISTORY = (
    Submission, SourceFile, Marking, MarkingReport, CriterionProgress, RubricVersion, RubricDraft,
    KnownModule, KnownFile, Correction, LineComment, Mark, Standing, Extension, Regrade,
    RegradeItem, Proof, ProofRun, AuditEntry, Worker, WorkerToken, PlatformAddress,
)  # fmt: skip
OURS = sorted(
    (each for each in admin.site._registry if each.__module__.startswith("webapp.")),
    key=lambda each: each._meta.label,
)


@pytest.fixture
def root(school: School, client: Client) -> Client:
    school.instructor.is_staff = school.instructor.is_superuser = True
    school.instructor.save()
    client.force_login(school.instructor)
    return client


def fill(school: School, number: int) -> None:
    """Rows of every table, so many of each; ``number`` keeps calls apart."""
    now, by = timezone.now(), school.instructor
    student = school.student if number else school.fellow
    submission = school.submit(MODULE + b"\n" * number, student)
    finish(submission, "defect")
    marking = marking_of(submission)
    set_points(submission, "tp1.order", 1, "why", by, now, Seen(marking.pk, None))
    comment(submission, "ring.c", 1, "why", by, now)
    extend(school.assignment, student, school.assignment.due_at + dt.timedelta(1), "x", by, now)
    LoginFailure.objects.create(username=f"nobody{number}", address="::1", at=now)
    rubric = marking.rubric
    module = KnownModule.objects.create(
        assignment=school.assignment, name=f"m{number}", kind=ModuleKind.REFERENCE, sha256="0",
        seed=1, author=by, created_at=now,
    )  # fmt: skip
    KnownFile.objects.create(module=module, position=0, path="ring.c", data=MODULE)
    RubricDraft.objects.get_or_create(
        assignment=school.assignment,
        defaults={"based_on": rubric, "text": "x", "author": by, "saved_at": now},
    )
    tried = Marking.objects.create(
        known_module=module, rubric=rubric, queued_at=now, priority=Priority.PROOF
    )
    proof = Proof.objects.create(rubric=rubric, author=by, created_at=now)
    ProofRun.objects.create(proof=proof, module=module, marking=tried)
    again = Marking.objects.create(
        submission=submission, rubric=rubric, queued_at=now, priority=Priority.REGRADE
    )
    regrade = Regrade.objects.create(
        assignment=school.assignment, rubric=rubric, which=Which.ALL, note="x", author=by,
        created_at=now,
    )  # fmt: skip
    RegradeItem.objects.create(
        regrade=regrade, submission=submission, old=marking, new=again, applied_at=now,
        applied_by=by,
    )  # fmt: skip
    PlatformAddress.objects.update_or_create(
        pk=1, defaults={"url": "http://a.example.org", "announced_at": now}
    )
    token = WorkerToken.objects.create(name=f"lab-{number}", hash=f"{number:064}", created_at=now)
    Worker.objects.create(
        name=f"lab-{number}", host="a", pid=number, token=token, cores=2, guests=2,
        accelerator="tcg", started_at=now, last_seen=now,
    )  # fmt: skip


def address(model: type[models.Model], name: str, *arguments: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=arguments)


def test_every_table_that_matters_is_there() -> None:
    assert set(HISTORY) <= set(OURS)
    for model in HISTORY:
        assert isinstance(admin.site._registry[model], ReadOnlyAdmin), model


@pytest.mark.parametrize("model", OURS, ids=lambda each: each._meta.label)
def test_the_list_and_a_row_open(school: School, root: Client, model: type[models.Model]) -> None:
    fill(school, 1)
    listed = root.get(address(model, "changelist"), {"q": "a"})
    assert listed.status_code == 200
    row = model._default_manager.first()
    assert row is not None
    assert root.get(address(model, "change", row.pk)).status_code == 200


@pytest.mark.parametrize("model", HISTORY, ids=lambda each: each._meta.label)
def test_history_is_not_changed(school: School, root: Client, model: type[models.Model]) -> None:
    fill(school, 1)
    row = model._default_manager.first()
    assert row is not None
    before = model._default_manager.count()
    assert root.get(address(model, "add")).status_code == 403
    assert root.post(address(model, "add"), {}).status_code == 403
    assert root.post(address(model, "change", row.pk), {}).status_code == 403
    assert root.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    root.post(
        address(model, "changelist"),
        {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"},
    )
    assert model._default_manager.count() == before


@pytest.mark.parametrize("model", OURS, ids=lambda each: each._meta.label)
def test_a_list_asks_as_often_for_many_rows_as_for_few(
    school: School, root: Client, model: type[models.Model]
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert root.get(address(model, "changelist")).status_code == 200
        return len(asked)

    fill(school, 1)
    queries()  # content types and the like are kept from the first time on
    few = queries()
    for number in (0, 2, 3, 4):
        fill(school, number)
    assert queries() == few


def test_dates_of_a_tp_that_exists_are_not_changed_behind_the_marks(
    school: School, root: Client
) -> None:
    due_at = school.assignment.due_at
    root.post(
        address(Assignment, "change", school.assignment.pk),
        {
            "course": school.course.pk, "tp": "tp1", "title": "Another title", "counts": "best",
            "due_at_0": "2001-01-01", "due_at_1": "10:00", "late_days": 9,
            "late_points_per_day": 9,
        },
    )  # fmt: skip
    school.assignment.refresh_from_db()
    assert school.assignment.title == "Another title"
    assert (school.assignment.due_at, school.assignment.late_days) == (due_at, 0)


def test_what_a_student_wrote_is_inert_there_too(school: School, root: Client) -> None:
    submission = school.graded("hostile", MODULE + "// <script>alert(1)</script>\u202e\n".encode())
    for model, row in (
        (SourceFile, submission.files.get()),
        (MarkingReport, MarkingReport.objects.get()),
    ):
        html = root.get(address(model, "change", row.pk)).content.decode()
        assert "&lt;script&gt;alert(1)" in html
        assert "<script>alert" not in html
        assert "\u202e" not in html
