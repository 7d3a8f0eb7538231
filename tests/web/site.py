"""The site as people use it: browsers, accounts, and what can be read off a page."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4
from xml.etree.ElementTree import Element

from flask import Flask, session
from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from movr import MovR
from movr.kinds import ProblemKind, VehicleType
from movr.models import Base
from movr.records import Place, Point, Ride, User
from tests.support.page_tree import parsed
from tests.support.pages import CheckedClient
from web.csrf import masked_token
from web.sessions import log_in as begin_session

PASSWORD = "three small boats"
COOKIE = "__Host-movr"

_TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')


class SiteClient(CheckedClient):
    """A browser on the site: it says where it comes from, and its forms carry its token."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Over https, Flask-WTF wants to see that a form was sent from a page of the site.
        self.environ_base["HTTP_REFERER"] = "https://localhost/"
        self._token, self._token_of = "", None

    def token(self) -> str:
        """A CSRF token that is good in this browser, read off a page once in each session."""
        if self._token_of is None or self._token_of != held_in(self).get("csrf_token"):
            # The smallest pages with a form, unchecked, for speed: their own tests check them.
            _city, _, who = held_in(self).get("_user_id", "").partition("/")
            path = f"/users/password/{who.partition('/')[0]}" if who else "/login"
            self._token = token_in(FlaskClient.open(self, path, follow_redirects=True))
            self._token_of = held_in(self)["csrf_token"]
        return self._token

    def hold_session_of(self, user: User) -> None:
        """Log in past the pages, which takes a tenth of the time."""
        with self.session_transaction() as held, self.application.test_request_context():
            begin_session(user.city, user.id, user.session_epoch)
            self._token = masked_token()
            held.update(session)
        self._token_of = held["csrf_token"]

    def submit(
        self,
        path: str,
        fields: Mapping[str, Any] | None = None,
        method: str = "POST",
        **options: Any,
    ) -> TestResponse:
        """Send a form with these fields and a good token."""
        data = {"csrf_token": self.token(), **(fields or {})}
        return self.open(path, method=method, data=data, **options)

    def press(self, page: TestResponse, button: str, **typed: str) -> TestResponse:
        """Fill in the form that has this button and press it."""
        form = form_with(page, button)
        return self.post(form.action, data={**form.fields, **typed})


def new_browser(app: Flask) -> SiteClient:
    """A browser that has not been on the site before."""
    client = app.test_client()
    assert isinstance(client, SiteClient)
    return client


def browser_at(app: Flask, address: str) -> SiteClient:
    """A browser that comes from an address of its own."""
    client = new_browser(app)
    client.environ_base["REMOTE_ADDR"] = address
    return client


def held_in(client: SiteClient) -> dict[str, Any]:
    """What the session of a browser holds."""
    app = client.application
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer
    # As the server reads it, which believes no cookie that it has not signed.
    good, held = signer.loads_unsafe(cookie.value) if cookie else (False, None)
    return dict(held) if good and held else {}


@dataclass(frozen=True)
class Form:
    """A form of a page: where it goes and what it holds as it comes."""

    action: str
    fields: dict[str, str]


def token_in(page: TestResponse) -> str:
    """The CSRF token that the forms of a page carry."""
    found = _TOKEN.search(page.text)
    assert found, f"{page.request.path} has no form with a token"
    return found[1]


def form_with(page: TestResponse, button: str) -> Form:
    """The form that a button with this text, or this accessible name, would send."""
    for form in parsed(page.text).all("form"):
        for control in form.iter():
            if control.tag != "button" and control.get("type") != "submit":
                continue
            texts = (_joined(control), control.get("value"), control.get("aria-label"))
            if button in texts:
                action = control.get("formaction") or form.get("action") or page.request.path
                return Form(action, dict(_values(form)))
    raise AssertionError(f"{page.request.path} has no form with the button {button!r}")


def _values(form: Element) -> Iterator[tuple[str, str]]:
    for control in form.iter("input"):
        kind, name = control.get("type", "text"), control.get("name")
        chosen = kind not in ("radio", "checkbox") or "checked" in control.attrib
        if name and chosen and kind != "submit":
            yield name, control.get("value", "")
    for menu in form.iter("select"):
        options = list(menu.iter("option"))
        selected = [option for option in options if "selected" in option.attrib]
        yield menu.get("name", ""), (selected or options)[0].get("value", "")


