"""The kinds that there are of vehicles, of their states, of problems and of mails."""

from enum import StrEnum


class VehicleType(StrEnum):
    """The kinds of vehicles that MovR shares."""

    BIKE = "bike"
    SCOOTER = "scooter"
    SKATEBOARD = "skateboard"


class VehicleStatus(StrEnum):
    """`UNAVAILABLE` exactly while somebody is riding it; `REMOVED` is final, unless it's paused.

    What is paused is `REMOVED` with a `paused_since`: whoever does not know of pauses, such as the
    version before, neither shows nor starts it. What a problem was reported of is paused, too, at
    once or as soon as its ride ends.
    """

    AVAILABLE = "available"
    UNAVAILABLE = "unavailable"
    REMOVED = "removed"


class ProblemKind(StrEnum):
    """What riders report of a vehicle."""

    FLAT_TYRE = "flat tyre"
    BRAKES = "brakes"
    LOCK = "lock"
    MISSING = "missing"
    OTHER = "other"


class MailKind(StrEnum):
    """What a mail is about."""

    CONFIRM_ADDRESS = "confirm"
    RESET_PASSWORD = "reset"  # noqa: S105 (the name of a kind)
    PASSWORD_CHANGED = "password"  # noqa: S105 (the name of a kind)
    RIDE_FORGOTTEN = "riding"
    ADDRESS_CHANGED = "former"
