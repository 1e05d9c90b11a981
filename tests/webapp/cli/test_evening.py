"""The simulated deadline evening against what can be worked out by hand."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.cli.evening import Evening, simulate
from webapp.cli.web_bench import percentile


def test_all_at_once_with_one_worker_wait_in_line() -> None:
    found = simulate(Evening(students=10, workers=1, window=0, service=[6.0]))
    # The first waits 6 s, the tenth 60.
    assert (found.median, found.longest, found.over) == (30, 60, 60)


def test_as_many_workers_as_students_and_nobody_waits_in_line() -> None:
    found = simulate(Evening(students=50, workers=50, window=0, service=[6.0]))
    assert found.longest == 6


def test_who_comes_again_pauses_first() -> None:
    found = simulate(Evening(students=1, workers=1, window=0, service=[5], tries=3, pause=100))
    assert (found.longest, found.over) == (5, 5 + 105 + 105)


def test_with_little_to_do_a_queue_of_one_is_as_the_formula_says() -> None:
    """Even arrivals over a long time are nearly Poisson: Pollaczek and Khinchine, M/D/1."""
    students, service, window = 20_000, 6.0, 20_000 * 10.0
    load = students * service / window
    found = [simulate(Evening(students, 1, window, [service]), seed) for seed in range(3)]
    # Waiting in line has the mean load * service / (2 (1 - load)); the median lies below it.
    mean = service + load * service / (2 * (1 - load))
    middle = statistics.mean(each.median for each in found)
    assert service < middle < mean


@given(
    students=st.integers(1, 60),
    workers=st.integers(1, 8),
    service=st.lists(st.floats(0.5, 30), min_size=1, max_size=5),
    window=st.floats(0, 600),
    seed=st.integers(0, 99),
)
def test_no_wait_is_shorter_than_a_marking_and_all_work_is_done(
    students: int, workers: int, service: list[float], window: float, seed: int
) -> None:
    found = simulate(Evening(students, workers, window, service), seed)
    tiny = 1e-6  # times are added up in binary
    assert min(service) - tiny <= found.median <= found.slow <= found.longest
    assert found.longest <= students * max(service) + tiny
    assert found.over >= students * min(service) / workers - tiny


def test_a_second_worker_does_not_make_anybody_wait_longer() -> None:
    one, two = (simulate(Evening(200, n, 600, [6.0]), 3) for n in (1, 2))
    assert two.median < one.median and two.longest < one.longest


def test_an_empty_evening_is_refused() -> None:
    for evening in (Evening(0, 1, 1, [1]), Evening(1, 0, 1, [1]), Evening(1, 1, 1, [])):
        with pytest.raises(ValueError, match="needs students"):
            simulate(evening)


@given(st.lists(st.floats(0, 100), min_size=1), st.integers(1, 100))
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(
    values: list[float], percent: int
) -> None:
    found = percentile(values, percent)
    assert sum(each <= found for each in values) * 100 >= percent * len(values)
    assert sum(each < found for each in values) * 100 < percent * len(values)
