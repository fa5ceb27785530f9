# Columns with a constant for a default, and a new table: there in a moment, however many tokens.

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('oauth_server', '0026_pushed_requests'),
    ]

    operations = [
        migrations.AddField(
            model_name='accesstoken',
            name='key',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=43),
        ),
        migrations.AddField(
            model_name='authorizationcode',
            name='key',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=43),
        ),
        migrations.AddField(
            model_name='client',
            name='dpop_bound_access_tokens',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='refreshtoken',
            name='key',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=43),
        ),
        migrations.CreateModel(
            name='UsedProof',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('expires', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['expires'], name='oauth_serve_expires_658713_idx')],
            },
        ),
    ]