def _joined(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def words(page: TestResponse) -> str:
    """All the text of a page, head and menu included, with single spaces."""
    return _joined(parsed(page.text).root)


def heading(page: TestResponse) -> str:
    """The main heading of a page."""
    return _joined(parsed(page.text).all("h1")[0])


def links(page: TestResponse) -> dict[str, str]:
    """Where the links of a page lead, by their text."""
    return {_joined(link): link.get("href", "") for link in parsed(page.text).all("a")}


def next_link(page: TestResponse) -> str | None:
    """Where the link to the next page of a list leads; None on the last page."""
    found = [link for link in parsed(page.text).all("a") if link.get("rel") == "next"]
    return found[0].get("href") if found else None


def field(page: TestResponse, name: str) -> Element:
    """The first control of a page with this name."""
    controls = parsed(page.text).all("input", "select")
    return next(control for control in controls if control.get("name") == name)


def error_at(page: TestResponse, name: str) -> str:
    """What is said to be wrong with a field, the way screen readers find it; "" if nothing."""
    tree = parsed(page.text)
    for control in tree.all("input", "select", "fieldset"):
        parts = [control, *control.iter("input")]
        errors = [
            tree.content(tree.by_id[id_][0])
            for id_ in tree.referenced(control, "aria-describedby")
            if id_.endswith("-error")
        ]
        if errors and name in [part.get("name") for part in parts]:
            assert control.get("aria-invalid") == "true", f"{name} is not marked as invalid"
            return " ".join(errors)
    return ""


def is_redirect(response: TestResponse, to: str) -> bool:
    """Whether a browser is sent there by GET; Flask 3.2 says so with 303 in place of 302."""
    return response.status_code in (302, 303) and response.location == to


def receipt(ride: Ride) -> str:
    """The address of a ride that has ended."""
    return f"/rides/{ride.id}?{urlencode({'city': ride.city})}"


def asks_for_login(response: TestResponse) -> bool:
    """Whether a browser is sent to the login page, wherever it leads from there."""
    return response.status_code in (302, 303) and response.location.split("?")[0] == "/login"


def dump(movr: MovR) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, to compare before and after."""
    with movr.engine.connect() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=str)
            for table in Base.metadata.sorted_tables
        }


@dataclass(frozen=True)
class Person:
    """Somebody with an account, and the browser in which they are logged in."""

    user: User
    client: SiteClient
    movr: MovR

    def add_vehicle(self, kind: str = "bike", color: str = "red", location: str = "Dam") -> UUID:
        """Share a vehicle in the home city, past the pages."""
        return self.movr.add_vehicle(
            city=self.user.city,
            owner_id=self.user.id,
            vehicle_type=VehicleType(kind),
            color=color,
            brand="Gazelle",
            place=Place(location, Point(52.373, 4.893)),
        )

    def pause_vehicle(self, vehicle_id: UUID) -> None:
        """Pause a vehicle, past the pages."""
        self.movr.pause_vehicle(
            city=self.user.city,
            vehicle_id=vehicle_id,
            owner_city=self.user.city,
            owner_id=self.user.id,
        )

    def reserve_vehicle(self, vehicle_id: UUID) -> None:
        """Reserve a vehicle of the home city, past the pages."""
        self.movr.reserve_vehicle(
            city=self.user.city,
            vehicle_id=vehicle_id,
            rider_city=self.user.city,
            rider_id=self.user.id,
        )

    def report_problem(
        self, vehicle_id: UUID, kind: str = "brakes", words: str = "", ride_id: UUID | None = None
    ) -> None:
        """Report a problem of a vehicle in the home city, past the pages."""
        self.movr.report_problem(
            city=self.user.city,
            vehicle_id=vehicle_id,
            rider_city=self.user.city,
            rider_id=self.user.id,
            kind=ProblemKind(kind),
            words=words,
            ride_id=ride_id,
        )

    def start_ride(self, vehicle_id: UUID, city: str | None = None) -> Ride:
        """Start a ride, past the pages."""
        return self.movr.start_ride(
            city=city or self.user.city,
            vehicle_id=vehicle_id,
            rider_city=self.user.city,
            rider_id=self.user.id,
        )

    def end_ride(self, ride: Ride, location: str = "Spui") -> Ride:
        """End a ride, past the pages."""
        return self.movr.end_ride(
            city=ride.city,
            ride_id=ride.id,
            rider_city=self.user.city,
            rider_id=self.user.id,
            place=Place(location),
        )


def open_account(movr: MovR, username: str | None = None, city: str = "amsterdam") -> User:
    """Open an account past the pages; its password is PASSWORD."""
    username = username or f"u{uuid4().hex[:12]}"
    return movr.add_user(
        city=city,
        first_name=f"First-{username}",
        last_name=f"Last-{username}",
        email=f"{username}@example.com",
        username=username,
        password=PASSWORD,
    )


def log_in(
    client: SiteClient, username: str, password: str = PASSWORD, path: str = "/login"
) -> TestResponse:
    """Log in as a person does."""
    return client.submit(path, {"username": username, "password": password})


def join(app: Flask, username: str | None = None, city: str = "amsterdam") -> Person:
    """Open an account and begin a session in a browser of its own, past the pages."""
    movr: MovR = app.extensions["movr"]
    user = open_account(movr, username, city)
    client = new_browser(app)
    client.hold_session_of(user)
    return Person(user, client, movr)
