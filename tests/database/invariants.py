"""The invariants of the design, read off the tables with plain SQL.

Nothing of the application's models is used for it, so that no mistake of theirs is repeated here.
"""

from typing import Final

from sqlalchemy import Connection

from movr import MovR

Keys = frozenset[tuple[str, str, str]]

# What is wrong, and a query for the city and id of each row of which it is true.
_RULES: Final = {
    "vehicle is unavailable without a ride, ridden without being so, or ridden twice": """
        SELECT vehicles.city, vehicles.id FROM vehicles LEFT JOIN (
            SELECT city, vehicle_id, count(*) AS rides FROM rides
            WHERE end_time IS NULL GROUP BY city, vehicle_id
        ) AS running ON running.city = vehicles.city AND running.vehicle_id = vehicles.id
        WHERE coalesce(rides, 0) <> CASE status WHEN 'unavailable' THEN 1 ELSE 0 END""",
    "rider has the note of a ride without riding, rides without one, or rides twice": """
        SELECT users.city, users.id FROM users LEFT JOIN (
            SELECT rider_city, rider_id, count(*) AS rides FROM rides
            WHERE end_time IS NULL GROUP BY rider_city, rider_id
        ) AS running ON running.rider_city = users.city AND running.rider_id = users.id
        WHERE coalesce(rides, 0) <> CASE WHEN active_ride_id IS NULL THEN 0 ELSE 1 END""",
    "running ride is not the one that its rider has the note of": """
        SELECT rides.city, rides.id FROM rides
        JOIN users ON users.city = rides.rider_city AND users.id = rides.rider_id
        WHERE end_time IS NULL
        AND (active_ride_city <> rides.city OR active_ride_id <> rides.id)""",
    "ride is cancelled and runs on": """
        SELECT city, id FROM rides WHERE cancelled AND end_time IS NULL""",
    "vehicle counts other rides than those that have ended": """
        SELECT vehicles.city, vehicles.id FROM vehicles LEFT JOIN (
            SELECT city, vehicle_id, count(*) AS rides FROM rides
            WHERE end_time IS NOT NULL AND NOT cancelled GROUP BY city, vehicle_id
        ) AS ended ON ended.city = vehicles.city AND ended.vehicle_id = vehicles.id
        WHERE ride_count <> coalesce(rides, 0)""",
    "rider counts other rides than those that have ended": """
        SELECT users.city, users.id FROM users LEFT JOIN (
            SELECT rider_city, rider_id, count(*) AS rides FROM rides
            WHERE end_time IS NOT NULL AND NOT cancelled GROUP BY rider_city, rider_id
        ) AS ended ON ended.rider_city = users.city AND ended.rider_id = users.id
        WHERE ride_count <> coalesce(rides, 0)""",
    "closed account has a running ride": """
        SELECT city, id FROM users WHERE username IS NULL AND active_ride_id IS NOT NULL""",
    "closed account has a vehicle in service": """
        SELECT users.city, users.id FROM users
        JOIN vehicles ON vehicles.city = users.city AND vehicles.owner_id = users.id
        WHERE username IS NULL AND (status <> 'removed' OR paused_since IS NOT NULL)""",
    "vehicle is paused and shared": """
        SELECT city, id FROM vehicles WHERE paused_since IS NOT NULL AND status <> 'removed'""",
    "vehicle is ridden and reserved, or half reserved": """
        SELECT city, id FROM vehicles WHERE (status = 'unavailable' AND reserved_until IS NOT NULL)
        OR (reserved_until IS NULL) <> (reserver_id IS NULL)
        OR (reserved_until IS NULL) <> (reserver_city IS NULL)""",
    "rider has reserved a vehicle and is riding, or gone": """
        SELECT city, id FROM users WHERE reserved_until IS NOT NULL
        AND (username IS NULL OR active_ride_id IS NOT NULL)""",
    "vehicle is not reserved as its rider has noted": """
        SELECT vehicles.city, vehicles.id FROM vehicles
        JOIN users ON users.city = reserver_city AND users.id = reserver_id
        WHERE users.reserved_city = vehicles.city AND users.reserved_vehicle_id = vehicles.id
        AND users.reserved_until <> vehicles.reserved_until""",
    "vehicle has a problem that is not open, or none that is": """
        SELECT vehicles.city, vehicles.id FROM vehicles LEFT JOIN (
            SELECT city, vehicle_id, count(*) AS problems FROM problems
            WHERE resolved_time IS NULL GROUP BY city, vehicle_id
        ) AS reported ON reported.city = vehicles.city AND reported.vehicle_id = vehicles.id
        WHERE (coalesce(problems, 0) > 0) <> (problem_since IS NOT NULL)""",
    "vehicle has a problem and is available": """
        SELECT city, id FROM vehicles WHERE problem_since IS NOT NULL
        AND (status = 'available' OR status = 'removed' AND paused_since IS NULL)""",
}

_ALL_RULES: Final = " UNION ALL ".join(
    f"SELECT '{rule}', city, CAST(id AS VARCHAR) FROM ({query}) AS broken_{number}"  # noqa: S608
    for number, (rule, query) in enumerate(_RULES.items())
)

_ALL_KEYS: Final = " UNION ALL ".join(
    f"SELECT '{table}', city, CAST(id AS VARCHAR) FROM {table}"  # noqa: S608
    for table in ("users", "vehicles", "rides", "problems")
)


def check_invariants(movr: MovR, known: Keys = frozenset()) -> Keys:
    """Fail unless every invariant holds and every row of `known` is still there.

    Returns the keys of all rows: what the next check is to know.
    """
    with movr.engine.connect() as connection:
        broken = broken_invariants(connection)
        keys = frozenset(tuple(row) for row in connection.exec_driver_sql(_ALL_KEYS))
    assert broken == []
    assert known <= keys, f"deleted: {sorted(known - keys)}"
    return keys


def broken_invariants(connection: Connection) -> list[str]:
    """What is wrong with the rows that a transaction sees, one text for each of them."""
    found = connection.exec_driver_sql(_ALL_RULES)
    return sorted(f"{rule}: {city}, {id_}" for rule, city, id_ in found)
