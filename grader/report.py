"""The one JSON document that a marking leaves: schema ``ringmark.report/1``.

The same document is stored by the web part, printed by ``manage.py grade --json`` and described
in ``docs/report.md``; ``docs/report.schema.json`` is generated from the classes here.
Text that came from the guest, the upload or the compiler is decoded and capped before it gets
here, and is still hostile: whoever shows it escapes it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from grader.texts import Text

SCHEMA: Literal["ringmark.report/1"] = "ringmark.report/1"

Verdict = Literal["pass", "fail", "not-run", "error"]
FindingKind = Literal[
    "oops",
    "panic",
    "kasan",
    "ubsan",
    "lockdep",
    "atomic-sleep",
    "hung",
    "stall",
    "leak",
    "kcsan",
    "warn",
    "build-warning",
    "static",
    "init-failure",
]


class Part(BaseModel):
    """Immutable, and strict about names: a misspelt key is an error, not a surprise."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Told(Part):
    """Has sentences of ours. Its fields are in English, as they always were; what reads otherwise
    in French is in ``fr``. Where one of ``WORDS`` is given as a :class:`Text`, it is put there.
    """

    WORDS: ClassVar[tuple[str, ...]] = ()

    fr: dict[str, str] = Field(
        default_factory=dict, description="field -> the same in French, where that differs"
    )

    @model_validator(mode="before")
    @classmethod
    def _in_both(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        texts = {name: data[name] for name in cls.WORDS if isinstance(data.get(name), Text)}
        french = {name: text.fr for name, text in texts.items() if text.fr != text.en}
        if not texts:
            return data
        english = {name: text.en for name, text in texts.items()}
        return {**data, **english, "fr": {**data.get("fr", {}), **french}}

    @model_validator(mode="after")
    def _known_fields(self) -> Self:
        unknown = self.fr.keys() - set(self.WORDS)
        if unknown:
            raise ValueError(f"'fr' has no such fields: {sorted(unknown)}")
        return self

    def told(self, language: str) -> Self:
        """The same with its sentences in that language."""
        if not self.fr or not language.startswith("fr"):
            return self
        return self.model_copy(update=self.fr)


def said(field: str, words: Text | None) -> dict[str, Any]:
    """For a constructor: the field in both languages; nothing for None."""
    return {} if words is None else {field: words}


#: What a step is in the life of its actor's call: ``does`` is a call that is back at once,
#: ``starts`` one that may block; ``waits``: it was seen blocked; ``returns``; ``ends``: it was
#: killed or interrupted, and is over; ``kills`` and ``interrupts`` are done to others.
Event = Literal["does", "starts", "waits", "returns", "ends", "kills", "interrupts"]


class Buffer(Part):
    """What the channel should hold at a moment, by the model."""

    capacity: int = Field(ge=0, description="characters that fit")
    start: int = Field(ge=0, description="place of the oldest, if the first was put in place 0")
    content: str = Field(description="oldest first; one character of Latin-1 for each byte")


class Step(Told):
    """One line of a check's story: who did what, what was due, what came."""

    WORDS = ("actor", "action", "expected", "seen")

    actor: str = ""
    action: str
    expected: str = ""
    seen: str = ""
    ok: bool | None = Field(default=None, description="null: nothing was expected of this step")
    event: Event = "does"
    command: str = Field(default="", description="the same in a shell; empty: there is no such")
    before: Buffer | None = Field(default=None, description="kept for checks that did not pass")
    after: Buffer | None = Field(default=None, description="what a right step would leave")
    got: str | None = Field(default=None, description="what a read gave, as content of a buffer")


class Stream(Part):
    """One of several readers and writers at once, when the check had failed."""

    actor: str
    kind: Literal["reads", "writes"]
    piece: int = Field(ge=1, description="bytes of one call, at most")
    moved: int | None = Field(
        default=None, description="bytes that its calls have returned; null: not known"
    )
    wanted: int | None = Field(default=None, description="bytes that a writer had to write")
    state: Literal["done", "asleep", "busy"]
    since: int = Field(
        ge=0, description="ms from the start until it was done, or from which on it slept"
    )
    function: str = Field(default="", description="of the module's, in which it sleeps")
    unwoken: bool = Field(default=False, description="it sleeps although there is something for it")


class WrongByte(Part):
    """The first byte that was lost or came twice."""

    kind: Literal["lost", "doubled"]
    writer: str
    position: int = Field(ge=1, description="in what the writer wrote, from 1, without newlines")
    value: str
    reader: str = Field(default="", description="who got another byte there; empty: nobody")
    instead: str = Field(
        default="", description="lost: what that reader got; doubled: what was due"
    )


class Streams(Part):
    """Several readers and writers at once, kept for a check that failed."""

    lanes: tuple[Stream, ...]
    lasted: int = Field(ge=0, description="ms from the start to the last look")
    capacity: int = Field(ge=1)
    stored: int | None = Field(
        default=None, description="bytes in the channel, at least; null: not known"
    )
    wrong: WrongByte | None = None


class CheckReport(Told):
    WORDS = ("reason",)

    id: str
    verdict: Verdict
    seconds: float = Field(ge=0, description="wall-clock seconds, restore included")
    transcript: tuple[Step, ...] = ()
    streams: Streams | None = Field(default=None, description="of a stress that failed")
    reason: str = Field(default="", description="one sentence: why it is no pass")
    journal: str = Field(
        default="", description="the guest's journal of this check, one JSON object a line"
    )
    console: str = Field(default="", description="what the kernel printed during this check")


class CriterionText(Part):
    title: str
    feedback: str


class CriterionReport(Part):
    id: str
    title: str
    verdict: Verdict
    points: float = Field(ge=0)
    max_points: float = Field(ge=0)
    feedback: str = Field(description="English, as is title; other languages are in texts")
    checks: tuple[CheckReport, ...] = ()
    texts: dict[str, CriterionText] = Field(
        default_factory=dict, description="language code -> title and feedback"
    )


#: What a place in the student's code has to do with a kernel report: a caller on the ``stack``;
#: where a lock that is held was taken (``held-lock``), or taken in another order (``dependency``);
#: where the memory was ``allocated`` or ``freed``; and so on.
PlaceRole = Literal[
    "stack", "held-lock", "dependency", "preempt-off", "released", "allocated", "freed"
]


class FindingPlace(Part):
    """A place in the student's code that a kernel report names."""

    role: PlaceRole
    function: str
    file: str | None = None
    line: int | None = Field(default=None, ge=1)
    lock: str = Field(default="", description="the lock that it is about, as the kernel names it")


class Finding(Told):
    """A kernel report, compiler warning or static message, at the student's line if known."""

    WORDS = ("title",)

    kind: FindingKind
    title: str
    file: str | None = None
    line: int | None = Field(default=None, ge=1)
    function: str | None = None
    check: str | None = Field(default=None, description="the check in whose guest it came up")
    also_in: tuple[str, ...] = Field(default=(), description="other checks with the same in theirs")
    text: str = Field(default="", description="the report itself, as the kernel printed it")
    places: tuple[FindingPlace, ...] = Field(
        default=(), description="every place of the module's that it names, innermost first"
    )
    ours: bool = Field(
        default=False, description="true: the platform's, not the module's; costs nothing"
    )
    advice: bool = Field(default=False, description="true: told, but costs no point")


class Diagnostic(Told):
    """One message of the compiler or linker. File is a name of the upload, or None."""

    WORDS = ("message",)

    severity: Literal["error", "warning", "note"]
    message: str
    file: str | None = None
    line: int | None = Field(default=None, ge=1)
    column: int | None = Field(default=None, ge=1)
    option: str | None = Field(
        default=None, description="the warning's option, as -Wunused-variable"
    )


class BuildReport(Part):
    ok: bool
    diagnostics: tuple[Diagnostic, ...] = ()
    log: str = ""


class RubricName(Part):
    id: str
    version: int | str


class Report(Part):
    schema_: Literal["ringmark.report/1"] = Field(default=SCHEMA, alias="schema")
    status: Literal["graded", "error"]
    message: str = Field(default="", description="for status error: what failed on our side")
    tp: str
    rubric: RubricName
    image: str
    seed: int
    score: float | None = Field(default=None, description="null while the mark is withheld")
    max_score: float
    criteria: tuple[CriterionReport, ...]
    findings: tuple[Finding, ...] = ()
    build: BuildReport
    journal: str = Field(default="", description="one JSON object a line, as journalctl -o json")
    console: str = ""
    timings: dict[str, float] = Field(
        default_factory=dict, description="seconds by part of the work"
    )

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    def to_json(self) -> str:
        return self.model_dump_json(by_alias=True, indent=1)


def json_schema() -> str:
    """The published schema, as ``docs/report.schema.json`` holds it."""
    schema = Report.model_json_schema(by_alias=True)
    schema["$id"] = SCHEMA
    return json.dumps(schema, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    # python -m grader.report > docs/report.schema.json
    sys.stdout.write(json_schema())
