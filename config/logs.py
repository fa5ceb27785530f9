"""Write structured log lines, and take out of them what is of people."""

import logging
import re
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any

import structlog

from accounts.site import request_id
from accounts.storage.outages import is_outage

# What a traceback repeats of people: addresses, and the values that PostgreSQL adds to an error.
_ADDRESS = re.compile(r"[^\s\"'<>()=,;:]+@[^\s\"'<>()=,;:]+\.[^\s\"'<>()=,;:]+")
# A value may have lines of its own, as a postal address has: to the end of what the error says.
_DETAIL = re.compile(
    r"^(\s*DETAIL:).*?(?=\n\nThe above exception|\n\nDuring handling|\Z)", re.MULTILINE | re.DOTALL
)

# How Django writes a row, as errors that name rows do: a person's is their name.
_ROW = re.compile(r"<([A-Z]\w*)(?<!Request): .*?>")

Line = MutableMapping[str, Any]


def redact(_logger: Any, _method: str, line: Line) -> Line:
    """Take e-mail addresses, and what the database repeats of a row, out of a line (processor)."""
    for key, value in line.items():
        line[key] = _redacted(value)
    return line


def _redacted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _redacted(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_redacted(each) for each in value]
    if isinstance(value, str) and any(sign in value for sign in ("@", "DETAIL", "<")):
        return _ADDRESS.sub("…@…", _ROW.sub(r"<\1: …>", _DETAIL.sub(r"\1 …", value)))
    return value


def add_request_id(_logger: Any, _method: str, line: Line) -> Line:
    """Say in each line which request it is of (processor)."""
    if current := request_id.current():
        line["request_id"] = current
    return line


class Lines(structlog.stdlib.ProcessorFormatter):
    """Format every line, with less ado for that of a request: most lines are one
    (config.request_log)."""

    def __init__(self, *, renderer: Any, **options: Any) -> None:
        ends = [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            redact,
            renderer,
        ]
        super().__init__(processors=ends, foreign_pre_chain=_SHARED, **options)
        self._render = renderer

    def format(self, record: logging.LogRecord) -> str:
        if record.name != "request" or not isinstance(record.msg, dict):
            return super().format(record)
        at = datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z")
        of_record = {"level": record.levelname.lower(), "logger": record.name, "timestamp": at}
        line = {**record.msg, "request": _redacted(record.msg["request"]), **of_record}
        return str(self._render(None, "", line))


class Faults(logging.Filter):
    """Leave Django's tracebacks of our own faults. The line of the request says the rest: which
    status was answered, and that the database was away (503)."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.exc_info is not None and not is_outage(record.exc_info[1])


class OncePerRequest(logging.Filter):
    """Leave a line out that the same request has written: a page may look for a thing often."""

    def __init__(self) -> None:
        super().__init__()
        self._last: tuple[Any, str] | None = None

    def filter(self, record: logging.LogRecord) -> bool:
        this = (request_id.current(), record.getMessage())
        is_new, self._last = this != self._last, this
        return is_new


_SHARED: list[Any] = [
    add_request_id,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure(*, level: str, as_json: bool) -> dict[str, Any]:
    """Return Django's LOGGING setting: every line through structlog, as JSON or for a terminal."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"faults": {"()": Faults}, "once": {"()": OncePerRequest}},
        "formatters": {
            "structured": {
                "()": Lines,
                "renderer": renderer,
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        # The request log already has one line a request.
        "loggers": {
            "django.request": {"level": "ERROR", "filters": ["faults"]},
            "django.server": {"level": "WARNING"},
            "sealed": {"filters": ["once"]},
        },
    }
