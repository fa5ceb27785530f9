"""Route the plain views."""

from django.urls import path

from bench.plain import views

urlpatterns = [
    path("hello", views.hello),
    path("unguarded", views.Unguarded.as_view()),
    path("select", views.OneSelect.as_view()),
    path("entries", views.Entries.as_view()),
    path("unchanged", views.Unchanged.as_view()),
    path("insert", views.one_insert),
]
