"""Pictures as people and apps send them."""

from io import BytesIO
from typing import Any

from PIL import Image

from accounts.oauth_server.clients import logos
from accounts.oauth_server.models import Client, ClientLogo

RED, CLEAR = (200, 30, 30, 255), (0, 0, 0, 0)


def picture(kind: str = "PNG", size: tuple[int, int] = (400, 400), **how: Any) -> bytes:
    """A red picture, in the bytes of a file of that kind."""
    mode = "RGBA" if kind in ("PNG", "WEBP") else "RGB"
    return saved(Image.new(mode, size, RED if mode == "RGBA" else RED[:3]), kind, **how)


def saved(drawn: Image.Image, kind: str = "PNG", **how: Any) -> bytes:
    file = BytesIO()
    drawn.save(file, kind, **how)
    return file.getvalue()


def opened(png: bytes) -> Image.Image:
    return Image.open(BytesIO(png), formats=["PNG"])


def give_logo(client: Client, data: bytes | None = None) -> ClientLogo:
    """Give `client` a logo, as an upload does."""
    logos.keep(client, logos.draw(data or picture()), ClientLogo.UPLOADED)
    return ClientLogo.objects.get(client=client)
