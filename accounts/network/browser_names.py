"""Name a browser and its system in two words, for a person to recognise their own.

What a User-Agent says is read by ua-parser. It takes many a name from the text itself, which is
whatever somebody sends: a mail would carry "We called you, ring 555". So only the names below are
ever shown.

Its six hundred rules are made ready when the first name is asked for: a tenth of a second, in which
a worker answers nobody, and a megabyte. So the server does that before it forks (config/warm.py).
"""

from django.utils.translation import gettext as _
from ua_parser import Parser, load_lazy_builtins

_LONGEST = 256  # characters that are read: some of the rules take time by the square of it

# The names that people know, and the families of ua-parser that have them.
_BROWSERS = {
    "Brave": ("Brave",),
    "Chrome": (
        *("Chrome", "Chrome Mobile", "Chrome Mobile iOS", "Chrome Mobile WebView"),
        *("HeadlessChrome", "Chromium"),
    ),
    "DuckDuckGo": ("DuckDuckGo", "DuckDuckGo Mobile"),
    "Edge": ("Edge", "Edge Mobile"),
    "Facebook": ("Facebook", "Facebook Messenger"),
    "Firefox": ("Firefox", "Firefox Mobile", "Firefox iOS", "Firefox Alpha", "Firefox Beta"),
    "Firefox Focus": ("Firefox Focus", "Firefox Klar"),
    "Google": ("Google",),
    "Huawei Browser": ("Huawei Browser",),
    "Instagram": ("Instagram",),
    "Internet Explorer": ("IE", "IE Mobile"),
    "LinkedIn": ("LinkedIn",),
    "Mi Browser": ("MiuiBrowser",),
    "Opera": ("Opera", "Opera Mobile", "Opera Touch", "Opera Mini", "Opera GX"),
    "Safari": ("Safari", "Mobile Safari", "Mobile Safari UI/WKWebView"),
    "Samsung Internet": ("Samsung Internet",),
    "Silk": ("Amazon Silk",),
    "TikTok": ("TikTok",),
    "UC Browser": ("UC Browser",),
    "Vivaldi": ("Vivaldi",),
    "Web": ("Epiphany",),
    "Yandex Browser": ("Yandex Browser", "YandexSearch"),
    # Programs, which some sign in by.
    "curl": ("curl",),
    "Python": ("Python Requests", "Python-urllib", "Python aiohttp"),
    "Postman": ("PostmanRuntime",),
    "Wget": ("Wget",),
}
_SYSTEMS = {
    "Android": ("Android",),
    "ChromeOS": ("Chrome OS",),
    "FreeBSD": ("FreeBSD",),
    "iOS": ("iOS",),
    "Linux": ("Linux", "Ubuntu", "Fedora", "Debian", "Linux Mint", "Arch Linux", "Red Hat"),
    "macOS": ("Mac OS X",),
    "Windows": ("Windows", "Windows Phone"),
}
_DEVICES = ("iPad", "iPhone")  # an app for the one, on the other, names both

_BROWSER_OF = {family: name for name, families in _BROWSERS.items() for family in families}
_SYSTEM_OF = {family: name for name, families in _SYSTEMS.items() for family in families}


# Without its rules for devices, which are as many again: we name two of them.
_browsers, _systems, _devices = load_lazy_builtins()
_parser = Parser.from_matchers((_browsers, _systems, []))


def make_ready() -> None:
    """Compile all rules, for those who ask later."""
    _parser.parse("known to no rule, so that each is looked at")


def describe(user_agent: str) -> str:
    """Return such as "Firefox on Windows", "" where no browser is recognised."""
    if not user_agent:
        return ""
    read = user_agent[:_LONGEST]
    family = _parser.parse_user_agent(read)
    browser = _BROWSER_OF.get(family.family, "") if family else ""
    system = _system(read) if browser else ""
    if not system:
        return browser
    return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}


def _system(user_agent: str) -> str:
    found = _parser.parse_os(user_agent)
    system = _SYSTEM_OF.get(found.family, "") if found else ""
    if system != "iOS":
        return system
    # People know which of the two they have in their hand.
    return next((device for device in _DEVICES if device in user_agent), system)
