"""What can go wrong, in MovR's own words. Each class is one kind of response to a client.

The texts are for logs and developers; the sentences that riders read are in web/errors.py.
"""


class MovRError(Exception):
    """The root of all errors that the backend API raises on purpose."""


class NotFound(MovRError):
    """There is no such user, vehicle or ride, or this user has no access to it."""


class InvalidCursor(MovRError):
    """The cursor of a page is not one that MovR wrote."""


class NotYours(MovRError):
    """It exists and everyone may see it, but only its owner may do this."""


class WrongPassword(MovRError):
    """The password that confirms a change is not the account's."""


class ConfirmationVoid(MovRError):
    """The link that confirms an address is forged, too old, or of an address that has changed."""


class ResetVoid(MovRError):
    """The link that resets a password was used, is too old, or was followed by a newer one."""


class Conflict(MovRError):
    """The request is valid, but the current state does not allow it."""


class VehicleUnavailable(Conflict):
    """Someone else is riding this vehicle."""


class VehiclePaused(Conflict):
    """The owner has paused this vehicle."""


class VehicleReserved(Conflict):
    """Another rider has reserved this vehicle."""


class ReservedBefore(Conflict):
    """The rider's reservation of this vehicle has just ended unused."""


class ProblemReported(Conflict):
    """A problem of the vehicle was reported that its owner hasn't seen yet."""


class VehicleInUse(Conflict):
    """The vehicle cannot be edited, paused or removed while somebody is riding it."""


class VehicleMoved(Conflict):
    """The vehicle was ridden since its owner opened the form, and is parked elsewhere."""


class NumberTaken(Conflict):
    """Other vehicles were given the same numbers at the same moment, several times over."""


class AlreadyRiding(Conflict):
    """The rider has a running ride on another vehicle."""


class WrongEndTime(MovRError):
    """A ride ends after its start, and not in the future."""


class TooLateToCancel(Conflict):
    """The ride has ended, or has been running for too long to be cancelled."""


class RideCancelled(Conflict):
    """The rider has cancelled this ride, and its id starts and ends no other."""


class UsernameTaken(Conflict):
    """Another user, in any city, has this username."""


class OwnsVehicles(Conflict):
    """The account shares vehicles and cannot be closed."""


class RideRunning(Conflict):
    """The account has a running ride and cannot be closed."""


class SchemaOutdated(MovRError):
    """The tables are not those that this version needs. The text lists every difference."""


class UpgradeFailed(MovRError):
    """The database could not be upgraded. The text says why and what to do."""


class DatabaseUnavailable(MovRError):
    """The database did not respond in time. A change may or may not have been made."""


class WorldUnavailable(DatabaseUnavailable):
    """Other regions did not respond in time, or were not asked; the home region still may."""


class TooMuchContention(DatabaseUnavailable):
    """The transaction lost every race, retries included. Nothing has changed."""


class UnexpectedDatabaseError(Exception):
    """A database error that MovR should have prevented: a bug."""
