"""The format of a server's log: JSON lines that repeat nothing a client has sent.

logs.py decides what is logged about requests.
"""

import logging
import sys
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Final

from flask import has_request_context
from pythonjsonlogger.core import LogData
from pythonjsonlogger.json import JsonEncoder, JsonFormatter

from movr.errors import UnexpectedDatabaseError
from web.config import Config
from web.logs import request_id

_ENCODER: Final = JsonEncoder()


class JsonLines(JsonFormatter):
    """Writes each record as one line, with the id of the request that it belongs to."""

    def add_fields(
        self, log_data: LogData, record: logging.LogRecord, message_dict: LogData
    ) -> None:
        """Add the id that riders can quote, whichever library wrote the record."""
        super().add_fields(log_data, record, message_dict)
        if "request_id" not in log_data and has_request_context():
            log_data["request_id"] = request_id()

    def jsonify_log_record(self, log_data: LogData) -> str:
        """Return the line, from one encoder for all lines."""
        return _ENCODER.encode(log_data)

    def formatException(
        self, ei: tuple[type | None, BaseException | None, TracebackType | None]
    ) -> str:
        """Return the type of an error and where it was raised, without its text."""
        # The text of an error often quotes what somebody has typed, and a driver's even a row.
        return "\n".join(map(_trace, reversed(list(_chain(ei[1])))))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and its causes, as Python's own traces do."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _trace(error: BaseException) -> str:
    frames = "".join(traceback.format_tb(error.__traceback__))
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    # This text is made for the log and contains names only.
    text = f": {error}" if isinstance(error, UnexpectedDatabaseError) else ""
    return f"Traceback (most recent call last):\n{frames}{name}{text}"


class NoQuotes(logging.Filter):
    """Lets gunicorn say what is wrong with a request without quoting it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, and shorten those that quote."""
        for what in ("Invalid request", "Error handling request"):
            # What follows these words quotes the request line or a header, and the client's
            # address.
            if str(record.msg).startswith(what):
                kind = type(sys.exc_info()[1]).__name__
                record.msg, record.args = f"{what}: {kind}", ()
        return True


def settings(config: Config) -> dict[str, Any]:
    """Return the logging settings of a server: JSON on stdout, or plain text in DEBUG."""
    plain = {"format": "%(asctime)s %(levelname)s %(message)s"}
    json = {
        "()": JsonLines,
        "fmt": ["levelname", "name", "message"],
        "rename_fields": {"levelname": "level", "name": "logger"},
        "static_fields": {"region": config.REGION or "all"},
        "timestamp": "time",
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": plain if config.DEBUG else json},
        "handlers": {
            "stdout": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stdout",
                "formatter": "line",
            }
        },
        # Messages of libraries below a warning may name riders.
        "root": {"level": "WARNING", "handlers": ["stdout"]},
        "filters": {"no_quotes": {"()": NoQuotes}},
        "loggers": {
            "movr": {"level": "INFO"},
            # These replace the handlers that gunicorn adds to its loggers.
            "gunicorn.error": {
                "level": "INFO",
                "handlers": [],
                "propagate": True,
                "filters": ["no_quotes"],
            },
            "gunicorn.access": {"level": "WARNING", "handlers": [], "propagate": True},
        },
    }
