"""An empty Flask application on gunicorn's own threaded worker: the unit of bench.cpu.

Gunicorn reads its settings from this file, too.
"""

import os

from flask import Flask

bind = f"127.0.0.1:{os.environ['PORT']}"
workers = int(os.environ["WEB_CONCURRENCY"])
threads = int(os.environ["WEB_THREADS"])
worker_class = "gthread"
keepalive = 620
control_socket_disable = True

app = Flask(__name__)


@app.get("/healthz")
def healthz() -> str:
    """Respond as briefly as MovR does."""
    return "ok\n"
