"""Every address of the site, by the room that answers it."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("accounts.oauth_server.urls")),
    path("api/v1/", include("api.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
