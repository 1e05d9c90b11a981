"""Who marks in this process: :class:`Marker`, chosen by the setting ``RINGMARK_MARKER``."""

from __future__ import annotations

from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from grader.events import Listener
from grader.intake import SourceTree
from grader.report import Report
from grader.rubric import Rubric


class Marker(Protocol):
    def identity(self) -> str:
        """What marks, by content: equal work done by equals has one result. Empty: not known.

        Raises PlatformFault when it cannot.
        """
        ...

    def mark(
        self,
        tree: SourceTree,
        rubric: Rubric,
        seed: int,
        on_event: Listener,
        attribute: str,
    ) -> Report:
        """Raises PlatformFault when it cannot."""
        ...

    def close(self) -> None: ...


_marker: list[Marker] = []


def process_marker() -> Marker:
    """This process's marker, made at first use."""
    if not _marker:
        _marker.append(import_string(settings.RINGMARK_MARKER)())
    return _marker[0]


def close_process_marker() -> None:
    while _marker:
        _marker.pop().close()
