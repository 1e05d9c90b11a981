"""The known modules that Ringmark ships: enough to prove every shipped rubric, and few."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from grader.rubric import load_rubric, shipped_rubrics
from tests.webapp.support.fixtures import School
from webapp.cli.demo import make_demo
from webapp.rubrics.corpus import read_corpus
from webapp.rubrics.cover import ENOUGH, Candidate, cover, uncovered
from webapp.rubrics.known import (
    Described,
    adopt_known,
    corpus_folder,
    is_slow,
    load_proving_set,
    shipped_modules,
    store_known,
)
from webapp.rubrics.models import KnownModule, ModuleKind

TPS = shipped_rubrics()
CRITERIA = [f"tp1.c{n}" for n in range(6)]
CANDIDATES = st.lists(
    st.builds(
        Candidate,
        st.text("abcdef", min_size=1, max_size=4),
        st.frozensets(st.sampled_from(CRITERIA), min_size=1),
        st.booleans(),
    ),
    unique_by=lambda each: each.name,
    max_size=12,
)


@pytest.mark.parametrize("tp", TPS)
def test_every_criterion_of_a_shipped_rubric_is_lost_by_a_shipped_module(tp: str) -> None:
    modules = shipped_modules(tp)
    criteria = [each.id for each in load_rubric(tp).criteria]

    assert uncovered(criteria, [each.candidate for each in modules]) == []


@pytest.mark.parametrize("tp", TPS)
def test_there_are_two_references_and_they_are_not_the_same(tp: str) -> None:
    references = [each for each in shipped_modules(tp) if each.kind == ModuleKind.REFERENCE]

    assert len({each.tree.sha256 for each in references}) == len(references) >= 2
    assert all(each.loses == () for each in references)


@pytest.mark.parametrize("tp", TPS)
def test_the_proof_is_quick(tp: str) -> None:
    defective = [each for each in shipped_modules(tp) if each.kind == ModuleKind.DEFECTIVE]
    rubric = load_rubric(tp)
    corpus = [
        Candidate(
            known.name,
            frozenset(known.expected.loses),
            is_slow(known),
        )
        for known in read_corpus(corpus_folder(tp), rubric)
        if known.expected.kind != "correct"
    ]

    proposed = cover([each.id for each in rubric.criteria], corpus)

    assert len(defective) <= len(proposed)
    assert not [each.name for each in defective if each.slow]


@given(CANDIDATES)
def test_a_cover_loses_whatever_can_be_lost_and_nothing_in_it_is_needless(
    candidates: list[Candidate],
) -> None:
    chosen = cover(CRITERIA, candidates)

    assert uncovered(CRITERIA, chosen) == uncovered(CRITERIA, candidates)
    for each in chosen:
        others = [other for other in chosen if other != each]
        assert len(uncovered(CRITERIA, others)) > len(uncovered(CRITERIA, chosen))


def test_a_cover_prefers_quick_modules_that_lose_little() -> None:
    everything = Candidate("everything", frozenset(CRITERIA))
    hangs = Candidate("hangs", frozenset(CRITERIA[:2]), slow=True)
    precise = [Candidate(f"loses-{n}", frozenset({each})) for n, each in enumerate(CRITERIA)]
    pair = Candidate("pair", frozenset(CRITERIA[:ENOUGH]))

    chosen = cover(CRITERIA, [everything, hangs, *precise, pair])

    assert {each.name for each in chosen} == {"pair", "loses-2", "loses-3", "loses-4", "loses-5"}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("schema: ringmark.proving/1\ntp: tp1\nreferences: [a]\ndefective: [a]\n", "named twice"),
        ("schema: ringmark.proving/1\ntp: tp2\nreferences: [a]\ndefective: [b]\n", "it is of tp2"),
        ("schema: ringmark.proving/1\ntp: tp1\nreferences: []\ndefective: [b]\n", "references"),
        ("schema: ringmark.proving/2\ntp: tp1\nreferences: [a]\ndefective: [b]\n", "schema"),
        ("references: [a", "cannot be used"),
    ],
)
def test_a_proving_set_that_is_wrong_says_what(tmp_path: Path, text: str, wrong: str) -> None:
    (tmp_path / "tp1").mkdir()
    (tmp_path / "tp1" / "proving.yaml").write_text(text)

    with pytest.raises(ValueError, match=wrong) as problem:
        load_proving_set("tp1", tmp_path)
    assert str(tmp_path / "tp1" / "proving.yaml") in str(problem.value)


def test_taking_over_twice_is_taking_over_once(school: School) -> None:
    now = timezone.now()
    assert adopt_known(school.assignment, now) == len(shipped_modules("tp1"))
    stored = list(KnownModule.objects.values_list("name", "sha256", "seed", "author"))

    assert adopt_known(school.assignment, now + dt.timedelta(days=1)) == 0
    assert list(KnownModule.objects.values_list("name", "sha256", "seed", "author")) == stored
    assert {author for *_, author in stored} == {None}


def test_what_was_retired_stays_retired(school: School) -> None:
    now = timezone.now()
    adopt_known(school.assignment, now)
    module = KnownModule.objects.get(name="capacity-15")
    module.retired_at = now
    module.save(update_fields=["retired_at"])

    assert adopt_known(school.assignment, now) == 0


def test_a_name_that_an_instructor_took_is_left_to_it(school: School) -> None:
    now = timezone.now()
    shipped = shipped_modules("tp1")[0]
    own = Described(
        shipped.name, ModuleKind.REFERENCE, "", (), replace(shipped.tree, sha256="0" * 64)
    )
    store_known(school.assignment, own, 1, now)

    adopt_known(school.assignment, now)

    names = set(KnownModule.objects.values_list("name", flat=True))
    assert {"reference", "reference-2"} <= names


def test_the_demo_has_them_for_every_tp(db: None) -> None:
    make_demo(timezone.now())
    make_demo(timezone.now())

    counts = {tp: KnownModule.objects.filter(assignment__tp=tp).count() for tp in TPS}
    assert counts == {tp: len(shipped_modules(tp)) for tp in TPS}
