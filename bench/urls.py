"""The site's addresses and one more, which production does not have."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from config.urls import urlpatterns as of_the_site


def bare(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"sub": "0", "name": "Nobody", "email": "nobody@example.com"})


urlpatterns = [path("bare", bare), *of_the_site]
