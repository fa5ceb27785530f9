"""An admin gives client apps their logos: by a file, or by the address that the app names."""

import re
import struct
import threading
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from PIL import Image

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Event
from accounts.oauth_server.models import Client, ClientLogo, Registration
from tests.accounts.admin.scene import desk_of, permission
from tests.accounts.oauth_server.admin.client.test_clients import ADD, fill_in
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.pictures import CLEAR, give_logo, opened, picture, saved

CLIENTS = "/admin/oauth_server/client/"


def sent(data: bytes, name: str = "logo.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def change(client: Client) -> str:
    return f"{CLIENTS}{client.pk}/change/"


def upload(desk: Browser, client: Client, data: bytes, **more: object) -> str:
    """Send the form with a file; return the page that answers."""
    form = fill_in(is_verified="on", logo=sent(data), **more)
    return desk.post(change(client), form, follow=True).content.decode()


def logo_of(client: Client) -> Image.Image:
    answer = Browser().get(f"/oauth/logos/{ClientLogo.objects.get(client=client).digest}/")
    return opened(answer.content)


# --- uploading ---


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_what_an_admin_uploads_is_drawn_anew_as_a_small_png(
    desk: Browser, app: App, kind: str
) -> None:
    upload(desk, app.client, picture(kind, (400, 200)))
    logo = logo_of(app.client)
    assert logo.size == (256, 128)
    red, green, blue, shown = logo.getpixel((100, 60))  # type: ignore[misc]
    assert red > 190 > 50 > max(green, blue)
    assert shown == 255
    page = desk.get(change(app.client)).content.decode()
    assert f'<img src="/oauth/logos/{ClientLogo.objects.get().digest}/" width="256"' in page


def test_a_new_client_may_have_one_at_once(desk: Browser) -> None:
    desk.post(ADD, fill_in(logo=sent(picture())))
    assert logo_of(Client.objects.get()).size == (256, 256)


def test_what_is_see_through_stays_so_and_small_stays_small(desk: Browser, app: App) -> None:
    upload(desk, app.client, saved(Image.new("RGBA", (48, 48), CLEAR)))
    logo = logo_of(app.client)
    assert logo.size == (48, 48)
    assert logo.getpixel((5, 5))[3] == 0  # type: ignore[index]


def test_a_photo_is_turned_upright_and_tells_nothing_else(desk: Browser, app: App) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "taken at home"
    photo = Image.new("RGB", (400, 200), "red")
    photo.paste("blue", (0, 0, 100, 200))
    upload(desk, app.client, saved(photo, "JPEG", exif=exif, comment=b"of Mallory"))
    logo = logo_of(app.client)
    assert logo.size == (128, 256)
    assert logo.getpixel((64, 5))[2] > 200  # type: ignore[index]
    assert logo.getpixel((64, 250))[0] > 200  # type: ignore[index]
    kept = ClientLogo.objects.get().image
    assert b"home" not in kept
    assert b"Mallory" not in kept
    assert (logo.info, dict(logo.getexif())) == ({}, {})


def test_of_many_frames_the_first_is_shown(desk: Browser, app: App) -> None:
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    upload(desk, app.client, saved(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    logo = logo_of(app.client)
    assert getattr(logo, "n_frames", 1) == 1
    assert logo.getpixel((5, 5)) == (255, 0, 0, 255)


def test_what_stands_behind_the_picture_is_left_away(desk: Browser, app: App) -> None:
    upload(desk, app.client, picture() + b"<script>alert(1)</script>")
    assert b"script" not in bytes(ClientLogo.objects.get().image)


def test_what_has_other_colours_looks_alike(desk: Browser, app: App) -> None:
    upload(desk, app.client, saved(Image.new("I;16", (64, 64), 30_000)))
    assert logo_of(app.client).getpixel((5, 5)) == (117, 117, 117, 255)
    printed = Image.new("CMYK", (64, 64), (0, 255, 255, 0))
    upload(desk, app.client, saved(printed, "JPEG", icc_profile=b"of no use"))
    red, green, blue, _ = logo_of(app.client).getpixel((5, 5))  # type: ignore[misc]
    assert red > 240 > 15 > max(green, blue)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'

ENTITIES = (
    b'<!DOCTYPE svg [<!ENTITY a "&b;&b;"><!ENTITY b SYSTEM "file:///etc/passwd">]><svg>&a;</svg>'
)


def scans(times: int) -> bytes:
    """A picture whose last layer is said again and again: twelve bytes that go through it all."""
    whole = picture("JPEG", progressive=True)
    last = whole.rindex(b"\xff\xda")
    return whole[:-2] + whole[last:-2] * times + whole[-2:]


def texts(count: int) -> bytes:
    """A picture beside texts that are a thousand times as long when they are unpacked."""
    packed = zlib.compress(b"a" * 900_000, 9)
    whole, kept = picture(), b""
    for number in range(count):
        kept += chunk(b"zTXt", b"%d\0\0%s" % (number, packed))
    return whole[:33] + kept + whole[33:]  # behind the header


def chunk(kind: bytes, data: bytes) -> bytes:
    """PNG section 5.3."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


SCANS, TEXTS = scans(30), texts(3)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (ENTITIES, "SVG pictures are not taken"),
        (SVG, "SVG pictures are not taken, as they can hold scripts. Save it as PNG, JPEG or WebP"),
        (b'\xef\xbb\xbf\n<?xml version="1.0"?>' + SVG, "SVG pictures are not taken"),
        (b"<html><script>alert(1)</script>", "This is no picture that can be read here"),
        (picture("BMP"), "This is no picture that can be read here"),
        (picture("TIFF"), "This is no picture that can be read here"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "This is no picture"),
        (picture()[:-60], "The picture is damaged or incomplete"),
        (picture("JPEG")[:700], "The picture is damaged or incomplete"),
        (picture("WEBP")[:60], "is damaged or incomplete"),
        (picture() + bytes(512 * 1024), "The file is larger than 512 KB"),
        (picture(size=(1025, 40)), "larger than 1024 by 1024 pixels"),
        (picture(size=(1, 1)), "smaller than 32 by 32 pixels"),
        (saved(Image.new("1", (1400, 1400))), "larger than 1024 by 1024 pixels"),
        (saved(Image.new("1", (9000, 9000))), "larger than 1024 by 1024 pixels"),
        (SCANS, "The picture has too many layers (scans)"),
        (TEXTS, "The picture is damaged or incomplete"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_an_admin_reads_why_a_picture_will_not_do(
    desk: Browser, app: App, data: bytes, words: str
) -> None:
    before = give_logo(app.client).digest
    page = upload(desk, app.client, data, name="Renamed")
    assert words in page
    assert ClientLogo.objects.get().digest == before
    assert Client.objects.get().name == "Photo Album"


def test_damaged_metadata_is_no_fault_of_ours(desk: Browser, app: App) -> None:
    data = picture("JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\x01\0\x0e\x01\x02\0\xff\xff\0\0\xff\xff")
    assert "The picture is damaged or incomplete" in upload(desk, app.client, data)


def test_a_logo_is_replaced_and_removed(desk: Browser, app: App) -> None:
    first = give_logo(app.client).digest
    upload(desk, app.client, picture("JPEG", (64, 64)))
    second = ClientLogo.objects.get().digest
    assert Browser().get(f"/oauth/logos/{first}/").status_code == 404
    desk.post(change(app.client), fill_in(is_verified="on"))
    assert ClientLogo.objects.get().digest == second
    desk.post(change(app.client), fill_in(is_verified="on", **{"logo-clear": "on"}))
    assert not ClientLogo.objects.exists()
    assert Browser().get(f"/oauth/logos/{second}/").status_code == 404


def test_a_new_logo_is_an_event_of_the_admin(desk: Browser, app: App) -> None:
    upload(desk, app.client, picture())
    event = SecurityEvent.objects.filter(kind=Event.ADMIN_CLIENT).latest("pk")
    assert event.client == app.client
    assert "Logo" in str(event.details)


def test_who_may_only_view_the_app_sees_its_logo_and_gives_none(app: App, alice: User) -> None:
    digest = give_logo(app.client).digest
    desk = desk_of(alice, permission("view", "oauth_server.Client"))
    page = desk.get(change(app.client)).content.decode()
    assert digest in page
    assert 'name="logo"' not in page
    form = fill_in(is_verified="on", logo=sent(picture("JPEG")))
    assert desk.post(change(app.client), form).status_code == 403
    chosen = {"action": "fetch_logo", "_selected_action": [app.client.pk]}
    desk.post(CLIENTS, chosen)
    assert ClientLogo.objects.get().digest == digest


def test_nobody_but_a_superuser_gives_a_logo_to_a_superusers_app(app: App, alice: User) -> None:
    Client.objects.update(skip_authorization=True)
    desk = desk_of(alice, permission("change", "oauth_server.Client"))
    form = fill_in(is_verified="on", logo=sent(picture()))
    assert desk.post(change(app.client), form).status_code == 403
    chosen = {"action": "fetch_logo", "_selected_action": [app.client.pk]}
    assert desk.post(CLIENTS, chosen).status_code == 403
    assert not ClientLogo.objects.exists()


# --- fetching ---


class _Pictures(BaseHTTPRequestHandler):
    server: Any

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["Accept"], self.headers["Cookie"]))
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def website() -> Iterator[Any]:
    """The app's website on this machine, which has a picture."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Pictures) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        held: Any = server
        held.asked, held.status, held.body = [], 200, picture("WEBP")
        yield held
        server.shutdown()


def naming(client: Client, uri: str, *, is_verified: bool = True) -> None:
    """Have `client` name a logo. As an admin's own, it may name one on this machine."""
    Registration.objects.issue(client, None, {"logo_uri": uri})
    Client.objects.filter(pk=client.pk).update(is_verified=is_verified)


def act(desk: Browser, action: str, *clients: Client) -> str:
    chosen = {"action": action, "_selected_action": [client.pk for client in clients]}
    return desk.post(CLIENTS, chosen, follow=True).content.decode()


def address(website: Any) -> str:
    return f"http://127.0.0.1:{website.server_port}/logo"


def test_the_logo_that_an_app_names_is_fetched_once(desk: Browser, app: App, website: Any) -> None:
    naming(app.client, address(website))
    act(desk, "fetch_logo", app.client)
    assert logo_of(app.client).size == (256, 256)
    assert website.asked == [("/logo", "image/png, image/webp, image/jpeg, image/gif", None)]
    logged = SecurityEvent.objects.filter(kind=Event.ADMIN_CLIENT).latest("pk")
    assert "Fetched its logo." in str(logged.details)


@pytest.mark.parametrize("way", ["the action", "its page"])
def test_it_is_fetched_when_the_app_is_verified(
    desk: Browser, app: App, website: Any, way: str
) -> None:
    naming(app.client, address(website), is_verified=False)
    if way == "the action":
        act(desk, "verify", app.client)
    else:
        desk.post(change(app.client), fill_in(is_verified="on"))
    assert Client.objects.get().is_verified
    assert ClientLogo.objects.get().source == ClientLogo.FETCHED
    desk.post(change(app.client), fill_in(is_verified="on"))
    act(desk, "verify", app.client)
    assert len(website.asked) == 1


def test_nothing_is_fetched_for_an_app_that_nobody_verified(
    desk: Browser, app: App, website: Any
) -> None:
    naming(app.client, address(website), is_verified=False)
    assert "Verify the app first" in act(desk, "fetch_logo", app.client)
    desk.post(change(app.client), fill_in())
    assert website.asked == []


def test_what_an_admin_uploaded_stays(desk: Browser, app: App, website: Any) -> None:
    naming(app.client, address(website), is_verified=False)
    digest = give_logo(app.client).digest
    act(desk, "verify", app.client)
    assert "Remove that first" in act(desk, "fetch_logo", app.client)
    assert ClientLogo.objects.get().digest == digest
    assert website.asked == []


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (404, b"", "the answer has status 404"),
        (302, b"", "leads elsewhere"),
        (200, SVG, "SVG pictures are not taken"),
        (200, b"<html>", "no picture that can be read"),
        (200, picture() + bytes(512 * 1024), "larger than 512 KB"),
        (200, bytes(1_100_000), "too long"),
    ],
    ids=lambda each: "" if isinstance(each, bytes) else str(each),
)
def test_a_logo_that_cannot_be_had_is_told_and_the_app_is_verified_all_the_same(
    desk: Browser, app: App, website: Any, status: int, body: bytes, words: str
) -> None:
    naming(app.client, address(website), is_verified=False)
    website.status, website.body = status, body
    page = act(desk, "verify", app.client)
    assert words in page
    assert 'class="warning"' in page
    assert Client.objects.get().is_verified
    assert not ClientLogo.objects.exists()


@pytest.mark.parametrize(
    "uri",
    [
        "https://127.0.0.1:9/logo.png",
        "https://localhost:9/logo.png",
        "https://10.0.0.1/logo.png",
        "https://[::1]:9/logo.png",
        "https://169.254.169.254/latest/meta-data/",
        "https://no-such-name.invalid/logo.png",
    ],
)
def test_an_app_that_registered_itself_leads_this_site_to_nothing_inside(
    desk: Browser, app: App, uri: str
) -> None:
    naming(app.client, uri)
    Client.objects.update(registration_source=Client.RegistrationSource.DCR)
    assert re.search(
        "not on the public internet|has no address", act(desk, "fetch_logo", app.client)
    )
    assert not ClientLogo.objects.exists()


def test_an_app_that_names_none_is_said_so(desk: Browser, app: App) -> None:
    assert "It names none (logo_uri)" in act(desk, "fetch_logo", app.client)


def test_many_are_not_fetched_at_once(desk: Browser, app: App, website: Any) -> None:
    apps = [Client.objects.create(name=f"App {number:02}") for number in range(12)]
    for each in apps:
        naming(each, address(website))
    page = act(desk, "fetch_logo", *apps)
    assert "the first 10 apps only" in page
    assert len(website.asked) == ClientLogo.objects.count() == 10
