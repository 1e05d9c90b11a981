"""Modules that come with Ringmark and whose verdicts are known.

The folder and its ``expect.yaml`` are described in ``tests/submissions/README.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

from grader.report import FindingKind, Verdict
from grader.rubric import Rubric

EXPECTATION = "expect.yaml"


class Expectation(BaseModel):
    """What ``expect.yaml`` says: exactly these criteria are lost, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["correct", "defective", "hostile"]
    loses: tuple[str, ...]
    not_run: tuple[str, ...] = ()
    findings: tuple[FindingKind, ...] = ()
    why: str

    def verdict(self, criterion: str) -> Verdict:
        if criterion in self.loses:
            return "fail"
        return "not-run" if criterion in self.not_run else "pass"


@dataclass(frozen=True)
class Known:
    """One module of the corpus."""

    name: str
    folder: Path
    expected: Expectation

    @property
    def sources(self) -> list[Path]:
        """What a student would have handed in: everything but the expectation."""
        return sorted(path for path in self.folder.iterdir() if path.name != EXPECTATION)


def read_corpus(folder: Path, rubric: Rubric) -> list[Known]:
    """Every module below ``folder``, by name.

    Raises:
        ValueError: a folder without a readable expectation, or one that names a criterion which
            the rubric does not have.
    """
    places = sorted(path for path in folder.iterdir() if path.is_dir())
    return [read_known(place, rubric) for place in places]


def read_known(place: Path, rubric: Rubric) -> Known:
    """One module. Raises ValueError, as :func:`read_corpus`."""
    try:
        document = yaml.safe_load((place / EXPECTATION).read_text(encoding="utf-8"))
        expected = Expectation.model_validate(document)
    except (OSError, yaml.YAMLError, ValueError) as error:
        raise ValueError(f"{place / EXPECTATION} cannot be used: {error}") from error
    criteria = {criterion.id for criterion in rubric.criteria}
    unknown = {*expected.loses, *expected.not_run} - criteria
    if unknown:
        raise ValueError(f"{place / EXPECTATION} names {sorted(unknown)}: no such criterion")
    return Known(place.name, place, expected)
