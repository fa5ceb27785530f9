"""Have Django admin be this project's own site."""

from django.contrib.admin import apps

from accounts.staff import labels


class AdminConfig(apps.AdminConfig):
    default_site = "accounts.staff.site.AdminSite"

    def ready(self) -> None:
        labels.translate()
        super().ready()
