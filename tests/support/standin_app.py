"""The application as gunicorn serves it when its database is a PostgreSQL stand-in.

Name it `tests.support.standin_app:app`; the application itself knows nothing of stand-ins.
"""

from tests.support.standin import install_retry_savepoint
from web.app import create_app

app = create_app()
retries = install_retry_savepoint(*app.extensions["movr"].engines)
