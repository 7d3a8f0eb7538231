"""What the page of each refusal and failure says: a status, a heading and a sentence."""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from movr import errors
from web.limits import (
    LimitReached,
    TooManyFirstRides,
    TooManyMails,
    TooManyReports,
    TooManySignUps,
    TooManyWrongPasswords,
)
from web.translation import LazyString
from web.translation import lazy_gettext as _


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """What the page of an error says, and where it leads."""

    status: HTTPStatus
    heading: LazyString | str
    sentence: LazyString | str
    link: str = "vehicles.get_vehicles"
    link_text: LazyString = field(default_factory=lambda: _("See the vehicles"))


_NOT_FOUND: Final = ErrorPage(
    HTTPStatus.NOT_FOUND,
    _("This page doesn't exist"),
    _("The URL may be mistyped, what was here may be gone, or you don't have access to it."),
)
BUSY: Final = ErrorPage(
    HTTPStatus.SERVICE_UNAVAILABLE,
    _("We're very busy right now"),
    _(
        "We couldn't complete your request. Wait a few seconds and try again: doing the same thing"
        " twice does no harm."
    ),
)
"""Of a database, or a server, that cannot answer now."""

DOMAIN_ERRORS: Final[dict[type[errors.MovRError], ErrorPage]] = {
    errors.NotFound: _NOT_FOUND,
    errors.InvalidCursor: ErrorPage(
        HTTPStatus.BAD_REQUEST,
        _("This link is broken"),
        _("It doesn't lead to a page of the list. Start from the first page."),
    ),
    errors.NotYours: ErrorPage(
        HTTPStatus.FORBIDDEN,
        _("This vehicle isn't yours"),
        _("Only its owner can edit it, pause it or stop sharing it. Nothing was changed."),
    ),
    errors.WrongPassword: ErrorPage(
        HTTPStatus.FORBIDDEN,
        _("This isn't your password"),
        _("Go back and type your current password again. Nothing was changed."),
    ),
    errors.ConfirmationVoid: ErrorPage(
        HTTPStatus.GONE,
        _("This link no longer works"),
        _(
            "It works for a week, for the address that you had when we sent it. Your profile says"
            " whether your address is confirmed, and can send you another link."
        ),
        "accounts.get_me",
        _("Go to your profile"),
    ),
    errors.ResetVoid: ErrorPage(
        HTTPStatus.GONE,
        _("This link no longer works"),
        _(
            "It works once and for 30 minutes, and only the newest one does. If you've just set a"
            " new password, log in with it. If not, ask for another link."
        ),
        "passwords.forgot_password",
        _("Ask for another link"),
    ),
    errors.Conflict: ErrorPage(
        HTTPStatus.CONFLICT,
        _("This has just changed"),
        _(
            "Something else changed in the meantime. Go back, reload the page and look again."
            " Nothing was changed."
        ),
    ),
    errors.VehicleUnavailable: ErrorPage(
        HTTPStatus.CONFLICT,
        _("Someone just took that one"),
        _(
            "Another rider has just taken this vehicle. You haven't started or reserved it: choose"
            " another vehicle."
        ),
    ),
    errors.VehiclePaused: ErrorPage(
        HTTPStatus.CONFLICT,
        _("This vehicle is paused"),
        _(
            "Its owner isn't sharing it right now. You haven't started or reserved it: choose"
            " another vehicle."
        ),
    ),
    errors.VehicleReserved: ErrorPage(
        HTTPStatus.CONFLICT,
        _("Someone just reserved that one"),
        _("It's kept for another rider for a few minutes. Choose another vehicle."),
    ),
    errors.ReservedBefore: ErrorPage(
        HTTPStatus.CONFLICT,
        _("You had this one reserved just now"),
        _(
            "So that others get a chance, too, wait five minutes before you reserve it again. If"
            " it's available, you can start your ride right away."
        ),
    ),
    errors.ProblemReported: ErrorPage(
        HTTPStatus.CONFLICT,
        _("Another problem was reported"),
        _("Look at it on your profile before you list the vehicle again. Nothing was changed."),
        "accounts.get_me",
        _("Go to your profile"),
    ),
    errors.AlreadyRiding: ErrorPage(
        HTTPStatus.CONFLICT,
        _("You're already on a ride"),
        _("End your ride before you start the next one."),
        "rides.get_rides",
        _("Go to your ride"),
    ),
    errors.WrongEndTime: ErrorPage(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        _("The ride can't have ended then"),
        _("A ride ends after its start, and not in the future. Go back and choose another time."),
        "rides.get_rides",
        _("Go to your ride"),
    ),
    errors.RideCancelled: ErrorPage(
        HTTPStatus.CONFLICT,
        _("You cancelled this ride"),
        _("It doesn't count. If you'd like to ride after all, choose the vehicle again."),
    ),
    errors.VehicleInUse: ErrorPage(
        HTTPStatus.CONFLICT,
        _("Your vehicle is in use"),
        _(
            "You can edit it, pause it or stop sharing it when the ride has ended. Nothing was"
            " changed."
        ),
        "accounts.get_me",
        _("Go to your profile"),
    ),
    errors.RideRunning: ErrorPage(
        HTTPStatus.CONFLICT,
        _("You're still on a ride"),
        _("End your ride, then close your account. Nothing was changed."),
        "rides.get_rides",
        _("Go to your ride"),
    ),
    errors.OwnsVehicles: ErrorPage(
        HTTPStatus.CONFLICT,
        _("You're still sharing vehicles"),
        _("Stop sharing them on your profile, then close your account. Nothing was changed."),
        "accounts.get_me",
        _("Go to your profile"),
    ),
    errors.SchemaOutdated: BUSY,
    errors.UpgradeFailed: BUSY,
    errors.WorldUnavailable: ErrorPage(
        HTTPStatus.SERVICE_UNAVAILABLE,
        _("Faraway cities aren't responding"),
        _(
            "Signing up, logging in away from home and looking at cities far away need a response"
            " from other regions, and we couldn't get one in time. At home everything works: if"
            " you're logged in you can ride, and with the right username and password you can log"
            " in. Wait a few minutes, then try again: doing the same thing twice does no harm."
        ),
    ),
    errors.DatabaseUnavailable: BUSY,
}
"""By the errors of movr/."""

