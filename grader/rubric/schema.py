"""The rubric as data: criteria, points, texts, checks. Validated by pydantic.

Ids, titles and points live here and nowhere else. What a check does is data too (actors, steps);
what data cannot say is a check kind written in Python (:mod:`grader.checks`).
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self, get_args

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from grader import texts as words
from grader.errors import UnusableInput
from grader.report import FindingKind
from grader.rubric.problems import Wrong
from grader.rubric.steps import (
    BadRead,
    Draw,
    Echo,
    Interrupt,
    Invalid,
    Model,
    Name,
    Resize,
    ShowCount,
    ShowSize,
    StagedStep,
    Step,
    Zero,
)

SCHEMA = "ringmark.rubric/1"

#: What the module may do with what does not fit: ``overwrite`` the oldest, or ``any``
#: thing, where that is another criterion's.
Overflow = Literal["overwrite", "any"]

#: A TP's short name, as addresses and criterion ids have it: ``tp1``, ``chan1``.
TP_NAME = r"[a-z][a-z0-9-]{0,31}"


def _tp_name(value: object) -> object:
    """Says what is wrong in words; a pattern alone says nothing to most people."""
    if isinstance(value, str) and not re.fullmatch(TP_NAME, value):
        raise Wrong(
            f"'{value[:80]}' is no short name of a TP: a small letter, then up to 31 small letters,"
            " digits and hyphens, as chan1",
            f"« {value[:80]} » n'est pas un nom court de TP : une minuscule, puis au plus 31 "
            "minuscules, chiffres et tirets, comme chan1",
        )
    return value


def _criterion_id(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(rf"{TP_NAME}\.[a-z][a-z0-9-]*", value):
        raise Wrong(
            f"'{value[:80]}' is no id of a criterion: the TP's short name, a dot, then small"
            " letters, digits and hyphens, as tp1.store",
            f"« {value[:80]} » n'est pas l'identifiant d'un critère : le nom court du TP, un "
            "point, puis des minuscules, chiffres et tirets, comme tp1.store",
        )
    return value


TpName = Annotated[str, BeforeValidator(_tp_name)]
CriterionId = Annotated[str, BeforeValidator(_criterion_id)]
CheckId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*(\.[a-z0-9-]+)*$")]


class Text(Model):
    """A text in every language that students read."""

    en: str = Field(min_length=1)
    fr: str = Field(min_length=1)

    def get(self, language: str) -> str:
        return self.fr if language.startswith("fr") else self.en


FILE_NAME = r"^[A-Za-z0-9_-]{1,64}$"
FileName = Annotated[str, StringConstraints(pattern=FILE_NAME)]


class Attributes(Model):
    """Names below /sys/kernel."""

    folder: FileName = "asee_mod"
    size: FileName = "asee_buf_size"
    count: FileName = "asee_buf_count"


class InterruptSettings(Model):
    """TP4's. ``attribute``: its name, if it is prescribed; else it is looked for."""

    line: int = Field(default=11, ge=0, le=255)
    attribute: FileName | None = None


class Settings(Model):
    """What an instructor may adapt without touching a check. ``attributes``: from TP2 on."""

    device: FileName = "asee_mod"
    attributes: Attributes | None = None
    capacity: int = Field(default=16, ge=1, le=4096)
    newline: Literal["strip", "keep", "either"] = "either"
    blocking: bool = Field(default=False, description="do reads and writes wait? from TP3 on")
    interrupt: InterruptSettings | None = None


class CheckBase(Model):
    """``optional``: left out where the module has not got what it needs (an attribute, a device);
    another check of its criterion says so. Without, the whole criterion is ``not-run`` then.
    """

    id: CheckId
    optional: bool = False


