"""A small world of people, vehicles and rides, and the forms by which somebody may change it."""

from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from flask import Flask
from werkzeug.routing import Rule

from movr import MovR
from movr.records import Ride
from tests.web.site import PASSWORD, Person, SiteClient, join, log_in, new_browser
from web.mail_links import confirmation


class Change(NamedTuple):
    """A form that changes something: who may send it, where to, and with which fields."""

    person: Person
    path: str
    fields: dict[str, Any]


@dataclass(frozen=True)
class World:
    """An owner of vehicles in all states, the rider of the ridden one, and another.

    The other one has reserved a vehicle.
    """

    app: Flask
    movr: MovR
    owner: Person
    rider: Person
    other: Person
    ride: Ride
    free_vehicle: UUID
    paused_vehicle: UUID
    reserved_vehicle: UUID
    session_id: UUID
    """Of the owner, on another device."""

    def changes(self) -> dict[str, Change]:
        """A change by each endpoint that asks for a login."""
        owner, rider = self.owner, self.rider
        here = {"city": "amsterdam"}
        details = {"first_name": "Ada", "last_name": "Byron", "email": "ada@example.com"}
        details["password"] = PASSWORD
        passwords = {"password": PASSWORD, "new_password": f"{PASSWORD} and a ship"}
        about = here | {"color": "blue", "brand": "Cargo", "location": "Spui"}
        start = here | {"ride_id": str(uuid4())}
        new = {"type": "bike", "color": "blue", "brand": "Cargo", "location": "Spui"}
        end = here | {"location": "Spui"}
        problem = here | {"kind": "brakes", "words": "They squeak."}
        return {
            "accounts.change_password": Change(
                owner, f"/users/password/{owner.user.id}", passwords
            ),
            "accounts.change_user": Change(owner, f"/users/change/{owner.user.id}", details),
            "logins.end_session": Change(owner, f"/logout/{self.session_id}", {}),
            "logins.end_sessions": Change(owner, "/logout/everywhere", {}),
            "logins.logout": Change(owner, "/logout", {}),
            "accounts.remove_user": Change(
                self.other, f"/users/remove/{self.other.user.id}", {"password": PASSWORD}
            ),
            "emails.send_again": Change(owner, "/email/send-again", {}),
            "problems.report_problem": Change(
                rider, f"/problems/report/{self.ride.vehicle_id}", problem
            ),
            "reservations.cancel_reservation": Change(
                self.other, f"/reservations/cancel/{self.reserved_vehicle}", here
            ),
            "reservations.reserve_vehicle": Change(
                owner, f"/vehicles/reserve/{self.free_vehicle}", here
            ),
            "rides.cancel_ride": Change(rider, f"/rides/cancel/{self.ride.id}", here),
            "rides.end_ride": Change(rider, f"/rides/end/{self.ride.id}", end),
            "rides.start_ride": Change(owner, f"/rides/start/{self.free_vehicle}", start),
            "vehicles.add_vehicle": Change(owner, "/vehicles/add", new),
            "vehicles.change_vehicle": Change(
                owner, f"/vehicles/change/{self.free_vehicle}", about
            ),
            "vehicles.pause_vehicle": Change(owner, f"/vehicles/pause/{self.free_vehicle}", here),
            "vehicles.resume_vehicle": Change(
                owner, f"/vehicles/resume/{self.paused_vehicle}", here
            ),
            "vehicles.remove_vehicle": Change(owner, f"/vehicles/remove/{self.free_vehicle}", here),
        }

    def forms(self) -> "dict[str, tuple[SiteClient, str, dict[str, Any]]]":
        """Every form of the site by its endpoint, as (browser, path, fields)."""
        found = {
            endpoint: (change.person.client, change.path, change.fields)
            for endpoint, change in self.changes().items()
        }
        login = {"username": self.rider.user.username, "password": "whatever it is"}
        with self.app.app_context():
            token = confirmation(self.other.user)
        return found | {
            "passwords.forgot_password": (
                new_browser(self.app),
                "/password/forgot",
                {"username": self.rider.user.username},
            ),
            "passwords.reset_password": (
                new_browser(self.app),
                # A person of its own, for the others stay logged in.
                reset_link(join(self.app)),
                {"new_password": f"{PASSWORD} and a ship"},
            ),
            "emails.confirm_email": (new_browser(self.app), f"/email/confirm/{token}", {}),
            "logins.login": (new_browser(self.app), "/login", login),
            "accounts.register": (new_browser(self.app), "/register", _NEW_USER),
            "home.choose_city": (new_browser(self.app), "/city/rome", {}),
        }


def reset_link(person: Person) -> str:
    """The link in a mail to somebody who has confirmed the address and forgotten the password."""
    movr, key = person.movr, {"city": person.user.city, "user_id": person.user.id}
    movr.confirm_email(**key, email_hash=person.user.email_hash)
    token = movr.issue_reset(movr.get_user(**key))
    return f"/password/reset/{person.user.city}/{person.user.id}/{token}"


_NEW_USER = {
    "city": "rome",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "email": "ada@example.com",
    "username": "ada",
    "password": "an engine of difference",
}
CHANGES = (
    "accounts.change_password",
    "accounts.change_user",
    "logins.end_session",
    "logins.end_sessions",
    "logins.logout",
    "accounts.remove_user",
    "emails.send_again",
    "problems.report_problem",
    "reservations.cancel_reservation",
    "reservations.reserve_vehicle",
    "rides.cancel_ride",
    "rides.end_ride",
    "rides.start_ride",
    "vehicles.add_vehicle",
    "vehicles.change_vehicle",
    "vehicles.pause_vehicle",
    "vehicles.remove_vehicle",
    "vehicles.resume_vehicle",
)
"""The endpoints that change something for somebody who is logged in; a test compares them."""

FORMS = (
    *CHANGES,
    *("logins.login", "accounts.register", "emails.confirm_email", "home.choose_city"),
    *("passwords.forgot_password", "passwords.reset_password"),
)
"""The endpoints of World.forms(); a test compares them."""


def build_world(app: Flask) -> World:
    """Put a world into the database of an application."""
    owner, rider, other = join(app), join(app), join(app)
    ridden, free = owner.add_vehicle(), owner.add_vehicle("scooter", "green", "Rokin")
    paused = owner.add_vehicle("skateboard", "black", "Rokin")
    owner.pause_vehicle(paused)
    reserved = owner.add_vehicle("bike", "black", "Rokin")
    other.reserve_vehicle(reserved)
    ride = rider.start_ride(ridden)
    log_in(new_browser(app), owner.user.username)
    session_id = owner.movr.get_user(city=owner.user.city, user_id=owner.user.id).sessions[0].id
    return World(app, owner.movr, owner, rider, other, ride, free, paused, reserved, session_id)


def calls(app: Flask) -> list[tuple[str, Rule]]:
    """Every method of every rule of an application that does something of its own."""
    return [
        (method, rule)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def path_of(rule: Rule) -> str:
    """An address that a rule matches, with ids of nothing that exists."""
    _, path = rule.build({name: _EXAMPLES[name]() for name in rule.arguments}) or ("", "")
    return path


_EXAMPLES = {
    "city": lambda: "rome",
    "number": lambda: "RO-2222",
    "filename": lambda: "no-such-file",
    "ride_id": uuid4,
    "session_id": uuid4,
    "token": lambda: "no-such-token",
    "user_id": uuid4,
    "vehicle_id": uuid4,
}
