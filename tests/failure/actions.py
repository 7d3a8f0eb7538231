"""Everything that a person can change, as a form that is ready to be sent, once or again.

Each action begins with a new person, so that only its own form can have changed anything.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

import requests

from tests.database.world import World
from tests.failure.browser import Browser, leads_to, words_of
from tests.failure.service import CITY, Service
from tests.support.accounts import PASSWORD, new_name, registration


@dataclass(frozen=True)
class Form:
    """A form in somebody's browser, and how to tell what has become of it."""

    browser: Browser
    path: str
    fields: dict[str, str]
    leads_to: str
    times_done: Callable[[World], int]
    """How many times the change that the form is for has been made."""
    understood_again: Callable[[requests.Response], bool] | None = None
    """Whether the answer to a form that has been carried out before is right, if it differs."""

    def send(self) -> requests.Response:
        """Send it as it is, once more if it has been sent."""
        return self.browser.submit(self.path, self.fields)

    def succeeded(self, answer: requests.Response) -> bool:
        """Whether the answer to a form that had not been carried out says that it is now."""
        return leads_to(answer, self.leads_to)

    def understood(self, answer: requests.Response) -> bool:
        """Whether the answer to a form that had been carried out before tells how things stand."""
        return (self.understood_again or self.succeeded)(answer)


def _asks_for_login(answer: requests.Response) -> bool:
    where = answer.headers.get("Location", "")
    return answer.status_code in (302, 303) and where.split("?")[0] == "/login"


def start_ride(service: Service) -> Form:
    """Start a ride on somebody's vehicle."""
    vehicle = service.add_vehicle(service.join())
    rider = service.join()
    return Form(
        rider.browser,
        f"/rides/start/{vehicle}",
        {"city": CITY, "ride_id": str(uuid4())},
        "/rides",
        lambda world: sum(ride.rider_id == rider.user.id for ride in world.rides.values()),
    )


def cancel_ride(service: Service) -> Form:
    """Cancel a ride that has just begun."""
    started = start_ride(service)
    assert started.succeeded(started.send())
    ride_id = started.fields["ride_id"]
    return Form(
        started.browser,
        f"/rides/cancel/{ride_id}",
        {"city": CITY},
        "/vehicles",
        lambda world: sum(
            str(ride.id) == ride_id and ride.cancelled for ride in world.rides.values()
        ),
    )


def end_ride(service: Service) -> Form:
    """End a running ride."""
    started = start_ride(service)
    assert started.succeeded(started.send())
    ride_id = started.fields["ride_id"]
    return Form(
        started.browser,
        f"/rides/end/{ride_id}",
        {"city": CITY, "location": "Spui"},
        f"/rides/{ride_id}?city={CITY}",
        lambda world: sum(
            str(ride.id) == ride_id and ride.end_location == "Spui" for ride in world.rides.values()
        ),
    )


def add_vehicle(service: Service) -> Form:
    """Register a vehicle, the first of its owner."""
    owner = service.join()
    fields = {"type": "scooter", "color": "red", "brand": "Vespa", "location": "Dam"}
    return Form(
        owner.browser,
        "/vehicles/add",
        {"form_id": owner.browser.hidden("/vehicles/add", "form_id"), **fields},
        f"/users/{owner.user.id}",
        lambda world: sum(each.owner_id == owner.user.id for each in world.vehicles.values()),
    )


def change_vehicle(service: Service) -> Form:
    """Correct what is said of an own vehicle."""
    owner = service.join()
    vehicle = service.add_vehicle(owner)
    return Form(
        owner.browser,
        f"/vehicles/change/{vehicle}",
        {"city": CITY, "color": "blue", "brand": "Batavus", "location": "behind the church"},
        f"/users/{owner.user.id}",
        lambda world: sum(
            str(each.id) == vehicle and (each.color, each.latitude) == ("blue", None)
            for each in world.vehicles.values()
        ),
    )


def change_user(service: Service) -> Form:
    """Correct one's own name and address."""
    user, browser = service.join()
    return Form(
        browser,
        f"/users/change/{user.id}",
        {"first_name": "Grace", "last_name": "Hopper", "email": user.email},
        f"/users/{user.id}",
        lambda world: int(world.users[user.city, user.id].first_name == "Grace"),
    )


def change_password(service: Service) -> Form:
    """Change the password and end all other sessions."""
    user, browser = service.join()
    return Form(
        browser,
        f"/users/password/{user.id}",
        {"password": PASSWORD, "new_password": f"{PASSWORD} and a ship"},
        f"/users/{user.id}",
        lambda world: world.users[user.city, user.id].session_epoch,
        # The answer that is lost had the new cookie.
        _asks_for_login,
    )


def remove_vehicle(service: Service) -> Form:
    """Take an own vehicle out of service."""
    owner = service.join()
    vehicle = service.add_vehicle(owner)
    return Form(
        owner.browser,
        f"/vehicles/remove/{vehicle}",
        {"city": CITY},
        f"/users/{owner.user.id}",
        lambda world: sum(
            str(each.id) == vehicle and each.status == "removed" for each in world.vehicles.values()
        ),
    )


def sign_up(service: Service) -> Form:
    """Open an account."""
    visitor = service.new_browser()
    visitor.read_token()
    username = new_name()
    return Form(
        visitor,
        "/register",
        registration(username, CITY),
        "/vehicles",
        lambda world: sum(user.username == username for user in world.users.values()),
        lambda answer: (
            answer.status_code == 409
            and "If you've just signed up with it, log in." in words_of(answer)
        ),
    )


def log_out(service: Service) -> Form:
    """End the session of a browser."""
    user, browser = service.join()
    return Form(
        browser,
        "/logout",
        {},
        "/",
        lambda world: int(not world.users[user.city, user.id].sessions),
        _asks_for_login,
    )


def log_out_everywhere(service: Service) -> Form:
    """End the sessions of an account in all browsers."""
    user, browser = service.join()
    return Form(
        browser,
        "/logout/everywhere",
        {},
        "/",
        lambda world: world.users[user.city, user.id].session_epoch,
        _asks_for_login,
    )


def log_in(service: Service) -> Form:
    """Begin a session in one more browser."""
    user = service.join().user
    browser = service.new_browser()
    browser.read_token()
    return Form(
        browser,
        "/login",
        {"username": user.username, "password": PASSWORD},
        "/vehicles",
        lambda world: len(world.users[user.city, user.id].sessions) - 1,
    )


def close_account(service: Service) -> Form:
    """Close an account that is free to go."""
    user, browser = service.join()
    return Form(
        browser,
        f"/users/remove/{user.id}",
        {"password": PASSWORD},
        "/",
        lambda world: int(world.users[user.city, user.id].username is None),
        _asks_for_login,
    )
