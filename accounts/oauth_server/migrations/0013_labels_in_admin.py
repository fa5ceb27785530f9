"""The labels and help of fields in Django admin. Nothing changes in the database."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('oauth_server', '0012_only_verified_clients_skip_consent'),
    ]

    operations = [
        migrations.AlterField(
            model_name='client',
            name='is_active',
            field=models.BooleanField(default=True, help_text='Untick to disable the app. Every token that it holds is revoked at once.', verbose_name='active'),
        ),
        migrations.AlterField(
            model_name='client',
            name='is_verified',
            field=models.BooleanField(default=True, help_text='You have verified who runs this app. Otherwise, people are warned. An app that changes its own registration is no longer verified.', verbose_name='verified'),
        ),
        migrations.AlterField(
            model_name='client',
            name='name',
            field=models.CharField(help_text='What people read when the app asks for access.', max_length=100),
        ),
        migrations.AlterField(
            model_name='client',
            name='pkce',
            field=models.CharField(choices=[('required', 'Required'), ('or-nonce', 'Optional if the request has a nonce and asks for an ID token'), ('waived', 'Optional')], default='required', max_length=8),
        ),
        migrations.AlterField(
            model_name='client',
            name='subject_type',
            field=models.CharField(choices=[('public', 'Public: the same identifier as in other apps'), ('pairwise', 'Pairwise: an identifier that no other app receives')], default='public', max_length=8),
        ),
        migrations.AlterField(
            model_name='client',
            name='token_endpoint_auth_method',
            field=models.CharField(choices=[('client_secret_basic', 'client_secret_basic: its secret in the Authorization header'), ('client_secret_post', 'client_secret_post: its secret in the request body'), ('private_key_jwt', 'private_key_jwt: a JWT signed with its own key'), ('none', 'none: public clients only')], default='client_secret_basic', max_length=30),
        ),
    ]
