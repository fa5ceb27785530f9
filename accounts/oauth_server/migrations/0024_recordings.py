# Two new tables, and a column without a value: there in a moment, however many clients there are.

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('oauth_server', '0023_kept_answers'),
    ]

    operations = [
        migrations.AddField(
            model_name='client',
            name='recorded_until',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.CreateModel(
            name='Recording',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('started', models.DateTimeField(auto_now_add=True)),
                ('ends', models.DateTimeField(db_index=True)),
                ('kept', models.PositiveIntegerField(default=0)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='RecordedRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('at', models.DateTimeField(db_index=True)),
                ('milliseconds', models.PositiveIntegerField()),
                ('endpoint', models.CharField(max_length=40)),
                ('method', models.CharField(max_length=10)),
                ('status', models.PositiveSmallIntegerField()),
                ('request_id', models.CharField(max_length=36, verbose_name='request ID')),
                ('error', models.CharField(max_length=100)),
                ('problem', models.CharField(max_length=400)),
                ('sent', models.JSONField()),
                ('answered', models.JSONField()),
                ('recording', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='requests', to='oauth_server.recording')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('recording', 'number'), name='recorded_requests_are_in_order')],
            },
        ),
    ]
