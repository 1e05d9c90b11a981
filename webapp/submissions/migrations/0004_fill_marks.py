"""Rubric versions, shown markings, marks and standings for what was there before them."""

import hashlib
import re

from django.db import migrations
from django.utils import timezone

from grader.rubric.load import SHIPPED


def fill(apps, schema_editor):
    Assignment = apps.get_model("courses", "Assignment")
    RubricVersion = apps.get_model("rubrics", "RubricVersion")
    Marking = apps.get_model("submissions", "Marking")
    now = timezone.now()
    for assignment in Assignment.objects.all():
        path = SHIPPED / assignment.tp / "rubric.yaml"
        if not path.is_file():
            continue
        shipped = path.read_text(encoding="utf-8")
        markings = Marking.objects.filter(submission__assignment=assignment)
        names = {assignment.rubric_version, *markings.values_list("rubric_version", flat=True)}
        for number in sorted(int(name) for name in names if name.isdigit()):
            text = re.sub(r"(?m)^version:[^\n#]*", f"version: {number}", shipped, count=1)
            known = text == shipped
            version = RubricVersion.objects.create(
                assignment=assignment,
                number=number,
                text=text,
                sha256=hashlib.sha256(text.encode()).hexdigest(),
                note="shipped with Ringmark" if known else "its text was not kept; this is a later one",
                created_at=now,
                published_at=now,
                is_current=str(number) == assignment.rubric_version,
            )
            markings.filter(rubric_version=str(number)).update(rubric=version)
    if Marking.objects.filter(rubric=None).exists():
        raise RuntimeError("there are markings of a TP for which no rubric is shipped: "
                           "put it into rubrics/ first")


def show(apps, schema_editor):
    Submission = apps.get_model("submissions", "Submission")
    Marking = apps.get_model("submissions", "Marking")
    Mark = apps.get_model("submissions", "Mark")
    Standing = apps.get_model("submissions", "Standing")
    for submission in Submission.objects.order_by("attempt"):
        marking = Marking.objects.filter(submission=submission).order_by("-pk").first()
        if marking is None:
            continue
        Marking.objects.filter(pk=marking.pk).update(is_shown=True)
        score = marking.score if marking.state == "graded" else None
        mark = Mark.objects.create(
            submission=submission, marking=marking, engine_score=score, corrected_score=score,
            score=score, max_score=marking.max_score,
        )
        standing, _ = Standing.objects.get_or_create(
            student_id=submission.student_id, assignment_id=submission.assignment_id
        )
        standing.attempts += 1
        standing.last = mark
        best = standing.best.score if standing.best_id else None
        if score is not None and (best is None or score >= best):
            standing.best = mark
        standing.save()


class Migration(migrations.Migration):

    dependencies = [("submissions", "0003_marks_and_rubrics")]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunPython(show, migrations.RunPython.noop),
    ]
