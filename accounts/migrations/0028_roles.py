"""Make the roles of Django admin: groups, each with the permissions that its work needs.

Who is in them is nobody, at first. A group that is there already under one of the names gains
nothing: the role takes another name.
"""

from django.contrib.auth.management import create_permissions
from django.db import migrations

_ALL = ("view", "add", "change", "delete")
_READ_AND_END = ("view", "delete")
# Slug, name, description, and on which models what; then further permissions of accounts.User.
ROLES = [
    (
        "role-client-managers",
        "Client managers",
        "A role in admin: registers and changes client apps. Sees nothing of people.",
        {
            "oauth_server.client": _ALL,
            "oauth_server.clientsecret": _READ_AND_END,
            "oauth_server.initialaccesstoken": ("view", "add", "delete"),
        },
    ),
    (
        "role-people-managers",
        "People managers",
        "A role in admin: adds, invites and changes people below staff, and ends what they have.",
        {
            "accounts.user": (*_ALL, "support"),
            "account.emailaddress": _ALL,
            "mfa.authenticator": ("view",),
            "socialaccount.socialaccount": _READ_AND_END,
            "oauth_server.authorization": _READ_AND_END,
            "oauth_server.accesstoken": _READ_AND_END,
            "oauth_server.refreshtoken": _READ_AND_END,
            "oauth_server.personaltoken": _READ_AND_END,
            "accounts.invitation": ("view", "add", "delete"),
            "accounts.securityevent": ("view",),
        },
    ),
    (
        "role-auditors",
        "Auditors",
        "A role in admin: reads, counts and exports security events, and changes nothing.",
        {"accounts.securityevent": ("view",)},
    ),
    (
        "role-support",
        "Support",
        "A role in admin: finds people below staff, ends their sessions, sends a link to sign in.",
        {
            "accounts.user": ("view", "support"),
            "account.emailaddress": ("view",),
            "mfa.authenticator": ("view",),
        },
    ),
]


def make(apps, schema_editor):
    _make_permissions(apps)
    profiles = apps.get_model("accounts", "GroupProfile").objects
    for slug, name, description, models in ROLES:
        if profiles.filter(slug=slug).exists():
            continue
        group = _group(apps, name)
        profiles.create(group=group, slug=slug, description=description)
        group.permissions.set(_permissions(apps, models))


def _make_permissions(apps):
    """Make the permissions of all models now: on a new site Django makes them after the last
    migration."""
    for config in apps.get_app_configs():
        config.models_module = True  # or nothing is made for it
        create_permissions(config, apps=apps, verbosity=0)
        config.models_module = None


def _group(apps, name):
    groups = apps.get_model("auth", "Group").objects
    names = [name, *(f"{name} (role{number})" for number in ("", *range(2, 100)))]
    taken = set(groups.filter(name__in=names).values_list("name", flat=True))
    return groups.create(name=next(each for each in names if each not in taken))


def _permissions(apps, models):
    permissions = apps.get_model("auth", "Permission").objects
    for label, actions in models.items():
        app, model = label.split(".")
        for action in actions:
            yield permissions.get(
                content_type__app_label=app,
                content_type__model=model,
                codename=f"{action}_{model}",
            )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0027_links_and_second_steps"),
        ("account", "0001_initial"),
        ("mfa", "0001_initial"),
        ("socialaccount", "0001_initial"),
        ("oauth_server", "0021_logos_of_clients"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="user",
            options={
                "permissions": (("support_user", "Can end sessions of people and send a link to sign in"),),
                "verbose_name": "person",
                "verbose_name_plural": "people",
            },
        ),
        migrations.RunPython(make, migrations.RunPython.noop),
    ]
