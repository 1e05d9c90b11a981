"""May a rubric version be published? What stands against it, in sentences. Pure."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext, ngettext


class Against(enum.StrEnum):
    """What an objection is about."""

    NO_PROOF = "no-proof"
    STALE = "stale"
    UNFINISHED = "unfinished"
    PLATFORM = "platform"
    NO_REFERENCE = "no-reference"
    REFERENCE_LOST = "reference-lost"
    LOST_MORE = "lost-more"
    LOST_LESS = "lost-less"
    UNSEEN = "unseen"
    NEVER_LOST = "never-lost"


@dataclass(frozen=True)
class Judged:
    """A criterion of the version."""

    id: str
    title: str
    points: float


@dataclass(frozen=True)
class Tried:
    """A known module in the proof. ``loses`` empty for a defective one: that was not said.
    ``verdicts`` by criterion; ``fault``: why the platform could not mark it.
    """

    name: str
    is_reference: bool
    loses: frozenset[str] = frozenset()
    state: Literal["unfinished", "decided", "fault"] = "decided"
    verdicts: Mapping[str, str] | None = None
    fault: str = ""

    def verdict(self, criterion: str) -> str:
        return (self.verdicts or {}).get(criterion, "")

    def lost(self, criteria: Iterable[Judged]) -> frozenset[str]:
        return frozenset(each.id for each in criteria if self.verdict(each.id) == "fail")


@dataclass(frozen=True)
class Proven:
    """The latest proof of the version. ``added`` and ``retired``: names of the known modules that
    came and went since it was started.
    """

    tried: tuple[Tried, ...]
    added: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()


@dataclass(frozen=True)
class Objection:
    """``criteria`` and ``modules`` are those that the sentence names."""

    against: Against
    sentence: str
    criteria: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()


def objections(criteria: Sequence[Judged], proof: Proven | None) -> list[Objection]:
    """Empty: the version may be published.

    While modules are still being marked, the others are judged already; only whether a criterion
    is lost by none has to wait. A criterion of 0 points need not be lost by any.
    """
    if proof is None:
        return [
            Objection(
                Against.NO_PROOF, gettext("This version has not been tried on the known modules.")
            )
        ]
    decided = [each for each in proof.tried if each.state == "decided"]
    found = [*_stale(proof), *_unfinished(proof), *_platform(criteria, proof)]
    if not any(each.is_reference for each in proof.tried):
        found.append(
            Objection(
                Against.NO_REFERENCE,
                gettext(
                    "There is no reference module in the proof, so nothing shows that a right "
                    "solution gets full marks."
                ),
            )
        )
    for module in decided:
        judge = _reference if module.is_reference else _defective
        found += judge(criteria, module)
    if not any(each.state == "unfinished" for each in proof.tried):
        found += _never_lost(criteria, decided)
    return found


def _stale(proof: Proven) -> Iterator[Objection]:
    if proof.added:
        yield Objection(
            Against.STALE,
            ngettext(
                "The known module %(names)s was added after the proof was started.",
                "The known modules %(names)s were added after the proof was started.",
                len(proof.added),
            )
            % {"names": _listed(proof.added)},
            modules=proof.added,
        )
    if proof.retired:
        yield Objection(
            Against.STALE,
            ngettext(
                "The known module %(names)s was retired after the proof was started.",
                "The known modules %(names)s were retired after the proof was started.",
                len(proof.retired),
            )
            % {"names": _listed(proof.retired)},
            modules=proof.retired,
        )


def _unfinished(proof: Proven) -> Iterator[Objection]:
    waiting = tuple(each.name for each in proof.tried if each.state == "unfinished")
    if waiting:
        yield Objection(
            Against.UNFINISHED,
            ngettext(
                "The proof is not finished: %(names)s is still to be marked.",
                "The proof is not finished: %(names)s are still to be marked.",
                len(waiting),
            )
            % {"names": _listed(waiting)},
            modules=waiting,
        )


def _platform(criteria: Sequence[Judged], proof: Proven) -> Iterator[Objection]:
    for module in proof.tried:
        if module.state == "fault":
            yield Objection(
                Against.PLATFORM,
                gettext("%(module)s could not be marked, which is the platform's fault: %(fault)s")
                % {"module": module.name, "fault": module.fault or gettext("no reason is known")},
                modules=(module.name,),
            )
            continue
        undecided = [each for each in criteria if module.verdict(each.id) == "error"]
        if undecided:
            yield _of(
                Against.PLATFORM,
                gettext("In %(module)s the platform could not decide %(criteria)s."),
                module,
                undecided,
            )


def _reference(criteria: Sequence[Judged], module: Tried) -> Iterator[Objection]:
    """A right solution has to pass every criterion. What the platform did not decide is said
    elsewhere."""
    lost = [each for each in criteria if module.verdict(each.id) == "fail"]
    untried = [each for each in criteria if module.verdict(each.id) in {"", "not-run"}]
    if lost:
        yield _of(
            Against.REFERENCE_LOST,
            gettext("The reference %(module)s loses %(criteria)s: right solutions would too."),
            module,
            lost,
        )
    if untried:
        yield _of(
            Against.REFERENCE_LOST,
            gettext("%(criteria)s was not tried in the reference %(module)s, which costs points."),
            module,
            untried,
        )


def _defective(criteria: Sequence[Judged], module: Tried) -> Iterator[Objection]:
    """One whose loss is said has to lose exactly that, as far as this version has the criteria;
    ``not-run`` is no loss: it follows from one, as after a build that failed.
    """
    lost = module.lost(criteria)
    if not module.loses:
        if not lost:
            yield Objection(
                Against.UNSEEN,
                gettext("The defective module %(module)s loses nothing: its defect is not seen.")
                % {"module": module.name},
                modules=(module.name,),
            )
        return
    more = [each for each in criteria if each.id in lost - module.loses]
    less = [each for each in criteria if each.id in module.loses - lost]
    if more:
        yield _of(
            Against.LOST_MORE,
            gettext("The defective module %(module)s loses %(criteria)s, which it must not."),
            module,
            more,
        )
    if less:
        yield _of(
            Against.LOST_LESS,
            gettext("The defective module %(module)s does not lose %(criteria)s, which it must."),
            module,
            less,
        )


def _never_lost(criteria: Sequence[Judged], decided: Sequence[Tried]) -> Iterator[Objection]:
    lost = {
        criterion
        for module in decided
        if not module.is_reference
        for criterion in module.lost(criteria)
    }
    for each in criteria:
        if each.points > 0 and each.id not in lost:
            yield Objection(
                Against.NEVER_LOST,
                gettext(
                    "No defective module loses %(criterion)s: nothing shows that this criterion "
                    "can fail."
                )
                % {"criterion": _titles([each])},
                (each.id,),
            )


def _of(against: Against, words: str, module: Tried, criteria: Sequence[Judged]) -> Objection:
    """About some criteria in one module; ``words`` have places for both."""
    text = words % {"module": module.name, "criteria": _titles(criteria)}
    return Objection(against, text, tuple(each.id for each in criteria), (module.name,))


def _titles(criteria: Iterable[Judged]) -> str:
    return _listed([f"“{each.title}” ({each.id})" for each in criteria])


def _listed(names: Sequence[str]) -> str:
    """``a, b and c``."""
    if len(names) < 2:
        return "".join(names)
    return gettext("%(some)s and %(last)s") % {"some": ", ".join(names[:-1]), "last": names[-1]}
