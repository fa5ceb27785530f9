"""Have Django admin be this project's own site."""

from django.contrib.admin import apps


class AdminConfig(apps.AdminConfig):
    default_site = "accounts.staff.site.AdminSite"
