"""Static files come in an encoding that the client takes."""

import gzip
from pathlib import Path

import pytest
from django.test import RequestFactory
from whitenoise.responders import StaticFile

from accounts.site.static_files import StaticFiles


@pytest.mark.django_db  # which middleware of others counts on
@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip", "gzip"),
        ("gzip;q=0.5, br", "gzip"),
        ("gzip;q=0", None),
        ("gzip; Q=0.0, identity", None),
        ("identity;q=0, gzip", "gzip"),
        ("gzip;q=x", "gzip"),
        (None, None),
    ],
)
def test_no_encoding_is_sent_that_is_refused(
    tmp_path: Path, accepted: str | None, encoding: str | None
) -> None:
    style = b"a { color: red }" * 100
    plain, packed = tmp_path / "a.css", tmp_path / "a.css.gz"
    plain.write_bytes(style)
    packed.write_bytes(gzip.compress(style))
    kept = StaticFile(str(plain), [("Content-Type", "text/css")], {"gzip": str(packed)})
    headers = {"Accept-Encoding": accepted} if accepted else {}

    response = StaticFiles.serve(kept, RequestFactory().get("/static/a.css", headers=headers))

    assert response.get("Content-Encoding") == encoding
    response.close()
