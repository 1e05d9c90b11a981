import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('courses', '0001_initial'),
        ('rubrics', '0001_initial'),
        ('submissions', '0002_interrupt_attribute'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Correction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('criterion', models.CharField(max_length=100, verbose_name='criterion')),
                ('kind', models.CharField(choices=[('points', 'points set by hand'), ('annulled', "annulled: the platform's fault")], max_length=16, verbose_name='kind')),
                ('points', models.FloatField(blank=True, null=True, verbose_name='points')),
                ('reason', models.TextField(verbose_name='reason')),
                ('created_at', models.DateTimeField(verbose_name='made')),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='withdrawn')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='LineComment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('path', models.CharField(max_length=255)),
                ('line', models.PositiveIntegerField()),
                ('text', models.TextField(verbose_name='comment')),
                ('created_at', models.DateTimeField()),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['path', 'line', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Mark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('engine_score', models.FloatField(null=True)),
                ('corrected_score', models.FloatField(help_text='before the late policy', null=True)),
                ('late_days', models.PositiveIntegerField(default=0)),
                ('late_points', models.FloatField(default=0, help_text='taken for being late')),
                ('score', models.FloatField(null=True)),
                ('max_score', models.FloatField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Standing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('attempts', models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.AddField(
            model_name='marking',
            name='is_shown',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='marking',
            name='known_module',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='markings', to='rubrics.knownmodule'),
        ),
        migrations.AddField(
            model_name='marking',
            name='priority',
            field=models.PositiveSmallIntegerField(choices=[(0, 'handed in'), (1, 'proof of a rubric'), (2, 'regrade')], default=0),
        ),
        migrations.AddField(
            model_name='marking',
            name='rubric',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='markings', to='rubrics.rubricversion'),
        ),
        migrations.AlterField(
            model_name='marking',
            name='state',
            field=models.CharField(choices=[('queued', 'waiting'), ('held', 'paused'), ('running', 'being marked'), ('graded', 'marked'), ('error', 'withheld'), ('cancelled', 'cancelled')], default='queued', max_length=16),
        ),
        migrations.AlterField(
            model_name='marking',
            name='submission',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='markings', to='submissions.submission'),
        ),
        migrations.AddField(
            model_name='correction',
            name='author',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='correction',
            name='marking',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='submissions.marking'),
        ),
        migrations.AddField(
            model_name='correction',
            name='submission',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='submissions.submission'),
        ),
        migrations.AddField(
            model_name='linecomment',
            name='author',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='linecomment',
            name='submission',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='comments', to='submissions.submission'),
        ),
        migrations.AddField(
            model_name='mark',
            name='marking',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='submissions.marking'),
        ),
        migrations.AddField(
            model_name='mark',
            name='submission',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='mark', to='submissions.submission'),
        ),
        migrations.AddField(
            model_name='standing',
            name='assignment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='standings', to='courses.assignment'),
        ),
        migrations.AddField(
            model_name='standing',
            name='best',
            field=models.ForeignKey(help_text='best attempt', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='submissions.mark'),
        ),
        migrations.AddField(
            model_name='standing',
            name='last',
            field=models.ForeignKey(help_text='last attempt', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='submissions.mark'),
        ),
        migrations.AddField(
            model_name='standing',
            name='student',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='standings', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='correction',
            constraint=models.UniqueConstraint(condition=models.Q(('withdrawn_at', None)), fields=('submission', 'criterion'), name='one_correction_in_force_per_criterion'),
        ),
        migrations.AddIndex(
            model_name='standing',
            index=models.Index(fields=['assignment', 'student'], name='submissions_assignm_9eef82_idx'),
        ),
        migrations.AddConstraint(
            model_name='standing',
            constraint=models.UniqueConstraint(fields=('student', 'assignment'), name='one_standing_per_student_and_tp'),
        ),
    ]
