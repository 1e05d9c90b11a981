"""How long a student will wait."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from tests.webapp.support.fixtures import MODULE, School, marking_of
from webapp.submissions import claims, estimates
from webapp.submissions.models import Marking
from webapp.submissions.templatetags.text import about

SECOND = dt.timedelta(seconds=1)


def took(school: School, seconds: float) -> None:
    submission = school.graded(data=MODULE + b"/* %d */" % Marking.objects.count())
    now = timezone.now()
    Marking.objects.filter(submission=submission).update(
        started_at=now - seconds * SECOND, finished_at=now
    )


def test_without_history_nothing_is_said(school: School) -> None:
    assert estimates.waits_for(marking_of(school.submit())) is None


def test_the_median_times_what_comes_before(school: School) -> None:
    for seconds in (8, 10, 300):
        took(school, seconds)
    first = school.submit(student=school.fellow)
    second = school.submit(MODULE + b"/* mine */")
    assert estimates.waits_for(marking_of(first)) == 10 * SECOND
    assert estimates.waits_for(marking_of(second)) == 20 * SECOND


def test_more_workers_make_it_shorter(school: School) -> None:
    took(school, 10)
    now = timezone.now()
    for number in range(2):
        running = school.submit(
            MODULE + b"/* r%d */" % number, (school.student, school.fellow)[number]
        )
        assert claims.claim(marking_of(running).pk, now) is not None
    waiting = school.submit(MODULE + b"/* w */")
    assert estimates.waits_for(marking_of(waiting)) == 20 * SECOND


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(3, "less than a minute"), (61, "about 2 minutes"), (4 * 3600, "about 4 hours")],
)
def test_in_words(seconds: int, words: str) -> None:
    assert about(seconds * SECOND) == words
