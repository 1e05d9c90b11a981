"""The known modules that Ringmark ships for a TP, and storing known modules.

``rubrics/<tp>/proving.yaml`` names them; what each loses and why is said by the ``expect.yaml``
beside its sources in ``tests/submissions``.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import yaml
from django.conf import settings
from django.db import transaction
from pydantic import BaseModel, ConfigDict, Field, model_validator

from grader.intake import SourceTree, read_paths
from grader.rubric.load import SHIPPED, load_rubric
from webapp.accounts.models import User
from webapp.courses.models import Assignment
from webapp.rubrics.corpus import Known, read_known
from webapp.rubrics.cover import Candidate
from webapp.rubrics.models import KnownFile, KnownModule, ModuleKind

FILE = "proving.yaml"
#: The folder beside the rubric, and the name of the module in it.
REFERENCE = "reference"
#: Findings after which checks end by their deadlines only.
SLOW_FINDINGS = frozenset({"hung", "stall", "panic", "lockdep"})


class ProvingSet(BaseModel):
    """What ``proving.yaml`` says: names of folders in ``tests/submissions/<tp>``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_: Literal["ringmark.proving/1"] = Field(alias="schema")
    tp: str
    references: tuple[str, ...] = Field(min_length=1)
    defective: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _named_once(self) -> ProvingSet:
        names = (REFERENCE, *self.references, *self.defective)
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"named twice: {', '.join(twice)}")
        return self


@dataclass(frozen=True)
class Described:
    """A known module that is not stored yet."""

    name: str
    kind: ModuleKind
    why: str
    loses: tuple[str, ...]
    tree: SourceTree
    attribute: str = ""


@dataclass(frozen=True)
class ShippedModule(Described):
    slow: bool = False

    @property
    def candidate(self) -> Candidate:
        return Candidate(self.name, frozenset(self.loses), self.slow)


def corpus_folder(tp: str) -> Path:
    return Path(settings.BASE_DIR) / "tests" / "submissions" / tp


def has_proving_set(tp: str, folder: Path = SHIPPED) -> bool:
    return (folder / tp / FILE).is_file()


def load_proving_set(tp: str, folder: Path = SHIPPED) -> ProvingSet:
    """Raises ValueError: the file is not there, is not valid, or is of another TP."""
    path = folder / tp / FILE
    try:
        found = ProvingSet.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValueError) as error:
        raise ValueError(f"{path} cannot be used: {error}") from error
    if found.tp != tp:
        raise ValueError(f"{path} cannot be used: it is of {found.tp}")
    return found


def shipped_modules(tp: str) -> list[ShippedModule]:
    """The modules of the TP's proving set, references first.

    Raises:
        ValueError: a file cannot be used, or a folder holds a module of the other kind.
    """
    chosen = load_proving_set(tp)
    own = ShippedModule(
        REFERENCE,
        ModuleKind.REFERENCE,
        "The solution that comes with the rubric.",
        (),
        read_paths([SHIPPED / tp / REFERENCE]),
    )
    return [
        own,
        *(_shipped(tp, name, ModuleKind.REFERENCE) for name in chosen.references),
        *(_shipped(tp, name, ModuleKind.DEFECTIVE) for name in chosen.defective),
    ]


def _shipped(tp: str, name: str, kind: ModuleKind) -> ShippedModule:
    known = read_known(corpus_folder(tp) / name, load_rubric(tp))
    is_reference = known.expected.kind == "correct"
    if is_reference is not (kind == ModuleKind.REFERENCE):
        raise ValueError(f"{known.folder} is {known.expected.kind}: no {kind} of {FILE}")
    return ShippedModule(
        name,
        kind,
        known.expected.why,
        known.expected.loses,
        read_paths(known.sources),
        slow=is_slow(known),
    )


def is_slow(known: Known) -> bool:
    return known.expected.kind == "hostile" or bool(SLOW_FINDINGS & {*known.expected.findings})


def adopt_known(assignment: Assignment, now: dt.datetime) -> int:
    """Take over the shipped modules that the TP does not have yet; how many. One that was taken
    over and retired since stays retired.
    """
    added = 0
    with transaction.atomic():
        Assignment.objects.select_for_update().get(pk=assignment.pk)
        modules = KnownModule.objects.filter(assignment=assignment)
        for shipped in shipped_modules(assignment.tp):
            if modules.filter(sha256=shipped.tree.sha256).exists():
                continue
            named = replace(shipped, name=_free_name(assignment, shipped.name))
            # Drawn from its files, so that it is given the same payloads wherever it is taken over.
            seed = int(shipped.tree.sha256[:8], 16) & 0x7FFFFFFF
            store_known(assignment, named, seed, now)
            added += 1
    return added


def active_modules(assignment: Assignment) -> list[KnownModule]:
    """Those that a proof tries, references first."""
    found = KnownModule.objects.filter(assignment=assignment, retired_at=None)
    return sorted(found, key=lambda each: (each.kind != ModuleKind.REFERENCE, each.pk))


def store_known(
    assignment: Assignment,
    described: Described,
    seed: int,
    now: dt.datetime,
    author: User | None = None,
) -> KnownModule:
    """One more known module, with its files. The name has to be free."""
    with transaction.atomic():
        module = KnownModule.objects.create(
            assignment=assignment,
            name=described.name,
            kind=described.kind,
            why=described.why,
            loses=list(described.loses),
            sha256=described.tree.sha256,
            seed=seed,
            attribute=described.attribute,
            author=author,
            created_at=now,
        )
        KnownFile.objects.bulk_create(
            KnownFile(module=module, position=n, path=file.path, data=file.data)
            for n, file in enumerate(described.tree.files)
        )
    return module


def _free_name(assignment: Assignment, name: str) -> str:
    """The name, or another where a module of the instructors' has it."""
    taken = {each.name for each in active_modules(assignment)}
    free = name
    number = 2
    while free in taken:
        free, number = f"{name[:44]}-{number}", number + 1
    return free
