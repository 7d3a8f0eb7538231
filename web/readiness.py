"""Checks from time to time whether the database has what this version needs; logs why not.

/readyz asks, and so does every worker of gunicorn when it starts. No page waits for a check.
"""

import logging
from threading import Lock, Thread
from time import monotonic
from typing import Final

from flask import Flask

from movr import MovR
from movr.errors import DatabaseUnavailable, SchemaOutdated, UnexpectedDatabaseError
from movr.regions import CITIES, REGIONS

UPGRADE: Final = "`flask --app server upgrade-db` brings the database to this version."
_EVERY_S: Final = 60.0
_PROBE_WAITS_S: Final = 1.0

_log = logging.getLogger("movr.schema")


class SchemaWatch:
    """The result of the last schema check; sound until a check has found a fault."""

    def __init__(self, movr: MovR, cities: frozenset[str]) -> None:
        """Watch the database of a container that serves `cities`."""
        self._movr = movr
        self._cities = cities
        self._lock = Lock()
        self._next_look = 0.0
        self._is_sound = True
        self._said: tuple[str, ...] = ()

    def is_sound(self) -> bool:
        """Return whether the schema was sound when it was last checked.

        The check runs in a thread of its own, at most once a minute: in a far region it may take
        longer than a probe waits. Until it ends, the former result counts.
        """
        if monotonic() >= self._next_look and self._lock.acquire(blocking=False):
            look = Thread(target=self._look_if_due, daemon=True)
            look.start()
            look.join(_PROBE_WAITS_S)
        return self._is_sound

    def _look_if_due(self) -> None:
        try:
            # Another thread may have started a check while this one waited for the lock.
            if monotonic() >= self._next_look:
                self._look()
                self._next_look = monotonic() + _EVERY_S
        finally:
            self._lock.release()

    def _look(self) -> None:
        faults: tuple[str, ...] = ()
        notes: tuple[str, ...] = ()
        try:
            notes = self._movr.check_schema()
        except DatabaseUnavailable:
            # If a far region is lost, the database may describe its tables slowly while riders of
            # this region can ride. They are not turned away for that.
            return
        except SchemaOutdated as error:
            faults = (str(error),)
        except UnexpectedDatabaseError as error:
            # Missing privileges for the check are no reason to turn riders away.
            notes = (f"the schema could not be compared ({error})",)
        if self._cities <= self._movr.unknown_cities:
            faults += ("the cluster knows no city of this region yet",)
        self._is_sound = not faults
        if (said := faults + notes) != self._said:
            self._said = said
            for fault in faults:
                _log.error("The schema is not what this version needs: %s. %s", fault, UPGRADE)
            for note in notes:
                _log.warning("The schema: %s. %s", note, UPGRADE)


def init_app(app: Flask) -> None:
    """Watch the schema of this application's database."""
    region: str | None = app.config["REGION"]
    cities = REGIONS[region] if region else CITIES.values()
    app.extensions["schema_watch"] = SchemaWatch(
        app.extensions["movr"], frozenset(city.name for city in cities)
    )
