"""Answer without a token: by a word, by DRF, after one SELECT, after one INSERT; with a list, to
what makes a row, and that nothing changed."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import conditional_page, require_POST
from rest_framework import serializers
from rest_framework.generics import ListCreateAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bench.plain.models import Entry


def hello(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"hello": "world"})


class Unguarded(APIView):
    authentication_classes: tuple[()] = ()
    permission_classes: tuple[()] = ()

    def get(self, request: Request) -> Response:
        return Response({"sub": "0", "name": "Nobody", "email": "nobody@example.com"})


class OneSelect(Unguarded):
    def get(self, request: Request) -> Response:
        return Response({"text": Entry.objects.get(pk=1).text})


class EntrySerializer(serializers.ModelSerializer[Entry]):
    class Meta:
        model = Entry
        fields = ("id", "text")


class _Pages(CursorPagination):
    page_size = 30
    ordering = "-pk"


class Entries(ListCreateAPIView[Entry]):
    """List rows and make one, as Django REST framework's own documentation does it."""

    authentication_classes: tuple[()] = ()
    permission_classes: tuple[()] = ()
    renderer_classes = (JSONRenderer,)
    serializer_class = EntrySerializer
    pagination_class = _Pages
    queryset = Entry.objects.all()


@method_decorator(conditional_page, "dispatch")
class Unchanged(Unguarded):
    """Answer with an ETag, and 304 to who has it: with Django's middleware for that."""


@csrf_exempt
@require_POST
def one_insert(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"id": Entry.objects.create(text="hello").pk})
