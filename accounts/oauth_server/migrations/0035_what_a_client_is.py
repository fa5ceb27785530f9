"""Say of each client whether it is an app or an agent, and of which hosts none may register itself.

Columns with constants for defaults, there in a moment, and an empty table. Those that nobody of
this site let in are agents. Client managers may lift and set blocks.
"""

import django.db.models.deletion
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.db import migrations, models


def tell_agents(apps, schema_editor):
    clients = apps.get_model("oauth_server", "Client").objects.using(schema_editor.connection.alias)
    clients.filter(registration_source="cimd").update(kind="agent")
    clients.filter(registration_source="dcr", registration__may_act_for_itself=False).update(
        kind="agent"
    )


def let_client_managers_block(apps, schema_editor):
    config = apps.get_app_config("oauth_server")
    config.models_module = True  # or nothing is made for it
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    given = apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="oauth_server",
        codename__in=[f"{action}_blockedhost" for action in ("view", "add", "delete")],
    )
    for group in apps.get_model("auth", "Group").objects.filter(
        profile__slug="role-client-managers"
    ):
        group.permissions.add(*given)


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0028_roles'),
        ('oauth_server', '0034_token_exchange'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='client',
            name='kind',
            field=models.CharField(choices=[('app', 'App: does what a person in front of it asks for'), ('agent', 'Agent: acts for people on its own, such as an MCP client')], db_default='app', default='app', help_text='People and admins see their agents together, and can end all of them at once.', max_length=5, verbose_name='what it is'),
        ),
        migrations.AddField(
            model_name='client',
            name='software_id',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=255),
        ),
        migrations.AddField(
            model_name='client',
            name='software_version',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=100),
        ),
        migrations.CreateModel(
            name='BlockedHost',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('host', models.CharField(help_text='Such as agents.example. No client registers itself with an address there, and no metadata document is read from there.', max_length=253, unique=True, verbose_name='host')),
                ('created', models.DateTimeField(auto_now_add=True, verbose_name='blocked')),
                ('user', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='blocked by')),
            ],
            options={
                'verbose_name': 'blocked host',
                'verbose_name_plural': 'blocked hosts',
                'ordering': ('host',),
            },
        ),
        migrations.RunPython(tell_agents, migrations.RunPython.noop),
        migrations.RunPython(let_client_managers_block, migrations.RunPython.noop),
    ]
