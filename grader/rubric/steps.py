"""What a check's steps are made of: payloads that are drawn, and operations by named actors."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from grader.rubric.problems import Wrong

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Draw(Model):
    """A payload or a number drawn afresh for each run from the run's seed. Bounds are inclusive,
    lengths in bytes.
    """

    text: tuple[int, int] | None = Field(default=None, description="distinct letters and digits")
    binary: tuple[int, int] | None = Field(
        default=None, description="any bytes, NUL and 0xff among them, the last one no newline"
    )
    number: tuple[int, int] | None = Field(default=None, description="a size to set")

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        given = [bounds for bounds in (self.text, self.binary, self.number) if bounds]
        if len(given) != 1:
            raise Wrong(
                "a draw has exactly one of 'text', 'binary' and 'number'",
                "un tirage a exactement un champ parmi « text », « binary » et « number »",
            )
        low, high = given[0]
        if not 1 <= low <= high <= 8192:
            raise Wrong(
                f"lengths must be 1 <= low <= high <= 8192, not [{low}, {high}]",
                f"il faut des longueurs 1 <= basse <= haute <= 8192, et non [{low}, {high}]",
            )
        if self.binary and low < 3:
            raise Wrong(
                "a binary draw needs at least 3 bytes: NUL, 0xff and one more",
                "un tirage « binary » a au moins 3 octets : NUL, 0xff et un autre",
            )
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


class Resize(Model):
    """Set the size, as echo does: to a number, a drawn number, what is stored (``count``) or one
    less (``count-1``).

    Whether it must be taken or refused follows from the model.
    """

    do: Literal["resize"]
    by: Name = "shell"
    to: int | Name | Literal["count-1"]
    judged: bool = Field(default=True, description="false: whatever comes of it, another pays")


class Invalid(Model):
    """Write to the size attribute what is no size: whatever it returns, size and count stay."""

    do: Literal["resize-invalid"]
    by: Name = "shell"
    text: str = Field(max_length=64)


class Zero(Model):
    """Set the size to 0. On an empty buffer it is refused, or taken without harm to what follows.
    On one with content it changes nothing; not tried where even 1 is no size too small.
    """

    do: Literal["resize-zero"]
    by: Name = "shell"


class ShowCount(Model):
    """Read the count attribute: as many as are stored."""

    do: Literal["show-count"]
    by: Name = "shell"


class ShowSize(Model):
    """Read the size attribute: the size that was set last."""

    do: Literal["show-size"]
    by: Name = "shell"


class Fill(Model):
    """Write as much as the channel holds, exactly; it must be empty before."""

    do: Literal["fill"]
    by: Name = "shell"


class Drain(Model):
    """Read until nothing is stored and no writer waits. Never a read that would have to block."""

    do: Literal["drain"]
    by: Name = "drainer"


class Kill(Model):
    """SIGKILL for an actor that is blocked: it ends at once, or with the next event."""

    do: Literal["kill"]
    by: Name


class Unload(Model):
    """rmmod, every actor gone: it must succeed."""

    do: Literal["unload"]
    by: Name = "root"


class Interrupt(Model):
    """Write to the interrupt's attribute."""

    do: Literal["interrupt"]
    by: Name = "shell"


#: In a staged check, reads and writes are started and may block; the next step follows when
#: everything has come to rest. A read into memory that is not there may lose what it takes, but
#: writers that wait must be let on into the room.
StagedStep = Annotated[
    Read
    | Echo
    | BadRead
    | Fill
    | Drain
    | Resize
    | ShowCount
    | ShowSize
    | Kill
    | Unload
    | Interrupt,
    Field(discriminator="do"),
]

Step = Annotated[
    Echo
    | WriteBytes
    | Cat
    | Read
    | BadWrite
    | BadRead
    | NoBytes
    | Resize
    | Invalid
    | Zero
    | ShowCount
    | ShowSize,
    Field(discriminator="do"),
]
