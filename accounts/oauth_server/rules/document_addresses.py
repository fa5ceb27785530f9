"""Say which client IDs are addresses of metadata documents (draft-ietf-oauth-client-id-metadata-
document section 3)."""

from urllib.parse import unquote, urlsplit

MAX_LENGTH = 255  # characters, as every client ID


def is_address(client_id: str) -> bool:
    """Return whether a client ID looks like one: no other kind has a scheme."""
    return client_id.startswith(("https://", "http://"))


def problem(client_id: str) -> str:
    """Return what is wrong with such a client ID, "" where nothing is."""
    if len(client_id) > MAX_LENGTH:
        return f"a client_id has {MAX_LENGTH} characters at most"
    if not client_id.isascii() or not client_id.isprintable() or " " in client_id:
        return "a client_id that is an address is plain ASCII without spaces"
    try:
        parts = urlsplit(client_id)
        _ = parts.port
    except ValueError:
        return "the client_id is no address"
    if not parts.hostname:
        return "the client_id names no host"
    if parts.hostname.endswith("."):  # one host by two names: a block would miss the other
        return "the client_id must not end its host with a dot"
    if parts.username is not None or parts.password is not None:
        return "the client_id must not name a user"
    if "#" in client_id:
        return "the client_id must not have a fragment"
    if not parts.path.strip("/"):
        return "the client_id must have a path"
    if {".", ".."} & set(unquote(parts.path).split("/")):
        return "the client_id must have no dots for segments"
    return ""


def name_of(client_id: str) -> str:
    """Return the host of the document without its port."""
    return urlsplit(client_id).hostname or ""


def host_of(client_id: str) -> str:
    """Return the host of the document, with a port that is not the usual one."""
    parts = urlsplit(client_id)
    return parts.hostname + (f":{parts.port}" if parts.port else "") if parts.hostname else ""
