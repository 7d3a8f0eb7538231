"""What can go wrong, in MovR's own words. Each class is one kind of answer to a client.

The texts are for logs and developers; the sentences that riders read stand in web/errors.py.
"""


class MovRError(Exception):
    """The root of all errors that the backend API raises on purpose."""


class NotFound(MovRError):
    """There is no such user, vehicle or ride, or it is not for this user to see."""


class InvalidCursor(MovRError):
    """The text that says where a page of a list begins is not one that MovR wrote."""


class NotYours(MovRError):
    """It exists, anybody may see it, but only its owner may do this."""


class WrongPassword(MovRError):
    """The password that must be given to change it is not the account's."""


class Conflict(MovRError):
    """The request is sound, but the state of the world does not allow it now."""


class VehicleUnavailable(Conflict):
    """Someone else is riding this vehicle."""


class VehicleInUse(Conflict):
    """The vehicle cannot be changed or taken out of service while it is being ridden."""


class VehicleMoved(Conflict):
    """The vehicle has been ridden since its owner looked at it, and stands elsewhere."""


class AlreadyRiding(Conflict):
    """The rider has a running ride on another vehicle."""


class UsernameTaken(Conflict):
    """Another user, in some city, has this username."""


class OwnsVehicles(Conflict):
    """The account has vehicles in service and cannot be closed."""


class RideRunning(Conflict):
    """The account has a running ride and cannot be closed."""


class SchemaOutdated(MovRError):
    """The tables are not those that this version needs. The text names all that is wrong."""


class UpgradeFailed(MovRError):
    """The database could not be brought to this version. The text says why and what to do."""


class DatabaseUnavailable(MovRError):
    """The database did not answer, or not in time. What was asked for may have been done or not."""


class WorldUnavailable(DatabaseUnavailable):
    """What asks other regions than the home region was not answered in time, or not even asked.

    What stays at home may well be answered meanwhile.
    """


class TooMuchContention(DatabaseUnavailable):
    """The transaction was retried as often as allowed and lost each time. Nothing changed."""


class UnexpectedDatabaseError(Exception):
    """The database refused a statement for a reason that MovR should have prevented: a bug."""