LIMITS: Final[dict[type[LimitReached], ErrorPage]] = {
    TooManyWrongPasswords: ErrorPage(
        HTTPStatus.TOO_MANY_REQUESTS,
        _("Too many attempts"),
        _(
            "There have been too many wrong passwords. To keep the account safe, we aren't"
            " accepting another one yet."
        ),
    ),
    TooManySignUps: ErrorPage(
        HTTPStatus.TOO_MANY_REQUESTS,
        _("Too many new accounts"),
        _(
            "Many people have just signed up from your network. Switch to another one, such as"
            " mobile data, or wait a while. No account was opened."
        ),
    ),
    TooManyMails: ErrorPage(
        HTTPStatus.TOO_MANY_REQUESTS,
        _("Too many emails"),
        _(
            "You've asked for several emails. Look for them in your spam folder, too, before you"
            " ask for another one. Nothing was changed."
        ),
    ),
    TooManyFirstRides: ErrorPage(
        HTTPStatus.TOO_MANY_REQUESTS,
        _("Too many first rides"),
        _(
            "Others who are new to MovR have just taken vehicles from your network, so you haven't"
            " started or reserved one."
        ),
    ),
    TooManyReports: ErrorPage(
        HTTPStatus.TOO_MANY_REQUESTS,
        _("Too many reports"),
        _("You, or others on your network, have just reported many problems. This one isn't sent."),
    ),
}
"""By the limits; the sentence behind it says when to try again."""

HTTP_ERRORS: Final = {
    page.status: page
    for page in (
        _NOT_FOUND,
        BUSY,
        ErrorPage(
            HTTPStatus.BAD_REQUEST,
            _("This request is incomplete"),
            _("Something is missing or can't be read. Go back, reload the page and try again."),
        ),
        ErrorPage(
            HTTPStatus.FORBIDDEN,
            _("You don't have permission to do this"),
            _("Nothing was changed."),
        ),
        ErrorPage(
            HTTPStatus.METHOD_NOT_ALLOWED,
            _("This link can't be opened directly"),
            _("Use the links and buttons of the site instead."),
        ),
        ErrorPage(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            _("That form is too large"),
            _("You sent more than any of our forms needs. Shorten it and try again."),
        ),
        ErrorPage(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            _("This isn't a form"),
            _("This URL only accepts the forms of this site. Nothing was changed."),
        ),
        ErrorPage(
            HTTPStatus.INTERNAL_SERVER_ERROR,
            _("Something went wrong"),
            _("It's our fault, and we've made a note of it. Please try again."),
        ),
    )
}
"""By the statuses of HTTP."""

ANY_OTHER: Final = ErrorPage(
    HTTPStatus.BAD_REQUEST,
    _("We can't do this"),
    _("The site doesn't know what to do with this request. Use its links and buttons instead."),
)
"""Of any other status."""

CSRF: Final = ErrorPage(
    HTTPStatus.BAD_REQUEST,
    _("This form has expired"),
    _(
        "You've logged in, logged out or changed your password since you opened the form, or"
        " cookies are turned off. Go back, reload the page and try again. Nothing was changed."
    ),
)
"""Of a form whose token is wrong."""
