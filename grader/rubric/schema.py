"""The rubric as data: criteria, points, texts, checks. Validated by pydantic.

Ids, titles and points live here and nowhere else. What a check does is data too (actors, steps);
what data cannot say is a check kind written in Python (:mod:`grader.checks`).
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

SCHEMA = "ringmark.rubric/1"

CriterionId = Annotated[str, StringConstraints(pattern=r"^tp[0-9]+\.[a-z][a-z0-9-]*$")]
CheckId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*(\.[a-z0-9-]+)*$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(Model):
    """A text in every language that students read."""

    en: str = Field(min_length=1)
    fr: str = Field(min_length=1)

    def get(self, language: str) -> str:
        return self.fr if language.startswith("fr") else self.en


class Settings(Model):
    """What an instructor may adapt without touching a check."""

    device: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")] = "asee_mod"
    capacity: int = Field(default=16, ge=1, le=4096)
    newline: Literal["strip", "keep", "either"] = "either"


class Draw(Model):
    """A payload drawn afresh for each run from the run's seed. Lengths in bytes, both inclusive."""

    text: tuple[int, int] | None = Field(default=None, description="distinct letters and digits")
    binary: tuple[int, int] | None = Field(
        default=None, description="any bytes, NUL and 0xff among them, the last one no newline"
    )

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        sizes = self.text or self.binary
        if sizes is None or (self.text and self.binary):
            raise ValueError("a draw has exactly one of 'text' and 'binary'")
        low, high = sizes
        if not 1 <= low <= high <= 8192:
            raise ValueError(f"lengths must be 1 <= low <= high <= 8192, not [{low}, {high}]")
        if self.binary and low < 3:
            raise ValueError("a binary draw needs at least 3 bytes: NUL, 0xff and one more")
        return self


Where = Literal["unmapped", "null"]


class Echo(Model):
    """Write a drawn text and a newline, as the shell's echo does."""

    do: Literal["echo"]
    by: Name = "shell"
    text: Name


class WriteBytes(Model):
    """Write drawn bytes as they are."""

    do: Literal["write"]
    by: Name = "shell"
    bytes: Name


class Cat(Model):
    """Read until all that should be stored has come, or nothing more comes."""

    do: Literal["cat"]
    by: Name = "shell"


class Read(Model):
    """One read of at most ``count`` bytes."""

    do: Literal["read"]
    by: Name = "shell"
    count: int = Field(ge=1, le=8192)


class BadWrite(Model):
    """A write from memory that is not there: EFAULT or 0 is due."""

    do: Literal["write-bad"]
    by: Name = "shell"
    count: int = Field(ge=1, le=8192)
    where: Where = "unmapped"


class BadRead(Model):
    """A read into memory that is not there: EFAULT or 0 is due."""

    do: Literal["read-bad"]
    by: Name = "shell"
    count: int = Field(ge=1, le=8192)
    where: Where = "unmapped"


class NoBytes(Model):
    """A read or write of length 0: nothing may be transferred or lost."""

    do: Literal["write-nothing", "read-nothing"]
    by: Name = "shell"


Step = Annotated[
    Echo | WriteBytes | Cat | Read | BadWrite | BadRead | NoBytes, Field(discriminator="do")
]


class CheckBase(Model):
    id: CheckId


class SequenceCheck(CheckBase):
    """Operations by named actors, each a process; what is allowed follows from the model.

    ``opens``: ``each`` opens and closes the device around every operation, as the handout's
    shell commands do; ``once`` does all in one open by one process. With both, the first that
    the module passes counts, so that a defect of open or close costs only where it is tested.
    """

    kind: Literal["sequence"]
    opens: tuple[Literal["each", "once"], ...] = ("each", "once")
    judge: Literal["bytes", "bag", "lengths"] = "bytes"
    strict_returns: bool = Field(
        default=False, description="also judge what write returns and which memory read touches"
    )
    drop_last: bool = Field(default=True, description="may the last character of a write be lost?")
    draw: dict[Name, Draw] = Field(default_factory=dict)
    steps: tuple[Step, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _drawn(self) -> Self:
        for step in self.steps:
            name = getattr(step, "text", None) or getattr(step, "bytes", None)
            if name is not None and name not in self.draw:
                raise ValueError(f"step '{step.do}' uses '{name}', which 'draw' does not define")
        if not self.opens:
            raise ValueError("'opens' needs at least one of 'each' and 'once'")
        if "once" in self.opens and len({step.by for step in self.steps}) > 1:
            raise ValueError("'opens: once' is one open by one process: name one actor only")
        return self


class RandomCheck(CheckBase):
    """Random writes and partial reads that never hold more than the capacity."""

    kind: Literal["random"]
    opens: tuple[Literal["each", "once"], ...] = ("each", "once")
    operations: int = Field(ge=2, le=400)


class LoadCheck(CheckBase):
    """insmod, the node in /dev, opening it for reading and for writing."""

    kind: Literal["load"]


class ReloadCheck(CheckBase):
    """rmmod, what is left behind, loading again; and what leaked."""

    kind: Literal["reload"]
    cycles: int = Field(ge=1, le=50)


class BuildCheck(CheckBase):
    """Decided by the build: no guest is needed."""

    kind: Literal["build"]


class CleanCheck(CheckBase):
    """Decided at the end, by the findings of every check's guest."""

    kind: Literal["clean"]


Check = Annotated[
    SequenceCheck | RandomCheck | LoadCheck | ReloadCheck | BuildCheck | CleanCheck,
    Field(discriminator="kind"),
]


class Criterion(Model):
    id: CriterionId
    points: float = Field(ge=0, le=100, allow_inf_nan=False)
    title: Text
    description: Text
    hint: Text = Field(description="what a student who lost it should look at")
    checks: tuple[Check, ...] = Field(min_length=1)


class Rubric(Model):
    schema_: Literal["ringmark.rubric/1"] = Field(alias="schema")
    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    tp: Annotated[str, StringConstraints(pattern=r"^tp[0-9]+$")]
    version: int = Field(ge=1)
    title: Text
    settings: Settings = Settings()
    criteria: tuple[Criterion, ...] = Field(min_length=1)

    @property
    def max_score(self) -> float:
        return sum(criterion.points for criterion in self.criteria)

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        seen: set[str] = set()
        for identifier in [c.id for c in self.criteria] + [
            check.id for c in self.criteria for check in c.checks
        ]:
            if identifier in seen:
                raise ValueError(f"the id '{identifier}' is used twice")
            seen.add(identifier)
        for criterion in self.criteria:
            if not re.match(rf"^{self.tp}\.", criterion.id):
                raise ValueError(f"criterion '{criterion.id}' does not belong to {self.tp}")
        kinds = [check.kind for c in self.criteria for check in c.checks]
        for kind in ("build", "load"):
            if kinds.count(kind) != 1:
                raise ValueError(f"exactly one check of kind '{kind}' is needed")
        return self
