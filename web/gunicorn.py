"""Gunicorn's settings: `gunicorn -c web/gunicorn.py server:app`.

Read in the master process, so that wrong settings of MovR stop the start before any worker runs.
"""

import logging
from pathlib import Path

from movr import MovR
from movr.errors import DatabaseUnavailable, SchemaOutdated
from web.config import Config, ConfigError

try:
    _config = Config.from_environment()
except ConfigError as error:
    raise SystemExit(str(error)) from None

bind = f"{_config.HOST}:{_config.PORT}"
workers = _config.WEB_CONCURRENCY
worker_class = "gthread"
threads = _config.WEB_THREADS
# A rider's request may wait for a connection, then for a statement; the worker outlasts both.
timeout = 30
graceful_timeout = 30
keepalive = 5
# The heartbeat file must not wait for a disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 (gunicorn's own advice)
# One control socket in HOME would be shared by all instances of the user.
control_socket_disable = True
accesslog = None


def on_starting(_server: object) -> None:
    """Stop the start if the database lacks what this version needs; one that is down may come."""
    movr = MovR(_config.DB_URI, _config.DB_LIMITS)
    try:
        movr.check_schema()
    except SchemaOutdated as error:
        raise SystemExit(
            f"The database is not ready for this version of MovR: {error}\n"
            "Run `flask --app server init-db`, or dbinit.sql on a cluster that spans regions."
        ) from None
    except DatabaseUnavailable:
        logging.getLogger("gunicorn.error").warning("The database does not answer yet.")
    finally:
        movr.engine.dispose()
