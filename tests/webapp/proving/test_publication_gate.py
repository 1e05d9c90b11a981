"""What stands against publishing a rubric version."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.proving.gate import Against, Judged, Objection, Proven, Tried, objections

CRITERIA = (
    Judged("tp1.build", "It compiles", 1),
    Judged("tp1.order", "First in, first out", 3),
    Judged("tp1.style", "It is tidy", 0),
)
IDS = [each.id for each in CRITERIA]
PASSED = dict.fromkeys(IDS, "pass")


def verdicts(**changed: str) -> dict[str, str]:
    return PASSED | {f"tp1.{name}": verdict for name, verdict in changed.items()}


GOOD = Tried("reference", True, verdicts=PASSED)
NO_BUILD = Tried(
    "missing-semicolon",
    False,
    frozenset({"tp1.build"}),
    verdicts={"tp1.build": "fail", "tp1.order": "not-run", "tp1.style": "not-run"},
)
STACK = Tried("stack", False, frozenset({"tp1.order"}), verdicts=verdicts(order="fail"))
RIGHT = (GOOD, NO_BUILD, STACK)


def against(proof: Proven | None) -> list[Against]:
    return [each.against for each in objections(CRITERIA, proof)]


def only(*tried: Tried) -> Objection:
    (found,) = objections(CRITERIA, Proven(tried))
    return found


def test_a_version_whose_proof_is_right_may_be_published() -> None:
    assert objections(CRITERIA, Proven(RIGHT)) == []


def test_one_that_was_never_tried_may_not() -> None:
    assert against(None) == [Against.NO_PROOF]


def test_what_happened_to_the_known_modules_since_makes_the_proof_stale() -> None:
    found = objections(CRITERIA, Proven(RIGHT, added=("kfifo", "stack-2"), retired=("old",)))

    assert [each.against for each in found] == [Against.STALE, Against.STALE]
    assert "kfifo and stack-2 were added" in found[0].sentence
    assert "old was retired" in found[1].sentence


def test_an_unfinished_proof_names_what_is_missing_and_judges_the_rest() -> None:
    waiting = replace(STACK, state="unfinished", verdicts={"tp1.build": "pass"})
    lost = replace(GOOD, verdicts=verdicts(order="fail"))

    found = objections(CRITERIA, Proven((lost, NO_BUILD, waiting)))

    assert [each.against for each in found] == [Against.UNFINISHED, Against.REFERENCE_LOST]
    assert found[0].modules == ("stack",)


def test_verdicts_of_a_module_that_is_still_marked_are_not_judged() -> None:
    early = replace(STACK, state="unfinished", verdicts={"tp1.build": "fail"})

    assert against(Proven((GOOD, NO_BUILD, early))) == [Against.UNFINISHED]


def test_a_fault_of_the_platform_is_told_with_its_reason() -> None:
    broken = replace(GOOD, name="kfifo", state="fault", fault="QEMU ended", verdicts={})

    found = only(*RIGHT, broken)

    assert found.against == Against.PLATFORM
    assert "kfifo" in found.sentence and "QEMU ended" in found.sentence


@pytest.mark.parametrize("module", RIGHT, ids=lambda each: each.name)
def test_a_verdict_that_the_platform_could_not_give_blocks_in_any_module(module: Tried) -> None:
    undecided = replace(module, verdicts={**(module.verdicts or {}), "tp1.style": "error"})
    others = [each for each in RIGHT if each is not module]

    found = only(undecided, *others)

    assert (found.against, found.criteria) == (Against.PLATFORM, ("tp1.style",))
    assert module.name in found.sentence and "It is tidy" in found.sentence


def test_without_a_reference_nothing_shows_that_right_solutions_pass() -> None:
    assert only(NO_BUILD, STACK).against == Against.NO_REFERENCE


@pytest.mark.parametrize("verdict", ["fail", "not-run", ""])
@pytest.mark.parametrize("criterion", IDS)
def test_a_reference_that_does_not_pass_a_criterion_blocks(criterion: str, verdict: str) -> None:
    second = replace(GOOD, name="kfifo", verdicts=PASSED | {criterion: verdict})

    found = only(*RIGHT, second)

    assert (found.against, found.criteria) == (Against.REFERENCE_LOST, (criterion,))
    assert "kfifo" in found.sentence and criterion in found.sentence


def test_a_criterion_that_no_defective_module_loses_blocks() -> None:
    found = only(GOOD, NO_BUILD)

    assert (found.against, found.criteria) == (Against.NEVER_LOST, ("tp1.order",))
    assert "“First in, first out” (tp1.order)" in found.sentence


def test_a_criterion_that_is_merely_not_run_is_not_lost() -> None:
    assert only(GOOD, NO_BUILD).criteria == ("tp1.order",)


def test_a_reference_that_loses_a_criterion_does_not_prove_it() -> None:
    lost = replace(GOOD, verdicts=verdicts(order="fail"))

    assert against(Proven((lost, NO_BUILD))) == [Against.REFERENCE_LOST, Against.NEVER_LOST]


def test_a_criterion_without_points_need_not_be_lost() -> None:
    assert "tp1.style" not in {
        name for each in objections(CRITERIA, Proven((GOOD,))) for name in each.criteria
    }


def test_a_defective_module_that_loses_more_than_it_must_blocks() -> None:
    found = only(GOOD, NO_BUILD, STACK, replace(STACK, name="more", verdicts=verdicts(
        order="fail", style="fail")))  # fmt: skip

    assert (found.against, found.criteria) == (Against.LOST_MORE, ("tp1.style",))
    assert "more loses “It is tidy” (tp1.style)" in found.sentence


def test_a_defective_module_that_loses_less_than_it_must_blocks() -> None:
    less = replace(STACK, name="less", loses=frozenset({"tp1.order", "tp1.style"}))

    found = only(*RIGHT, less)

    assert (found.against, found.criteria) == (Against.LOST_LESS, ("tp1.style",))


def test_what_it_must_lose_and_was_not_run_is_not_lost() -> None:
    less = replace(NO_BUILD, name="less", loses=frozenset({"tp1.build", "tp1.order"}))

    assert only(*RIGHT, less).against == Against.LOST_LESS


def test_a_defective_module_of_which_nothing_is_said_may_lose_anything_but_not_nothing() -> None:
    unsaid = replace(STACK, name="unsaid", loses=frozenset(), verdicts=verdicts(style="fail"))

    assert objections(CRITERIA, Proven((*RIGHT, unsaid))) == []
    assert only(*RIGHT, replace(unsaid, verdicts=PASSED)).against == Against.UNSEEN


def test_criteria_that_the_version_no_longer_has_cannot_be_lost() -> None:
    former = replace(STACK, name="former", loses=frozenset({"tp1.gone"}), verdicts=PASSED)

    assert objections(CRITERIA, Proven((*RIGHT, former))) == []
    assert only(
        *RIGHT, replace(former, verdicts=verdicts(order="fail"))
    ).against == Against.LOST_MORE  # fmt: skip


VERDICTS = st.sampled_from(["pass", "fail", "not-run", "error", ""])
MODULES = st.builds(
    Tried,
    st.text("abcdef-", min_size=1, max_size=8),
    st.booleans(),
    st.frozensets(st.sampled_from([*IDS, "tp1.gone"])),
    st.sampled_from(["unfinished", "decided", "decided", "decided", "fault"]),
    st.fixed_dictionaries(dict.fromkeys(IDS, VERDICTS)),
    st.text(max_size=5),
)
NAMES = st.lists(st.text("abc", min_size=1, max_size=3), max_size=2).map(tuple)
PROOFS = st.builds(Proven, st.lists(MODULES, max_size=5).map(tuple), NAMES, NAMES)


def _is_right(proof: Proven) -> bool:
    """The rules once more, as one sentence each."""
    references = [each for each in proof.tried if each.is_reference]
    defective = [each for each in proof.tried if not each.is_reference]
    lost = {each.name: {c for c in IDS if each.verdict(c) == "fail"} for each in defective}
    return (
        not (proof.added or proof.retired)
        and all(each.state == "decided" for each in proof.tried)
        and all("error" not in (each.verdicts or {}).values() for each in proof.tried)
        and bool(references)
        and all(set((each.verdicts or {}).values()) == {"pass"} for each in references)
        and all(
            lost[each.name] == each.loses & set(IDS) if each.loses else lost[each.name]
            for each in defective
        )
        and {"tp1.build", "tp1.order"} <= {c for each in lost.values() for c in each}
    )


def _named_once(proof: Proven) -> Proven:
    named = [replace(each, name=f"{each.name}{n}") for n, each in enumerate(proof.tried)]
    return replace(proof, tried=tuple(named))


@given(PROOFS.map(_named_once))
def test_there_are_objections_exactly_when_a_rule_is_broken(proof: Proven) -> None:
    assert (objections(CRITERIA, proof) == []) is _is_right(proof)


@st.composite
def _nearly_right(draw: st.DrawFn) -> Proven:
    """A right proof in which at most one thing was changed."""
    tried = list(RIGHT)
    where = draw(st.integers(0, len(tried) - 1))
    verdict = draw(VERDICTS)
    criterion = draw(st.sampled_from(IDS))
    each = tried[where]
    tried[where] = replace(each, verdicts={**(each.verdicts or {}), criterion: verdict})
    return Proven(tuple(tried))


@given(_nearly_right())
def test_one_changed_verdict_is_found(proof: Proven) -> None:
    assert (objections(CRITERIA, proof) == []) is _is_right(proof)


@given(PROOFS.map(_named_once))
def test_every_sentence_names_what_it_is_about(proof: Proven) -> None:
    titles = {each.id: each.title for each in CRITERIA}
    for each in objections(CRITERIA, proof):
        assert all(name in each.sentence for name in each.modules)
        assert all(
            name in each.sentence and titles[name] in each.sentence for name in each.criteria
        )


@given(PROOFS.map(_named_once), MODULES)
def test_what_stands_against_a_module_does_not_go_away_with_another(
    proof: Proven, other: Tried
) -> None:
    kinds = {Against.PLATFORM, Against.REFERENCE_LOST, Against.LOST_MORE, Against.LOST_LESS}
    before = [each for each in objections(CRITERIA, proof) if each.against in kinds]
    grown = replace(proof, tried=(*proof.tried, replace(other, name="other")))

    after = objections(CRITERIA, grown)

    assert all(each in after for each in before)
