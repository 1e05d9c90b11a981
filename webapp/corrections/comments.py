"""A word at a line of what a student handed in."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext, ngettext

from webapp.accounts.models import User
from webapp.audit.models import Action
from webapp.audit.services import record
from webapp.corrections.points import Refused
from webapp.submissions.models import LineComment, Submission
from webapp.submissions.presentation import line_anchors, source_lines

MOST_CHARACTERS = 4000


def comment(
    submission: Submission, path: str, line: int, text: str, by: User, now: dt.datetime
) -> LineComment:
    """Raises Refused where there is no such file or line."""
    file = submission.files.filter(path=path).first()
    if file is None:
        raise Refused(gettext("There is no such file in this attempt."), "path")
    there = len(source_lines(bytes(file.data)))
    if not 1 <= line <= there:
        raise Refused(
            ngettext("The file has %d line.", "The file has %d lines.", there) % there, "line"
        )
    with transaction.atomic():
        made = LineComment.objects.create(
            submission=submission, path=path, line=line, text=text, author=by, created_at=now
        )
        record(
            by, Action.COMMENTED, _target(made), now,
            course_id=submission.assignment.course_id, url=address_of(made), new={"text": text},
        )  # fmt: skip
    return made


def withdraw_comment(submission: Submission, comment_id: int, by: User, now: dt.datetime) -> bool:
    """The student does not see it any more. False: it was withdrawn already."""
    with transaction.atomic():
        Submission.objects.select_for_update().get(pk=submission.pk)
        made = submission.comments.filter(pk=comment_id, withdrawn_at=None).first()
        if made is None:
            return False
        made.withdrawn_at = now
        made.save(update_fields=["withdrawn_at"])
        record(
            by, Action.COMMENT_WITHDRAWN, _target(made), now,
            course_id=submission.assignment.course_id, url=submission.get_absolute_url(),
            old={"text": made.text, "by": str(made.author)},
        )  # fmt: skip
    return True


def address_of(made: LineComment) -> str:
    """The page, at the line if it is shown there."""
    paths = made.submission.files.values_list("path", flat=True)
    anchor = line_anchors(paths)(made.path, made.line)
    return f"{made.submission.get_absolute_url()}#{anchor or 'comments'}"


def _target(made: LineComment) -> str:
    return f"{made.submission}: {made.path}:{made.line}"
