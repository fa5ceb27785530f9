"""Route the site's addresses and, where programs call, those of the plain views."""

from django.urls import include, path

from config.urls import handler400, handler403, handler404, handler500
from config.urls import urlpatterns as of_the_site

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [path("api/plain/", include("bench.plain.urls")), *of_the_site]
