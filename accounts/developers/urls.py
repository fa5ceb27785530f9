"""Route the pages for developers, below /developers/."""

from django.urls import path

from accounts.developers import changelog, endpoints, events, pages, quick_start, search, try_it
from accounts.developers.walkthrough import pages as seven_steps

app_name = "developers"

urlpatterns = [
    path("", pages.start, name="start"),
    path("quick-start/", quick_start.quick_start, name="quick-start"),
    path("quick-start/<slug:key>/", quick_start.of_kind, name="kind"),
    path("quick-start/apps/<slug:key>/", quick_start.of_preset, name="preset"),
    path("seven-steps/", seven_steps.seven_steps, name="seven-steps"),
    path("seven-steps/<slug:role>/", seven_steps.walk, name="walk"),
    path("tokens/", pages.tokens, name="tokens"),
    path("scopes/", pages.scopes, name="scopes"),
    path("endpoints/", endpoints.endpoints, name="endpoints"),
    path("endpoints/<slug:name>/", endpoints.endpoint, name="endpoint"),
    path("try/", try_it.choose, name="try"),
    path("try/<slug:name>/", try_it.try_it, name="try-it"),
    path("events/", events.events, name="events"),
    path("limits/", pages.limits, name="limits"),
    path("changelog/", changelog.changelog, name="changelog"),
    path("search/", search.search, name="search"),
]
