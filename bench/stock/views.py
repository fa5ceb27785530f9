"""Answer who is asking, to whoever has a token with the scope for it."""

from typing import Any

from oauth2_provider.contrib.rest_framework import TokenHasScope
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class MeView(APIView):
    permission_classes = [TokenHasScope]
    required_scopes = ["profile"]

    def get(self, request: Request) -> Response:
        person: Any = request.user
        return Response(
            {"sub": str(person.pk), "name": person.get_full_name(), "email": person.email}
        )
