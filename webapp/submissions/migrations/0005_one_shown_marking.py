import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('submissions', '0004_fill_marks'),
    ]

    operations = [
        migrations.AlterField(
            model_name='marking',
            name='rubric',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='markings', to='rubrics.rubricversion'),
        ),
        migrations.RemoveConstraint(
            model_name='marking',
            name='one_marking_per_rubric_version',
        ),
        migrations.RemoveIndex(
            model_name='marking',
            name='submissions_state_a2e4f0_idx',
        ),
        migrations.RemoveField(
            model_name='marking',
            name='rubric_version',
        ),
        migrations.AddIndex(
            model_name='marking',
            index=models.Index(fields=['state', 'priority', 'queued_at'], name='submissions_state_4d52dd_idx'),
        ),
        migrations.AddConstraint(
            model_name='marking',
            constraint=models.UniqueConstraint(condition=models.Q(('is_shown', True)), fields=('submission',), name='one_shown_marking_per_submission'),
        ),
        migrations.AddConstraint(
            model_name='marking',
            constraint=models.CheckConstraint(condition=models.Q(('submission', None), ('known_module', None), _connector='XOR'), name='a_marking_is_of_one_thing'),
        ),
    ]
