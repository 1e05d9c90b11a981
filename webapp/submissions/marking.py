"""Marking what comes first: claim it, run the engine with signs of life, store what came."""

from __future__ import annotations

import logging
import queue
import threading
from types import TracebackType
from typing import Self

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from grader.events import Event
from grader.intake import SourceFile as UploadedFile
from grader.intake import SourceTree
from webapp.rubrics.models import KnownModule
from webapp.submissions import claims, reuse
from webapp.submissions.marker import Marker
from webapp.submissions.models import Marking, Submission

logger = logging.getLogger(__name__)


def mark_next(marker: Marker) -> str:
    """What became of it, in a word for the log: ``graded``, ``taken over`` (equal work was marked
    already), ``failed``, ``lost`` or ``idle``.
    """
    claim = claims.claim_next(timezone.now())
    if claim is None:
        return "idle"
    marking = Marking.objects.select_related("submission", "known_module", "rubric").get(
        pk=claim.marking_id
    )
    subject = marking.subject
    try:
        engine = marker.identity()
        done = reuse.result_for(marking, engine)
        if done is not None:
            return "taken over" if claims.take_over(claim, done, timezone.now()) else "lost"
        with Scribe(claim) as scribe:
            report = marker.mark(
                source_tree(subject),
                marking.rubric.parsed,
                subject.seed,
                scribe.note,
                subject.attribute,
            )
    # Not PlatformFault alone: a bug of ours is a fault of the platform as well, and must not
    # leave a student's marking hanging.
    except Exception as fault:
        logger.exception("marking %s failed", marking.pk)
        claims.fail(claim, f"{type(fault).__name__}: {fault}", timezone.now())
        return "failed"
    if report.status == "error" or report.score is None:
        logger.error("marking %s was withheld: %s", marking.pk, report.message)
        claims.fail(
            claim, report.message or "a criterion could not be tried", timezone.now(), report
        )
        return "failed"
    if not claims.finish(claim, report, timezone.now(), engine):
        return "lost"
    marking.refresh_from_db()
    reuse.hand_on(marking, timezone.now())
    return "graded"


def source_tree(subject: Submission | KnownModule) -> SourceTree:
    """The stored files as the engine takes them."""
    files = tuple(
        UploadedFile(path=file.path, data=bytes(file.data)) for file in subject.files.all()
    )
    return SourceTree(files=files, sha256=subject.sha256, ignored=())


class Scribe:
    """Writes progress and signs of life from one thread, whatever thread the engine speaks in.

    Progress is for the eye: when it cannot be written, the marking goes on without.
    """

    def __init__(self, claim: claims.Claim) -> None:
        self._claim = claim
        self._events: queue.Queue[Event | None] = queue.Queue()
        self._thread = threading.Thread(target=self._run, name="scribe", daemon=True)

    def note(self, event: Event) -> None:
        self._events.put(event)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._events.put(None)
        self._thread.join()

    def _run(self) -> None:
        beat = settings.RINGMARK_LEASE_SECONDS / 4
        try:
            while True:
                try:
                    event = self._events.get(timeout=beat)
                    if event is None:
                        return
                    claims.note(self._claim, event, timezone.now())
                except queue.Empty:
                    self._renew()
                except DatabaseError as fault:
                    logger.warning("progress of %s not stored: %s", self._claim.marking_id, fault)
        finally:
            connection.close()

    def _renew(self) -> None:
        try:
            claims.renew(self._claim, timezone.now())
        except DatabaseError as fault:
            logger.warning("claim on %s not renewed: %s", self._claim.marking_id, fault)
