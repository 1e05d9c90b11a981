"""Telling workers that there is something to mark.

A message is only a hint that something waits: what, and what comes first, is in the database.
Messages that were never sent (Redis was down, the web process died) or got lost are sent again by
whoever notices: a worker's sweep, a student's open page, ``manage.py requeue``.
"""

from __future__ import annotations

import datetime as dt
import logging
from functools import partial

from django.core.cache import cache
from django.db import transaction
from django.db.models import Q
from kombu.exceptions import OperationalError

from webapp.config.celery import app
from webapp.submissions import claims
from webapp.submissions.models import Marking, State

logger = logging.getLogger(__name__)

TASK = "mark_next"

#: A message older than this, for a row that still waits while the queue is empty, was lost.
LOST_AFTER = dt.timedelta(seconds=10)
#: How long a fresh row is left to the process that made it, which sends the message itself.
GRACE = dt.timedelta(seconds=2)
#: Most messages that a sweep leaves in the queue.
AT_ONCE = 200
#: AMQP's code, which Celery's Redis transport uses as well.
NO_SUCH_QUEUE = "404"
#: Cache key: Redis did not answer a moment ago, so pages leave it alone for some seconds.
AWAY = "queue-away"
AWAY_SECONDS = 5


def send_on_commit(marking: Marking, now: dt.datetime) -> None:
    """Send once the surrounding transaction is stored for good."""
    transaction.on_commit(partial(send, marking, now))


def send(marking: Marking, now: dt.datetime) -> bool:
    """False when Redis is away: the marking stays in the queue and is sent later."""
    sent = _send_message()
    if sent:
        _note_sent([marking.pk], now)
    return sent


def _send_message() -> bool:
    try:
        app.send_task(
            TASK,
            # Once: enough for a pooled connection that Redis has closed since.
            retry_policy={"max_retries": 1, "interval_start": 0},
        )
    except OperationalError as fault:
        logger.warning("the queue is unreachable, markings wait: %s", fault)
        return False
    return True


def _note_sent(markings: list[int], now: dt.datetime) -> None:
    Marking.objects.filter(pk__in=markings, state=State.QUEUED).update(sent_at=now)


def recover(now: dt.datetime) -> int:
    """Bring back what dead workers held, and send what no message is under way for; how many.

    No more messages than ``AT_ONCE`` are kept under way: a batch of thousands goes out bit by bit.
    """
    claims.release_expired(now)
    waiting = Marking.objects.filter(claims.ready(now))
    under_way = messages_waiting() if waiting.exists() else None
    if under_way is None or under_way >= AT_ONCE:
        return 0
    unsent = Q(sent_at=None) & Q(queued_at__lt=now - GRACE)
    if under_way == 0:
        unsent |= Q(sent_at__lt=now - LOST_AFTER)
    sent = []
    for marking in claims.in_order(waiting.filter(unsent)).values_list("pk", flat=True)[
        : AT_ONCE - under_way
    ]:
        if not _send_message():
            break
        sent.append(marking)
    if sent:
        _note_sent(sent, now)
    return len(sent)


def nudge(marking: Marking, now: dt.datetime) -> None:
    """Somebody looks at a waiting marking: if it was never sent, try that again.

    Not more than once in a while when Redis is away: open pages ask every second, and each try
    may wait for a connection.
    """
    if marking.state != State.QUEUED or marking.sent_at is not None or cache.get(AWAY):
        return
    ready = marking.not_before is None or marking.not_before <= now
    if ready and marking.queued_at < now - GRACE and not send(marking, now):
        cache.set(AWAY, True, timeout=AWAY_SECONDS)


def messages_waiting() -> int | None:
    """Messages in the queue, those handed to a worker not counted; None when Redis (or RabbitMQ,
    where that is the broker) is away.
    """
    connection = app.connection_for_read()
    try:
        with connection:
            connection.ensure_connection(max_retries=1, timeout=2)
            # Passive: asks, and makes nothing.
            declared = connection.default_channel.queue_declare(
                app.conf.task_default_queue, passive=True
            )
            return int(declared.message_count)
    except connection.channel_errors as error:
        if str(getattr(error, "reply_code", "")) == NO_SUCH_QUEUE:
            return 0  # nobody has sent anything yet; of an empty queue Redis keeps nothing
        raise
    except (OperationalError, *connection.connection_errors):
        return None
