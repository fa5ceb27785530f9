"""Lead people to sign in from addresses that only take a form, and back to its page."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

View = Callable[..., HttpResponse]


def sign_in_first(*, back_to: str) -> Callable[[View], View]:
    """Send who is not signed in to the entrance, and from there to the page named `back_to`.

    Django's login_required would send them back to the form's own address, which answers 405.
    """

    def decorator(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(reverse(back_to))
            return view(request, *args, **kwargs)

        return guarded

    return decorator
