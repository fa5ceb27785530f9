import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.utils.text import slugify


def give_profiles(apps, schema_editor):
    """Give a slug to the groups that there are."""
    profiles = apps.get_model("accounts", "GroupProfile").objects
    for group in apps.get_model("auth", "Group").objects.order_by("pk"):
        wanted = slugify(group.name)[:30] or "group"
        slug = f"{wanted}-{group.pk}" if profiles.filter(slug=wanted).exists() else wanted
        profiles.create(group=group, slug=slug)


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0019_indexes_that_are_used'),
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        # The table is Django's own, there since the first migration.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name='Membership',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL)),
                        ('group', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='auth.group')),
                    ],
                    options={
                        'db_table': 'accounts_user_groups',
                        'unique_together': {('user', 'group')},
                    },
                ),
                migrations.AlterField(
                    model_name='user',
                    name='groups',
                    field=models.ManyToManyField(blank=True, related_name='user_set', related_query_name='user', through='accounts.Membership', to='auth.group'),
                ),
            ],
        ),
        migrations.AddField(
            model_name='membership',
            name='by_hand',
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddField(
            model_name='membership',
            name='by_rule',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.CreateModel(
            name='GroupProfile',
            fields=[
                ('group', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='profile', serialize=False, to='auth.group')),
                ('slug', models.SlugField(help_text='The short name for commands and imports. It stays when the name changes.', unique=True)),
                ('description', models.CharField(blank=True, help_text='Who belongs to it, and what it is for.', max_length=300)),
            ],
        ),
        migrations.CreateModel(
            name='GroupRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('domain', 'Everybody with a verified address of a domain'), ('provider', 'Everybody who is connected to a third party'), ('claim', 'Everybody of whom a third party’s claim has a value')], max_length=8)),
                ('provider', models.CharField(blank=True, max_length=200, verbose_name='third party')),
                ('claim', models.CharField(blank=True, help_text='The name of the claim. Empty: groups.', max_length=50)),
                ('value', models.CharField(blank=True, help_text='The domain, such as example.org; or the value that the claim has to have.', max_length=255)),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rules', to='auth.group')),
            ],
            options={
                'verbose_name': 'rule',
                'constraints': [models.UniqueConstraint(fields=('group', 'kind', 'provider', 'claim', 'value'), name='one_rule_of_a_kind')],
            },
        ),
        migrations.RunPython(give_profiles, migrations.RunPython.noop),
    ]