class SequenceCheck(CheckBase):
    """Operations by named actors, each a process; what is allowed follows from the model.

    ``opens``: ``each`` opens and closes the device around every operation, as the handout's
    shell commands do; ``once`` does all in one open by one process. With both, the first that
    the module passes counts, so that a defect of open or close costs only where it is tested.
    """

    kind: Literal["sequence"]
    opens: tuple[Literal["each", "once"], ...] = ("each", "once")
    judge: Literal["bytes", "bag", "lengths", "any"] = "bytes"
    strict_returns: bool = Field(
        default=False, description="also judge what write returns and which memory read touches"
    )
    drop_last: bool = Field(default=True, description="may the last character of a write be lost?")
    overflow: Overflow = "overwrite"
    draw: dict[Name, Draw] = Field(default_factory=dict)
    steps: tuple[Step, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _drawn(self) -> Self:
        for step in self.steps:
            name = getattr(step, "bytes", None)
            if isinstance(step, Echo):
                name = step.text
            if (
                isinstance(step, Resize)
                and isinstance(step.to, str)
                and step.to not in ("count", "count-1")
            ):
                name = step.to
            if name is not None and name not in self.draw:
                raise Wrong(
                    f"step '{step.do}' uses '{name}', which 'draw' does not define",
                    f"l'étape « {step.do} » utilise « {name} », que « draw » ne définit pas",
                )
        if not self.opens:
            raise Wrong(
                "'opens' needs at least one of 'each' and 'once'",
                "« opens » doit avoir « each » ou « once », ou les deux",
            )
        if "once" in self.opens and len({step.by for step in self.steps}) > 1:
            raise Wrong(
                "'opens: once' is one open by one process: name one actor only",
                "« opens: once » est une ouverture par un processus : ne nommez qu'un acteur",
            )
        return self


class RandomCheck(CheckBase):
    """Random writes and partial reads that never hold more than the capacity.

    ``size``: set to a number within these bounds first. ``resizes``: to ever larger sizes in
    between, or to sizes that just hold what is stored (back to the first one each time it is
    empty).
    """

    kind: Literal["random"]
    opens: tuple[Literal["each", "once"], ...] = ("each", "once")
    operations: int = Field(ge=2, le=400)
    size: tuple[int, int] | None = None
    resizes: Literal["no", "grow", "shrink"] = "no"


class AttributesCheck(CheckBase):
    """Both attributes are where they should be and read as decimal numbers: the rubric's capacity
    and 0 after insmod.
    """

    kind: Literal["attributes"]


class StagedCheck(CheckBase):
    """Readers and writers that may block, one step at a time: each starts when all the others are
    seen blocked or have returned.

    ``judge``: ``all``; or ``wakeups``: what happens to tasks that were blocked, so that one that
    comes back instead of waiting is another criterion's; or ``attributes``: only what they show
    and take; ``ends``: only that what was killed ends, and rmmod; ``released``: only that an
    interrupt ends every call that was blocked, with an error; ``after``: only what comes after it.
    """

    kind: Literal["staged"]
    judge: Literal["all", "wakeups", "attributes", "ends", "released", "after"] = "all"
    leaks: bool = Field(
        default=False,
        description="if it passes, unload the module and look for what leaked: a finding",
    )
    draw: dict[Name, Draw] = Field(default_factory=dict)
    steps: tuple[StagedStep, ...] = Field(min_length=1)


class SleepsCheck(CheckBase):
    """A task that is blocked sleeps inside the module and uses no processor time."""

    kind: Literal["sleeps"]
    who: Literal["reader", "writer"]


class StressCheck(CheckBase):
    """Writers and readers at once, as fast as they can, on two processors.

    ``volume`` bytes by each writer in writes of ``piece`` bytes, reads of ``count`` bytes, with the
    size set to ``size`` first. ``judge``: ``conserve``: every byte once, each writer's in order,
    and the count 0 in the end; ``wakeups``: nobody left asleep, nobody woken with nothing.
    """

    kind: Literal["stress"]
    judge: Literal["conserve", "wakeups"]
    writers: int = Field(ge=1, le=4)
    readers: int = Field(ge=1, le=4)
    size: int | None = Field(default=None, ge=1, le=4096)
    piece: int = Field(ge=2, le=4096)
    count: int = Field(ge=1, le=4096)
    volume: int = Field(ge=16, le=12_000)


Failing = Literal["open", "read", "write", "resize"]


class FaultsCheck(CheckBase):
    """Allocations and copies from and to user memory made to fail inside these calls.

    ``judged``: a module that hangs afterwards loses the check; else only the findings count.
    """

    kind: Literal["faults"]
    of: tuple[Failing, ...] = ("open", "read", "write", "resize")
    judged: bool = True


class RaisesCheck(CheckBase):
    """One write to the interrupt's attribute, one interrupt, on either processor."""

    kind: Literal["raises"]


class IrqUnloadCheck(CheckBase):
    """rmmod, and no handler left on the line, and no warning of the kernel's."""

    kind: Literal["irq-unload"]


class LoadCheck(CheckBase):
    """insmod, the node in /dev, opening it for reading and for writing.

    ``interrupt``: the module's handler must show in /proc/interrupts.
    """

    kind: Literal["load"]
    interrupt: bool = False


class ReloadCheck(CheckBase):
    """rmmod, what is left behind, loading again; and what leaked."""

    kind: Literal["reload"]
    cycles: int = Field(ge=1, le=50)
    resizes: int = Field(default=0, ge=0, le=20, description="in each cycle, for what they leak")
    interrupts: int = Field(default=0, ge=0, le=20, description="in each cycle, as resizes")
    misuse: bool = Field(
        default=False,
        description="in each cycle what must be refused or fails, for what it leaks: too much at"
        " once, bad pointers, sizes that are none",
    )
    judged: bool = Field(default=True, description="false: only what the kernel reports counts")


class RaceCheck(CheckBase):
    """Writers and readers on two processors of a kernel that detects data races."""

    kind: Literal["race"]
    operations: int = Field(
        default=10_000, ge=1_000, le=1_000_000, description="writes without a race until it passes"
    )


class BuildCheck(CheckBase):
    """Decided by the build: no guest is needed."""

    kind: Literal["build"]


class CleanCheck(CheckBase):
    """Decided at the end, by the findings of every check's guest.

    ``kinds``: these kinds of finding only. Without, all kinds that no other check of the rubric
    names.
    """

    kind: Literal["clean"]
    kinds: tuple[FindingKind, ...] = ()


Check = Annotated[
    SequenceCheck
    | RandomCheck
    | AttributesCheck
    | StagedCheck
    | SleepsCheck
    | StressCheck
    | FaultsCheck
    | RaisesCheck
    | IrqUnloadCheck
    | LoadCheck
    | ReloadCheck
    | RaceCheck
    | BuildCheck
    | CleanCheck,
    Field(discriminator="kind"),
]


def processors(check: Check) -> int:
    """How many of the host's processors its guests ask for at once. Those of a race check have two
    of their own, which take turns on one.
    """
    return 2 if isinstance(check, StressCheck | RaisesCheck) else 1


def needs_device(check: Check) -> bool:
    """Whether the experiment opens the device."""
    return not isinstance(
        check,
        BuildCheck
        | LoadCheck
        | CleanCheck
        | ReloadCheck
        | AttributesCheck
        | RaisesCheck
        | IrqUnloadCheck,
    )


def needs_size(check: Check) -> bool:
    """Whether the experiment sets the size, or shows it."""
    match check:
        case SequenceCheck():
            return any(isinstance(step, Resize | Invalid | Zero | ShowSize) for step in check.steps)
        case StagedCheck():
            return any(isinstance(step, Resize | ShowSize) for step in check.steps)
        case RandomCheck():
            return check.resizes != "no" or check.size is not None
    return False


def needs_interrupt(check: Check) -> bool:
    """Whether the experiment raises the interrupt."""
    return isinstance(check, RaisesCheck) or (
        isinstance(check, StagedCheck) and any(isinstance(s, Interrupt) for s in check.steps)
    )


def loads_itself(check: Check) -> bool:
    """Whether insmod is a part of the experiment, or it runs on another machine than most."""
    return isinstance(
        check, LoadCheck | ReloadCheck | StressCheck | RaisesCheck | IrqUnloadCheck | RaceCheck
    )


def needs_count(check: Check) -> bool:
    """Whether the experiment is about the count, or learns from it what was taken."""
    match check:
        case SequenceCheck():
            return any(isinstance(step, ShowCount) for step in check.steps)
        case StagedCheck():
            return any(isinstance(step, ShowCount | BadRead) for step in check.steps)
    return False


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
    tp: TpName
    version: int = Field(ge=1)
    title: Text
    settings: Settings = Settings()
    criteria: tuple[Criterion, ...] = Field(min_length=1)

    @property
    def max_score(self) -> float:
        return sum(criterion.points for criterion in self.criteria)

    def with_attribute(self, name: str) -> Rubric:
        """The same, with the interrupt's attribute named; as it is without a name, or an interrupt.

        Raises:
            UnusableInput: no attribute can have that name.
        """
        if not name or self.settings.interrupt is None:
            return self
        if not re.fullmatch(FILE_NAME, name):
            raise UnusableInput(
                words.Text(
                    f"'{name[:80]}' is no name of an attribute: give the file's name alone, as "
                    "my_irq",
                    f"« {name[:80]} » n'est pas un nom d'attribut : donnez le nom du fichier seul, "
                    "comme my_irq",
                )
            )
        interrupt = self.settings.interrupt.model_copy(update={"attribute": name})
        settings = self.settings.model_copy(update={"interrupt": interrupt})
        return self.model_copy(update={"settings": settings})

    def kinds_of(self, check: CleanCheck) -> frozenset[FindingKind]:
        """The kinds of finding that cost what ``check`` belongs to."""
        if check.kinds:
            return frozenset(check.kinds)
        every: tuple[FindingKind, ...] = get_args(FindingKind)
        named = {
            kind
            for criterion in self.criteria
            for other in criterion.checks
            if isinstance(other, CleanCheck)
            for kind in other.kinds
        }
        if any(isinstance(c, RaceCheck) for criterion in self.criteria for c in criterion.checks):
            named.add("kcsan")  # which of those cost is for that check to say
        return frozenset(every) - named

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        seen: set[str] = set()
        for identifier in [c.id for c in self.criteria] + [
            check.id for c in self.criteria for check in c.checks
        ]:
            if identifier in seen:
                raise Wrong(
                    f"the id '{identifier}' is used twice",
                    f"l'identifiant « {identifier} » sert deux fois",
                )
            seen.add(identifier)
        for criterion in self.criteria:
            if not criterion.id.startswith(f"{self.tp}."):
                raise Wrong(
                    f"criterion '{criterion.id}' does not belong to {self.tp}",
                    f"le critère « {criterion.id} » n'est pas de {self.tp}",
                )
        kinds = [check.kind for c in self.criteria for check in c.checks]
        for kind in ("build", "load"):
            if kinds.count(kind) != 1:
                raise Wrong(
                    f"exactly one check of kind '{kind}' is needed",
                    f"il faut exactement une vérification du genre « {kind} »",
                )
        if self.settings.attributes is None:
            for check in (check for c in self.criteria for check in c.checks):
                if isinstance(check, AttributesCheck) or needs_size(check) or needs_count(check):
                    raise Wrong(
                        f"the check '{check.id}' needs 'settings.attributes'",
                        f"la vérification « {check.id} » a besoin de « settings.attributes »",
                    )
        return self
