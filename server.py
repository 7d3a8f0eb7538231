"""The entry: `gunicorn -c web/gunicorn.py server:app`, `flask --app server`, `python server.py`."""

from web.app import create_app
from web.config import ConfigError

try:
    app = create_app()
except ConfigError as error:
    raise SystemExit(str(error)) from None

if __name__ == "__main__":
    app.run(host=app.config["HOST"], port=app.config["PORT"])
