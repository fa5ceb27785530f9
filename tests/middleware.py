"""One chain of middleware for all browsers of the tests, as a server has one for all requests.

Django's test client makes one for each browser, which takes longer than many an answer. A setting
that changes has the next browser make it anew, as what is in the chain may have read it.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.signals import setting_changed
from django.test.client import ClientHandler

_made: dict[str, Any] = {}


def begin_anew(**_: Any) -> None:
    """Have the next browser make it anew, as a server does that starts."""
    _made.clear()


@pytest.fixture(scope="session", autouse=True)
def _one_chain() -> Iterator[None]:
    load = ClientHandler.load_middleware

    def load_once(handler: ClientHandler, *how: Any, **further: Any) -> None:
        if not _made:
            before = set(vars(handler))
            load(handler, *how, **further)
            _made.update({name: vars(handler)[name] for name in vars(handler).keys() - before})
            _made["_middleware_chain"] = handler._middleware_chain
        vars(handler).update(_made)

    setting_changed.connect(begin_anew)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ClientHandler, "load_middleware", load_once)
        yield
    setting_changed.disconnect(begin_anew)
