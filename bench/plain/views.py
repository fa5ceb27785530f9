"""Answer without a token: by a word, by DRF, after one SELECT, after one INSERT."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
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


@csrf_exempt
@require_POST
def one_insert(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"id": Entry.objects.create(text="hello").pk})
