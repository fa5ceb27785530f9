"""Make a logo of a picture that nobody here drew: decode it, and draw it anew as a small PNG.

What is shown is never what was sent. Of that only the pixels are left: no metadata, no second
frame, nothing behind the end of the picture, so that a file which is a picture and something else
at once stays the picture alone.

Pillow takes memory that no other request needs: import this module where a picture comes in.
"""

import struct
from dataclasses import dataclass
from io import BytesIO

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, PngImagePlugin, UnidentifiedImageError

MAX_BYTES = 512 * 1024
MAX_SIDE = 1024  # pixels: 22 bytes each in memory (WebP), however short the file
MIN_SIDE = 32
DRAWN_SIDE = 256

# Each further format is a further decoder that a stranger's bytes reach.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")

# Pillow compares with this what a picture tells of its size: decompression bombs. It refuses twice
# as much by itself; what it only warns of has a side that is too long, and is refused below.
Image.MAX_IMAGE_PIXELS = MAX_SIDE * MAX_SIDE

# Texts in a PNG are packed, too: half a megabyte of them would become 64 MB before any pixel.
PngImagePlugin.MAX_TEXT_MEMORY = 1024 * 1024

# A progressive JPEG goes through all its pixels once a scan, of which usual ones have ten; a scan
# of nothing takes twelve bytes, so that half a megabyte of them would keep a core busy for minutes.
_SCAN = b"\xff\xda"  # start of scan (ITU-T T.81 section B.2.3); within one, 0xff goes with 0x00
_MAX_SCANS = 32

# What Pillow's decoders raise of bytes that are cut off, or that somebody made up; and what they
# say of metadata that nobody will see, where warnings are errors.
_UNREADABLE = (
    *(OSError, SyntaxError, ValueError, EOFError, TypeError, struct.error),
    *(IndexError, KeyError, OverflowError, ZeroDivisionError, MemoryError, UserWarning),
)
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)

_INSTEAD = _("Save it as PNG, JPEG or WebP.")


class Unusable(Exception):
    """Report a picture that no logo can be made of; says why in words for an admin."""


@dataclass(frozen=True)
class Drawn:
    """Hold a logo: a PNG, and its size in pixels."""

    png: bytes
    width: int
    height: int


def draw(data: bytes) -> Drawn:
    """Return the picture in `data` as a PNG of at most 256 by 256 pixels. Raises Unusable."""
    if len(data) > MAX_BYTES:
        raise Unusable(
            gettext("The file is larger than %(kilobytes)s KB.") % {"kilobytes": MAX_BYTES // 1024}
        )
    if _is_svg(data):
        raise Unusable(
            gettext("SVG pictures are not taken, as they can hold scripts. %(instead)s")
            % {"instead": _INSTEAD}
        )
    if data.startswith(b"\xff\xd8") and data.count(_SCAN) > _MAX_SCANS:
        raise Unusable(
            gettext("The picture has too many layers (scans). %(instead)s") % {"instead": _INSTEAD}
        )
    try:
        return _encoded(_decoded(data))
    except _BOMBS as error:
        raise Unusable(_too_large()) from error
    except _UNREADABLE as error:
        raise Unusable(
            gettext("The picture is damaged or incomplete. %(instead)s") % {"instead": _INSTEAD}
        ) from error


def _is_svg(data: bytes) -> bool:
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith(b"<") and (b"<svg" in start or start.startswith(b"<?xml"))


def _decoded(data: bytes) -> Image.Image:
    """Return the first frame as it is meant to be seen, made small."""
    try:
        picture = Image.open(BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise Unusable(
            gettext("This is no picture that can be read here. %(instead)s") % {"instead": _INSTEAD}
        ) from error
    with picture:
        _check_size(picture.width, picture.height)  # before a pixel is decoded
        picture.draft("RGB", (2 * DRAWN_SIDE, 2 * DRAWN_SIDE))  # a large JPEG, at a fraction
        small = _in_colours(picture)
        small.thumbnail((DRAWN_SIDE, DRAWN_SIDE), Image.Resampling.LANCZOS)
        return ImageOps.exif_transpose(small)


def _in_colours(picture: Image.Image) -> Image.Image:
    """Return it with red, green, blue and transparency, and of the rest what turns it upright."""
    turned = picture.getexif().get(_ORIENTATION)
    shades = picture.mode.startswith("I")  # 65,536 of grey, which Pillow would cut off at 255
    coloured = (picture.point(lambda shade: shade / 256) if shades else picture).convert("RGBA")
    coloured.info.clear()
    coloured.getexif().clear()
    if turned:
        coloured.getexif()[_ORIENTATION] = turned
    return coloured


def _check_size(width: int, height: int) -> None:
    if max(width, height) > MAX_SIDE:
        raise Unusable(_too_large())
    if min(width, height) < MIN_SIDE:
        raise Unusable(
            gettext("The picture is smaller than %(pixels)s by %(pixels)s pixels.")
            % {"pixels": MIN_SIDE}
        )


def _too_large() -> str:
    return gettext("The picture is larger than %(pixels)s by %(pixels)s pixels.") % {
        "pixels": MAX_SIDE
    }


def _encoded(picture: Image.Image) -> Drawn:
    file = BytesIO()
    picture.save(file, "PNG", optimize=True)
    return Drawn(file.getvalue(), picture.width, picture.height)


_ORIENTATION = 0x0112  # EXIF 2.3 section 4.6.4
