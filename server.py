"""The entry: `gunicorn -c web/gunicorn.py server:app`, `flask --app server`, `python server.py`."""

import atexit

from web.app import create_app
from web.config import ConfigError

try:
    app = create_app()
except ConfigError as error:
    raise SystemExit(str(error)) from None
# Whatever runs the application: a gunicorn worker, a command, or this file.
atexit.register(app.extensions["movr"].engine.dispose)

if __name__ == "__main__":
    app.run(host=app.config["HOST"], port=app.config["PORT"])
