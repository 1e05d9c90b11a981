"""Who was blocked when: a check's steps as lanes, one a process, over the numbers of its steps."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from grader.report import CheckReport, Step

#: ``running``: in its call, not seen blocked; ``blocked``: seen asleep (or busy) in it.
SpanKind = Literal["running", "blocked"]


@dataclass(frozen=True)
class Span:
    """From the end of step ``start`` to the end of step ``end`` (numbers from 0).

    ``outcome``: what ended it, as it was seen; empty for a task that is still in its call at the
    end of the check.
    """

    kind: SpanKind
    start: int
    end: int
    action: str
    outcome: str = ""
    over: bool = False


@dataclass(frozen=True)
class Moment:
    """A call that was back at once, or the end of one."""

    at: int
    text: str
    ok: bool | None


@dataclass(frozen=True)
class Lane:
    actor: str
    spans: tuple[Span, ...]
    moments: tuple[Moment, ...]


@dataclass(frozen=True)
class Timeline:
    """``interrupts``: the steps at which the interrupt came; ``failed``: that which was wrong."""

    steps: int
    lanes: tuple[Lane, ...]
    interrupts: tuple[int, ...]
    failed: int | None


def timeline_of(check: CheckReport, language: str = "en") -> Timeline | None:
    """None for a check in which nobody could block."""
    steps = check.transcript
    if not any(step.event == "starts" for step in steps):
        return None
    told = tuple(step.told(language) for step in steps)
    actors = list(
        dict.fromkeys(
            words.actor for step, words in zip(steps, told, strict=True) if _has_lane(step)
        )
    )
    failed = next((n for n, step in enumerate(steps) if step.ok is False), None)
    return Timeline(
        steps=len(steps),
        lanes=tuple(_lane(actor, told) for actor in actors),
        interrupts=tuple(n for n, step in enumerate(steps) if step.event == "interrupts"),
        failed=failed,
    )


def _has_lane(step: Step) -> bool:
    """Verdicts over several at once name them all: those have lanes of their own."""
    return step.actor not in ("", "channel", "all") and not re.search(r", | and ", step.actor)


def _lane(actor: str, steps: tuple[Step, ...]) -> Lane:
    spans: list[Span] = []
    moments: list[Moment] = []
    begun: tuple[SpanKind, int, str] | None = None
    for number, step in enumerate(steps):
        if step.actor != actor:
            continue
        match step.event:
            case "starts":
                begun = ("running", number, step.action)
            case "waits" if begun is not None and begun[0] == "running":
                # What is seen blocked right after it began has been so from its beginning.
                at_once = number == begun[1] + 1
                if not at_once:
                    spans.append(Span("running", begun[1], number, begun[2]))
                begun = ("blocked", begun[1] if at_once else number, begun[2])
            case "waits" if begun is not None:
                pass
            case "returns" | "ends":
                if begun is not None:
                    kind, start, action = begun
                    spans.append(Span(kind, start, number, action, step.seen, over=True))
                    begun = None
                moments.append(Moment(number, f"{step.action}: {step.seen}", step.ok))
            case _:
                moments.append(Moment(number, step.action, step.ok))
    if begun is not None:
        kind, start, action = begun
        spans.append(Span(kind, start, len(steps) - 1, action))
    return Lane(actor, tuple(spans), tuple(moments))
