import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F


def make_room(apps, schema_editor):
    """Tries are 1 now; proofs and regrades come one later."""
    markings = apps.get_model("submissions", "Marking").objects
    markings.filter(priority__gte=1).update(priority=F("priority") + 1)


def close_up(apps, schema_editor):
    markings = apps.get_model("submissions", "Marking").objects
    markings.filter(priority__gte=2).update(priority=F("priority") - 1)


class Migration(migrations.Migration):

    dependencies = [
        ("courses", "0002_dates_and_groups"),
        ("submissions", "0005_one_shown_marking"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(make_room, close_up),
        migrations.AlterField(
            model_name="marking",
            name="priority",
            field=models.PositiveSmallIntegerField(
                choices=[(0, "handed in"), (1, "a try"), (2, "proof of a rubric"), (3, "regrade")],
                default=0,
            ),
        ),
        migrations.AddField(
            model_name="marking",
            name="was_shown",
            field=models.BooleanField(default=False, help_text="counted once"),
        ),
        migrations.AddField(
            model_name="submission",
            name="is_try",
            field=models.BooleanField(
                default=False, help_text="never counts", verbose_name="a try"
            ),
        ),
        migrations.AddField(
            model_name="submission",
            name="tried_as",
            field=models.OneToOneField(
                blank=True,
                help_text="the try that was handed in",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="handed_in",
                to="submissions.submission",
            ),
        ),
        migrations.RemoveConstraint(
            model_name="submission", name="attempts_are_numbered_once"
        ),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.UniqueConstraint(
                fields=("student", "assignment", "is_try", "attempt"),
                name="attempts_and_tries_are_numbered_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_try", False), ("tried_as", None), _connector="OR"),
                name="a_try_comes_of_no_try",
            ),
        ),
    ]
