"""Gunicorn's settings: `gunicorn -c web/gunicorn.py server:app`.

They are read in the master process, so wrong settings stop it before any worker starts.
"""

import gc
import logging
import os
import resource
import shutil
import sys
import tempfile
from pathlib import Path
from threading import Thread
from typing import Any

from flask import Flask
from gunicorn.glogging import Logger
from gunicorn.workers.base import Worker

from movr import MovR
from movr.errors import DatabaseUnavailable, SchemaOutdated, UnexpectedDatabaseError
from web.assets import static_files
from web.config import Config, ConfigError, likely_misspelled
from web.readiness import UPGRADE
from web.server import log_lines
from web.server.worker import BufferingWorker

try:
    _config = Config.from_environment()
except ConfigError as error:
    raise SystemExit(str(error)) from None

_host = f"[{_config.HOST}]" if ":" in _config.HOST else _config.HOST
bind = f"{_host}:{_config.PORT}"
workers = _config.WEB_CONCURRENCY
worker_class = BufferingWorker
threads = _config.WEB_THREADS
# Files that are open besides clients: database connections, metrics, and gunicorn's own. Without
# this reserve, one client too many would end the worker.
_files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
_spare = _files - 100 if _files != resource.RLIM_INFINITY else 1000
worker_connections = min(1000, max(_spare, 2 * threads))
# For a worker that hangs as a whole; requests are limited by the timeouts of the database.
timeout = 30
graceful_timeout = _config.GRACEFUL_TIMEOUT
keepalive = _config.KEEPALIVE
# The heartbeat files: in memory, so that no disk delays them and a read-only system has room.
_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 (gunicorn's own advice)
worker_tmp_dir = _MEMORY
# What proxies tell is for the application (TRUSTED_PROXIES), so gunicorn trusts nobody. It would
# take SCRIPT_NAME from any client on this machine, and fail if it does not match the path.
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}
forwarded_allow_ips = ""
# All instances of a user would share one control socket in HOME.
control_socket_disable = True
# No line says where it was written, and by which thread: this is how logging's documentation spares
# that, a twenty-fifth of the time of a page.
for _name in ("logThreads", "logProcesses", "logMultiprocessing", "logAsyncioTasks", "_srcfile"):
    setattr(logging, _name, None)
logconfig_dict = log_lines.settings(_config)


class logger_class(Logger):
    """Gunicorn's logger without a line for each request: the application logs it.

    Gunicorn would collect all headers for the line, and then find that nobody wants it.
    """

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """Log nothing."""


# The folder in which the workers count together for /metrics; they read this variable when they
# start. If it was set from outside, whoever set it cleans up. After SIGHUP this file is read again,
# and the folder is still this master's; after SIGUSR2 a new master may find the folder of the old
# one, which the old one removes.
_FOLDER, _MASTER = "PROMETHEUS_MULTIPROC_DIR", "MOVR_METRICS_OF"
_metrics = None
if _FOLDER not in os.environ or os.environ.get(_MASTER, str(os.getpid())) != str(os.getpid()):
    os.environ[_FOLDER] = tempfile.mkdtemp(prefix="movr-metrics-", dir=_MEMORY)
    os.environ[_MASTER] = str(os.getpid())
if _MASTER in os.environ:
    _metrics = os.environ[_FOLDER]


def on_starting(_server: object) -> None:
    """Stop if the database lacks what this version needs; one that does not respond may be late.

    What this does happens once for all workers.
    """
    log = logging.getLogger("gunicorn.error")
    for name, meant in likely_misspelled():
        log.warning("%s is not a setting of MovR. Is %s meant?", name, meant)
    if not _config.DEBUG and workers > 1 and _config.RATELIMIT_STORAGE_URI == "memory://":
        log.warning(
            "Each of the %d workers counts wrong passwords, sign-ups, mails and first rides by "
            "itself: RATELIMIT_STORAGE_URI=redis://... counts them in one place.",
            workers,
        )
    movr = MovR(_config.DB_URI, _config.DB_LIMITS)
    try:
        movr.check_schema()
    except SchemaOutdated as error:
        raise SystemExit(
            f"The database is not ready for this version of MovR: {error}\n{UPGRADE}"
        ) from None
    except DatabaseUnavailable:
        log.warning("The database does not respond yet.")
    except UnexpectedDatabaseError as error:
        log.warning("The schema could not be compared: %s", error)
    finally:
        movr.engine.dispose()
    if not _config.DEBUG:
        static_files.prepare(Path(__file__).resolve().parent.parent / "static")


def post_fork(_server: object, worker: BufferingWorker) -> None:
    """Limit the queue of this worker, and the time that its loop waits for its threads."""
    worker.max_waiting = _config.WEB_QUEUE
    # A tenth of Python's default, because busy threads keep the loop, and so the probes, waiting
    # for this long. Measured with four busy threads: probes take 11 ms instead of 38, and as many
    # pages are served.
    sys.setswitchinterval(0.0005)


def post_worker_init(worker: BufferingWorker) -> None:
    """Measure the queue, prepare the page for a full one, and check the schema."""
    # Imported late, because the library for metrics looks for the folder above when it is imported.
    from web import errors, metrics

    app: object = worker.wsgi
    if isinstance(app, Flask):
        worker.tpool.observer = metrics.ServerMetrics(app)
        worker.busy = errors.busy_response(app)
        # In a thread, because the database may be slow, or away.
        Thread(target=app.extensions["schema_watch"].is_sound, daemon=True).start()
    # What exists now lives as long as the worker, so garbage collections skip it. A page creates
    # some ten thousand objects and leaves none behind, so one collection for each page is enough.
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def child_exit(_server: object, worker: Worker) -> None:
    """Forget the connections of a worker that has ended."""
    # Imported late, because the library looks for the folder above when it is imported.
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)


def on_exit(_server: object) -> None:
    """Remove the folder of the metrics."""
    if _metrics:
        shutil.rmtree(_metrics, ignore_errors=True)
