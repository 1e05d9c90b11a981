"""A regrade in the hands of real workers: behind what is handed in, and safe from kills."""

from __future__ import annotations

from django.utils import timezone

from tests.webapp.regrading import classroom
from tests.webapp.support.fixtures import MODULE, School, marking_of
from tests.webapp.support.paced import Desk, expected
from tests.webapp.support.queue import eventually
from tests.webapp.support.workers import StartWorker
from webapp.regrading import control
from webapp.regrading.models import Regrade, Which
from webapp.submissions.models import Mark, Marking, State, Submission


def handed_in(school: School, number: int) -> list[Submission]:
    """Marked ones, with files, so that workers can mark them again."""
    return [school.graded("perfect", MODULE + b"// %d\n" % n) for n in range(number)]


def left(regrade: Regrade, *states: State) -> int:
    return control.markings_of(regrade).filter(state__in=states).count()


def assert_marked_once(regrade: Regrade, desk: Desk, in_vain: int = 0) -> None:
    for item in regrade.items.select_related("new", "submission"):
        due = expected(item.submission.seed)
        assert (item.new.state, item.new.score) == (State.GRADED, due.score)
        assert not item.new.is_shown
        assert Mark.objects.get(submission=item.submission).score == 20
    assert desk.times_marked() == regrade.items.count() + in_vain


def test_what_a_student_hands_in_is_marked_before_the_rest_of_a_regrade(
    shared_school: School, start_worker: StartWorker, desk: Desk
) -> None:
    desk.prepare("half-way")
    handed_in(shared_school, 5)
    regrade = classroom.start(shared_school, Which.ALL)
    start_worker()
    desk.wait_for_stop()
    assert left(regrade, State.RUNNING) == 1
    fresh = shared_school.submit(student=shared_school.fellow)
    desk.never.write_text("")  # the worker goes on
    eventually(lambda: left(regrade, State.GRADED) == 5, "the whole regrade is marked")
    marking = marking_of(fresh)
    assert marking.state == State.GRADED
    order = Marking.objects.exclude(started_at=None).filter(started_at__gt=regrade.created_at)
    started = list(order.order_by("started_at").values_list("pk", flat=True))
    assert started.index(marking.pk) == 1  # after the one that had begun
    assert len(started) == 6


def test_a_worker_killed_in_the_middle_of_a_regrade_loses_nothing(
    shared_school: School, start_worker: StartWorker, desk: Desk
) -> None:
    desk.prepare("half-way")
    handed_in(shared_school, 3)
    regrade = classroom.start(shared_school, Which.ALL)
    worker = start_worker()
    desk.wait_for_stop()
    worker.kill()
    assert left(regrade, State.RUNNING) == 1
    start_worker()
    eventually(lambda: left(regrade, State.GRADED) == 3, "all are marked after the kill")
    assert_marked_once(regrade, desk, in_vain=1)


def test_a_pause_lets_the_running_one_finish_and_resuming_marks_the_rest(
    shared_school: School, start_worker: StartWorker, desk: Desk
) -> None:
    desk.prepare("half-way")
    handed_in(shared_school, 4)
    regrade = classroom.start(shared_school, Which.ALL)
    start_worker()
    desk.wait_for_stop()
    assert control.pause(regrade, shared_school.instructor, timezone.now()) == 3
    desk.never.write_text("")
    eventually(lambda: left(regrade, State.GRADED) == 1, "the running one is finished")
    # Something else is marked meanwhile; the held ones are not touched by its worker.
    fresh = shared_school.submit(student=shared_school.fellow)
    eventually(lambda: marking_of(fresh).state == State.GRADED, "the fresh one is marked")
    assert left(regrade, State.HELD) == 3
    control.resume(regrade, shared_school.instructor, timezone.now())
    eventually(lambda: left(regrade, State.GRADED) == 4, "the rest is marked")
    assert_marked_once(regrade, desk, in_vain=1)  # the fresh one was marked, too


def test_a_worker_killed_after_the_cancel_leaves_its_marking_cancelled(
    shared_school: School, start_worker: StartWorker, desk: Desk
) -> None:
    desk.prepare("half-way")
    handed_in(shared_school, 2)
    regrade = classroom.start(shared_school, Which.ALL)
    worker = start_worker()
    desk.wait_for_stop()
    assert control.cancel(regrade, shared_school.instructor, timezone.now()) == 1
    worker.kill()
    start_worker()
    eventually(lambda: left(regrade, State.CANCELLED) == 2, "nothing of it is tried again")
    assert desk.times_marked() == 1
