"""Gunicorn's settings: `gunicorn -c web/gunicorn.py server:app`.

Read in the master process, so that wrong settings of MovR stop the start before any worker runs.
"""

from pathlib import Path

from web.config import Config, ConfigError

try:
    _config = Config.from_environment()
except ConfigError as error:
    raise SystemExit(str(error)) from None

# In DEBUG only this machine is served.
bind = f"{'127.0.0.1' if _config.DEBUG else '[::]'}:{_config.PORT}"
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
