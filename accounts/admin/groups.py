"""Manage groups of admins in Django admin: whoever may change what a group may do has all
rights."""

import django.contrib.auth.admin  # noqa: F401 (registers its page, which is replaced here)
from django.contrib import admin
from django.contrib.auth.models import Group

from accounts.staff.model_admin import ModelAdmin

admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(ModelAdmin):
    """Leave groups to superusers: Django's own page takes the permission to change them for
    enough."""

    for_superusers = frozenset({"view", "add", "change", "delete"})
    search_fields = ("name",)
    ordering = ("name",)
    filter_horizontal = ("permissions",)
