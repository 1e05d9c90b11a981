"""The one place where the web part calls the engine."""

from __future__ import annotations

from contextlib import ExitStack

from django.conf import settings

from grader.engine import Engine
from grader.errors import PlatformFault
from grader.events import Listener
from grader.grade import grade
from grader.intake import SourceTree
from grader.report import Report
from grader.rubric import Rubric


class EngineMarker:
    """Marks with the engine, opened at first use and kept. One per worker process."""

    def __init__(self) -> None:
        self._engine: Engine | None = None
        self._open = ExitStack()

    def identity(self) -> str:
        """Raises PlatformFault when the engine, or the image is not there."""
        return self._opened().identity()

    def mark(
        self,
        tree: SourceTree,
        rubric: Rubric,
        seed: int,
        on_event: Listener,
        attribute: str,
    ) -> Report:
        """Raises PlatformFault when the engine, or the image is not there."""
        try:
            return grade(tree, rubric, self._opened(), seed, on_event, attribute=attribute)
        except PlatformFault:
            self.close()  # whatever broke, the next try starts from a fresh one
            raise

    def close(self) -> None:
        self._engine = None
        self._open.close()

    def _opened(self) -> Engine:
        if self._engine is None:
            self._engine = self._open.enter_context(
                Engine.open(
                    settings.RINGMARK_HOME,
                    image_id=settings.RINGMARK_IMAGE,
                    accel=settings.RINGMARK_ACCEL,
                    sandbox=settings.RINGMARK_SANDBOX,
                    race_image_id=settings.RINGMARK_RACE_IMAGE,
                    guests=settings.RINGMARK_GUESTS or None,
                )
            )
        return self._engine
