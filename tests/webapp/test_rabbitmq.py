"""RabbitMQ in Redis' place: a real one, real workers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.webapp.support.fixtures import School, marking_of
from tests.webapp.support.paced import Desk, expected
from tests.webapp.support.queue import Worker, eventually
from tests.webapp.support.rabbit import SERVER, RabbitMQ, private_rabbit
from webapp.submissions import dispatch
from webapp.submissions.models import State, Submission

pytestmark = pytest.mark.skipif(
    not SERVER.exists(), reason=f"{SERVER} is not there: apt-get install rabbitmq-server"
)


@pytest.fixture(scope="module")
def broker() -> Iterator[RabbitMQ]:
    with private_rabbit() as rabbit:
        yield rabbit


@pytest.fixture
def rabbit_school(shared_school: School, broker: RabbitMQ) -> Iterator[School]:
    """With an empty queue. ``shared_school`` has Redis started, which is not used here."""
    with dispatch.app.connection_for_write() as connection:
        channel = connection.default_channel
        queue = dispatch.app.amqp.queues[dispatch.app.conf.task_default_queue]
        queue.bind(channel).declare()
        channel.queue_purge(queue.name)
    yield shared_school


def state(submission: Submission) -> str:
    return marking_of(submission).state


def worker_on(broker: RabbitMQ, folder: Path) -> Worker:
    settings = "tests.webapp.support.worker_settings"
    return Worker(broker, settings, RINGMARK_TEST_DESK=str(folder))


def test_messages_are_counted(rabbit_school: School) -> None:
    assert dispatch.messages_waiting() == 0
    rabbit_school.submit()
    rabbit_school.submit(b"// another\n" + b'MODULE_LICENSE("GPL"); module_init(f);')
    assert dispatch.messages_waiting() == 2


def test_before_the_first_message_there_is_no_queue_and_nothing_waits(
    rabbit_school: School,
) -> None:
    with dispatch.app.connection_for_write() as connection:
        connection.default_channel.queue_delete(dispatch.app.conf.task_default_queue)
    assert dispatch.messages_waiting() == 0


def test_a_worker_marks(
    rabbit_school: School, broker: RabbitMQ, desk: Desk, tmp_path: Path
) -> None:
    desk.prepare()
    submission = rabbit_school.submit()
    worker = worker_on(broker, tmp_path)
    try:
        eventually(lambda: state(submission) == State.GRADED, "marked with RabbitMQ")
    finally:
        worker.kill()
    assert marking_of(submission).score == expected(submission.seed).score
    assert desk.times_marked() == 1


def test_a_killed_worker_s_marking_is_done_by_the_next(
    rabbit_school: School, broker: RabbitMQ, desk: Desk, tmp_path: Path
) -> None:
    desk.prepare("half-way")
    first = worker_on(broker, tmp_path)
    second = None
    try:
        submission = rabbit_school.submit()
        desk.wait_for_stop()
        first.kill()
        second = worker_on(broker, tmp_path)
        eventually(lambda: state(submission) == State.GRADED, "marked after the kill")
    finally:
        for worker in (first, second):
            if worker is not None:
                worker.kill()
    assert marking_of(submission).score == expected(submission.seed).score


def test_an_upload_while_it_is_away_waits_until_it_is_back(
    rabbit_school: School, broker: RabbitMQ, desk: Desk, tmp_path: Path
) -> None:
    desk.prepare()
    broker.stop()
    try:
        submission = rabbit_school.submit()
        assert marking_of(submission).sent_at is None
        assert dispatch.messages_waiting() is None
    finally:
        broker.start()
    worker = worker_on(broker, tmp_path)
    try:
        eventually(lambda: state(submission) == State.GRADED, "marked once RabbitMQ is back")
    finally:
        worker.kill()
