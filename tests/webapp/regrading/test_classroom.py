"""The tests' own bulk rows are what the application writes."""

from __future__ import annotations

from django.utils import timezone

from tests.webapp.regrading import classroom
from tests.webapp.support import reports
from tests.webapp.support.fixtures import School
from webapp.submissions import claims
from webapp.submissions.models import CriterionProgress, Mark, Marking

PROGRESS = ("position", "criterion", "verdict", "points", "max_points")


def test_a_made_up_result_is_like_a_stored_report(school: School) -> None:
    stored = school.graded("defect")
    (made,) = classroom.add_class(school, 1, old={"tp1.order": 0.0})
    rows = [
        list(CriterionProgress.objects.filter(marking__submission=each).values_list(*PROGRESS))
        for each in (stored, made)
    ]
    assert rows[0] == rows[1]
    worth = [Mark.objects.get(submission=each) for each in (stored, made)]
    for name in ("score", "max_score", "engine_score", "corrected_score", "late_points"):
        assert getattr(worth[0], name) == getattr(worth[1], name), name
    state = [Marking.objects.get(submission=each) for each in (stored, made)]
    for name in ("state", "score", "max_score"):
        assert getattr(state[0], name) == getattr(state[1], name), name


def test_a_regrade_is_finished_as_workers_finish_it(school: School) -> None:
    classroom.add_class(school, 1)
    school.graded()
    regrade = classroom.start(school)
    classroom.finish(regrade)
    again = classroom.start(school, note="other")
    now = timezone.now()
    while (claim := claims.claim_next(now)) is not None:
        assert claims.finish(claim, reports.report("perfect", 1), now)
    rows = [
        [
            [*item.new.progress.values_list(*PROGRESS), item.new.state, item.new.score]
            for item in each.items.all()
        ]
        for each in (regrade, again)
    ]
    assert rows[0] == rows[1]
