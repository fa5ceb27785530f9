from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0016_labels_in_admin'),
    ]

    operations = [
        migrations.CreateModel(
            name='CleanupRun',
            fields=[
                ('chore', models.CharField(editable=False, max_length=40, primary_key=True, serialize=False)),
                ('finished', models.DateTimeField(editable=False)),
                ('seconds', models.FloatField(editable=False)),
                ('rows', models.BigIntegerField(editable=False)),
                ('rows_ever', models.BigIntegerField(default=0, editable=False)),
            ],
        ),
    ]
