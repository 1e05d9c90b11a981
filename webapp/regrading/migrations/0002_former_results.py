from django.db import migrations


def mark_former(apps, schema_editor):
    """What was shown until a regrade was applied. What was taken back before is not known."""
    applied = apps.get_model("regrading", "RegradeItem").objects.exclude(applied_at=None)
    markings = apps.get_model("submissions", "Marking").objects
    markings.filter(pk__in=applied.values("old"), is_shown=False).update(was_shown=True)


class Migration(migrations.Migration):

    dependencies = [
        ("regrading", "0001_initial"),
        ("submissions", "0006_tries"),
    ]

    operations = [migrations.RunPython(mark_former, migrations.RunPython.noop)]
