"""Every page of the site, in the states that differ most, and how a person gets there.

A page that is missing here fails test_accessibility.py.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import update

from movr import MovR
from movr.kinds import ProblemKind, VehicleType
from movr.models import Ride as Rides
from movr.records import LoginSession, Place, Point, Ride, Vehicle
from movr.regions import CITIES
from tests.browser.site import CITY, Person, field, log_in, new_person
from web.config import Config
from web.mail_links import confirmation

HARVARD = Point(42.3734, -71.1190)
COMMON = Point(42.3550, -71.0656)


def free_vehicle(movr: MovR) -> Vehicle:
    """A vehicle that nobody is riding, the first one that the list shows."""
    return movr.get_vehicles(city=CITY, available_only=True).rows[0]


def start(movr: MovR, person: Person) -> Ride:
    """Begin a ride behind the browser's back."""
    return movr.start_ride(
        city=CITY, vehicle_id=free_vehicle(movr).id, rider_city=CITY, rider_id=person.user.id
    )


def end(movr: MovR, person: Person, ride: Ride, point: Point | None = None) -> Ride:
    """End it the same way."""
    return movr.end_ride(
        city=CITY,
        ride_id=ride.id,
        rider_city=CITY,
        rider_id=person.user.id,
        place=Place("Boston Common", point),
    )


def _ride_twice(movr: MovR, person: Person) -> None:
    for _ in range(2):
        end(movr, person, start(movr, person))


def ride_once(movr: MovR, person: Person) -> UUID:
    """From a place on the map to another."""
    vehicle_id = share_one(movr, new_person(movr), point=HARVARD)
    ride = movr.start_ride(
        city=CITY, vehicle_id=vehicle_id, rider_city=CITY, rider_id=person.user.id
    )
    return end(movr, person, ride, COMMON).id


def ride_in_words(movr: MovR, person: Person) -> UUID:
    """From words to words."""
    vehicle_id = share_one(movr, new_person(movr))
    ride = movr.start_ride(
        city=CITY, vehicle_id=vehicle_id, rider_city=CITY, rider_id=person.user.id
    )
    return end(movr, person, ride).id


def _ride_with_and_without_points(movr: MovR, person: Person) -> None:
    ride_in_words(movr, person)
    ride_once(movr, person)


def _ride_and_start_again(movr: MovR, person: Person) -> None:
    _ride_twice(movr, person)
    start(movr, person)


def _begin_earlier(movr: MovR, person: Person, vehicle_id: UUID) -> None:
    """A ride that began a day ago."""
    ride = movr.start_ride(
        city=CITY, vehicle_id=vehicle_id, rider_city=CITY, rider_id=person.user.id
    )
    with movr.engine.begin() as connection:
        connection.execute(
            update(Rides)
            .where(Rides.city == CITY, Rides.id == ride.id)
            .values(start_time=ride.start_time - timedelta(days=1))
        )


def _forget_a_ride(movr: MovR, person: Person) -> None:
    _begin_earlier(movr, person, free_vehicle(movr).id)


def _share_what_is_forgotten(movr: MovR, person: Person) -> None:
    _begin_earlier(movr, new_person(movr), share_one(movr, person))


def share_one(
    movr: MovR, person: Person, kind: VehicleType = VehicleType.BIKE, point: Point | None = None
) -> UUID:
    return movr.add_vehicle(
        city=CITY,
        owner_id=person.user.id,
        vehicle_type=kind,
        color="red",
        brand="Rover",
        place=Place("Harvard Square" if point else "Boston Common", point),
    )


def _pause(movr: MovR, person: Person, vehicle_id: UUID) -> None:
    movr.pause_vehicle(city=CITY, vehicle_id=vehicle_id, owner_city=CITY, owner_id=person.user.id)


def _share_and_pause(movr: MovR, person: Person) -> str | None:
    vehicle_id = share_one(movr, person)
    _pause(movr, person, vehicle_id)
    return movr.get_vehicle(city=CITY, vehicle_id=vehicle_id).number


def _share_what_is_ridden(movr: MovR, person: Person) -> UUID:
    vehicle_id, rider = share_one(movr, person), new_person(movr)
    for _ in range(3):
        ride = movr.start_ride(
            city=CITY, vehicle_id=vehicle_id, rider_city=CITY, rider_id=rider.user.id
        )
        end(movr, rider, ride)
    return vehicle_id


def _report(movr: MovR, vehicle_id: UUID, kind: ProblemKind, words: str = "") -> None:
    """Somebody else says what is wrong."""
    movr.report_problem(
        city=CITY,
        vehicle_id=vehicle_id,
        rider_city=CITY,
        rider_id=new_person(movr).user.id,
        kind=kind,
        words=words,
    )


def _share_what_is_broken(movr: MovR, person: Person) -> str | None:
    ridden = share_one(movr, person, VehicleType.SCOOTER)
    _begin_earlier(movr, new_person(movr), ridden)
    _report(movr, ridden, ProblemKind.FLAT_TYRE)
    _report(movr, ridden, ProblemKind.LOCK, "The lock opens only after several tries.")
    vehicle_id = share_one(movr, person)
    _report(movr, vehicle_id, ProblemKind.BRAKES, "They squeak, and the left one does nothing.")
    return movr.get_vehicle(city=CITY, vehicle_id=vehicle_id).number


def _share(movr: MovR, person: Person) -> None:
    for kind in (VehicleType.BIKE, VehicleType.SCOOTER):
        vehicle_id = share_one(movr, person, kind)
    _pause(movr, person, vehicle_id)


def share_in_every_state(movr: MovR, person: Person) -> None:
    """Five vehicles on the map, each in another state, and one without a point."""
    by_state = {
        state: share_one(movr, person, point=Point(42.36 + number / 300, -71.09))
        for number, state in enumerate(("available", "reserved", "in use", "paused", "problem"))
    }
    share_one(movr, person)
    rider = {"rider_city": CITY, "rider_id": new_person(movr).user.id}
    movr.start_ride(city=CITY, vehicle_id=by_state["in use"], **rider)
    other = {"rider_city": CITY, "rider_id": new_person(movr).user.id}
    movr.reserve_vehicle(city=CITY, vehicle_id=by_state["reserved"], **other)
    _pause(movr, person, by_state["paused"])
    _report(movr, by_state["problem"], ProblemKind.BRAKES)


def _open_own_map(page: Page, _movr: MovR) -> None:
    page.get_by_text("Show on the map").click()
    expect(page.locator(".leaflet-tile-loaded").first).to_be_visible()
    page.locator(".map-marker .map-pin").first.click()
    expect(page.locator(".map-popup")).to_be_visible()


def _share_and_number(movr: MovR, person: Person) -> str | None:
    return movr.get_vehicle(city=CITY, vehicle_id=share_one(movr, person)).number


def _reserve(movr: MovR, person: Person) -> str | None:
    vehicle = free_vehicle(movr)
    movr.reserve_vehicle(city=CITY, vehicle_id=vehicle.id, rider_city=CITY, rider_id=person.user.id)
    return vehicle.number


def _share_what_is_reserved(movr: MovR, person: Person) -> str | None:
    vehicle_id = share_one(movr, person)
    rider = new_person(movr).user
    movr.reserve_vehicle(city=CITY, vehicle_id=vehicle_id, rider_city=CITY, rider_id=rider.id)
    return movr.get_vehicle(city=CITY, vehicle_id=vehicle_id).number


def _have_the_first_one_reserved(movr: MovR, _person: Person) -> None:
    _reserve(movr, new_person(movr))


def _share_eight(movr: MovR, person: Person) -> None:
    for _ in range(8):
        share_one(movr, person)


def _open_city_list(page: Page, _movr: MovR) -> None:
    page.locator(".city-switch summary").click()
    expect(page.get_by_role("button", name="Rome")).to_be_visible()


def _open_all_folds(page: Page, _movr: MovR) -> None:
    for fold in page.locator("summary").all():
        fold.click()


def _log_in_wrongly(page: Page, _movr: MovR) -> None:
    field(page, "Username").fill("nobody-of-this-name")
    field(page, "Password").fill("a wrong password")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_be_visible()


def _fill_in_nothing(page: Page, _movr: MovR) -> None:
    form = page.get_by_role("main").locator("form")
    # As in a browser that checks nothing itself.
    form.evaluate("form => { form.noValidate = true }")
    for text in form.locator("input:visible:not([type=radio], [type=submit])").all():
        text.fill("")
    form.locator("[type=submit]").click()
    expect(page.locator(".invalid-feedback").first).to_be_visible()


def _end_without_a_pin(page: Page, _movr: MovR) -> None:
    field(page, "Where are you leaving it?").fill("behind the church")
    page.get_by_role("button", name="End ride").click()
    expect(page.get_by_role("alert")).to_be_visible()


def _start(page: Page, _movr: MovR) -> None:
    page.get_by_role("button", name="Start ride").first.click()
    expect(page.get_by_role("status", name="Messages")).to_contain_text("Ride started")


def _come_too_late(page: Page, movr: MovR) -> None:
    ride = start(movr, new_person(movr))
    page.locator(f"button[formaction='/rides/start/{ride.vehicle_id}']").click()
    expect(page.get_by_text("Someone just took that one.")).to_be_visible()


def _show_map(page: Page, _movr: MovR) -> None:
    page.get_by_role("button", name="Map", exact=True).click()
    expect(page.locator(".leaflet-marker-icon").first).to_be_visible()


def _pick_on_the_map(page: Page, _movr: MovR) -> None:
    page.get_by_role("button", name="Pick on the map").click()
    expect(page.locator(".leaflet-tile-loaded").first).to_be_visible()


def _see_the_map_of_a_ride(page: Page, _movr: MovR) -> None:
    if page.locator("[data-ride-map]").is_visible():
        expect(page.locator(".map-stop")).to_have_count(2)
        expect(page.locator(".leaflet-tile-loaded").first).to_be_visible()


def _log_in_on_ten_devices(movr: MovR, person: Person) -> None:
    for number in range(10):
        movr.begin_session(
            city=CITY,
            user_id=person.user.id,
            session_epoch=0,
            session=LoginSession(
                uuid4(), date(2026, 11, 1 + number), "Samsung Internet on Android", "washington dc"
            ),
        )


def _send_too_late(page: Page, _movr: MovR) -> None:
    field(page, "Colour").fill("red")
    page.context.clear_cookies()
    form = page.get_by_role("main").locator("form")
    form.evaluate("form => { form.noValidate = true }")
    form.locator("[type=submit]").click()
    expect(page.get_by_text("Log in and send it again")).to_be_visible()


def _forget_password(movr: MovR, person: Person) -> str | None:
    user = person.user
    movr.confirm_email(city=user.city, user_id=user.id, email_hash=user.email_hash)
    return movr.issue_reset(movr.get_user(city=user.city, user_id=user.id))


def _get_confirmation(_movr: MovR, person: Person) -> str:
    app = Flask(__name__)
    app.config.from_mapping(Config(DEBUG=True).flask_settings())
    with app.app_context():
        return confirmation(person.user)


@dataclass(frozen=True)
class State:
    """A page in one state: what has happened before, where it is and what is pressed there.

    In the path, {me} is the person's own id, and {id} the id or number that `before` returns.
    """

    heading: str
    path: str
    logged_in: bool = False
    before: Callable[[MovR, Person], UUID | str | None] = lambda _movr, _person: None
    then: Callable[[Page, MovR], None] = lambda _page, _movr: None

    def reach(self, page: Page, movr: MovR) -> None:
        """Bring the page into this state."""
        if self.logged_in or "{" in self.path:
            person = new_person(movr)
            found = self.before(movr, person)
            path = self.path.format(me=person.user.id, id=found)
            # Links in mails are opened by visitors, too.
            if self.logged_in:
                log_in(page, person, path)
            else:
                page.goto(path)
        else:
            page.goto(self.path)
        self.then(page, movr)


_YEAR = datetime.now(CITIES[CITY].time_zone).year
_HERE = "Vehicles in New York"
_HOME = "Vehicles in Boston"

# A form without errors has nothing that the same form with errors has not.
STATES = {
    "home": State("Ride New York", "/"),
    "vehicles filtered": State(_HERE, "/vehicles?type=scooter&available=1"),
    "city list": State(_HERE, "/vehicles", then=_open_city_list),
    "vehicles on the map": State(_HERE, "/vehicles", then=_show_map),
    "login refused": State("Log in", "/login?next=/rides", then=_log_in_wrongly),
    "sign up with errors": State("Sign up", "/register", then=_fill_in_nothing),
    "help": State("Help", "/help"),
    "help for a rider": State("Help", "/help", True),
    "terms": State("Terms of use", "/terms"),
    "terms for a rider": State("Terms of use", "/terms", True),
    "privacy": State("Privacy", "/privacy"),
    "privacy for a rider": State("Privacy", "/privacy", True),
    "offline": State("You're offline", "/offline"),
    "offline and logged in": State("You're offline", "/offline", True),
    "confirm the address": State(
        "Confirm your email address", "/email/confirm/{id}", before=_get_confirmation
    ),
    "forgotten password with errors": State(
        "Forgot your password?", "/password/forgot", then=_fill_in_nothing
    ),
    "forgotten password of a rider": State("Forgot your password?", "/password/forgot", True),
    "reset": State(
        "Set a new password", f"/password/reset/{CITY}/{{me}}/{{id}}", before=_forget_password
    ),
    "reset of a rider with errors": State(
        "Set a new password",
        f"/password/reset/{CITY}/{{me}}/{{id}}",
        True,
        before=_forget_password,
        then=_fill_in_nothing,
    ),
    "confirm the address of a rider": State(
        "Confirm your email address", "/email/confirm/{id}", True, before=_get_confirmation
    ),
    "not found": State("This page doesn't exist", "/no/such/page"),
    "vehicles to ride": State(_HOME, "/vehicles", True),
    "vehicles on a ride": State(_HOME, "/vehicles", True, before=_ride_and_start_again),
    "too late": State(_HOME, "/vehicles", True, then=_come_too_late),
    "vehicle by its number": State("Red bike", "/v/BO-{id}", True, before=_share_and_number),
    "paused vehicle": State("Red bike", "/v/BO-{id}", True, before=_share_and_pause),
    "vehicle reserved by another": State(
        "Red bike", "/v/BO-{id}", True, before=_share_what_is_reserved
    ),
    "vehicles with a reservation": State(_HOME, "/vehicles", True, before=_reserve),
    "vehicles reserved by others": State(
        _HOME, "/vehicles", True, before=_have_the_first_one_reserved
    ),
    "rides with a reservation": State("Your rides", "/rides", True, before=_reserve),
    "profile with a reserved vehicle": State(
        "Ada Byron", "/users/{me}", True, before=_share_what_is_reserved
    ),
    "reported vehicle": State("Red bike", "/v/BO-{id}", True, before=_share_what_is_broken),
    "profile with problems": State("Ada Byron", "/users/{me}", True, _share_what_is_broken),
    "history": State(
        "History of the red bike", "/vehicles/history/{id}", True, before=_share_what_is_ridden
    ),
    "problem": State("Report a problem", "/problems/report/{id}", True, before=share_one),
    "problem with errors": State(
        "Report a problem", "/problems/report/{id}", True, share_one, _fill_in_nothing
    ),
    "number": State("Enter the number", "/v"),
    "number of a rider": State("Enter the number", "/v", True),
    "number unknown": State("We don't know this number", "/v/BO-1111"),
    "codes": State("Codes for your vehicles", "/vehicles/codes", True, before=_share),
    "profile of many vehicles": State("Ada Byron", "/users/{me}", True, before=_share_eight),
    "rides empty": State("Your rides", "/rides", True),
    "rides past": State(
        *("Your rides", "/rides", True), _ride_with_and_without_points, _see_the_map_of_a_ride
    ),
    "ride just started": State("Your rides", "/vehicles", True, before=_ride_twice, then=_start),
    "ride forgotten": State("Your rides", "/rides", True, _forget_a_ride, _fill_in_nothing),
    "vehicles on a forgotten ride": State(_HOME, "/vehicles", True, _forget_a_ride),
    "profile with a forgotten ride": State(
        "Ada Byron", "/users/{me}", True, _share_what_is_forgotten
    ),
    "pin asked for": State("Your rides", "/rides", True, _ride_and_start_again, _end_without_a_pin),
    "receipt": State("Your ride", "/rides/{id}", True, ride_once, _see_the_map_of_a_ride),
    "receipt in words": State("Your ride", "/rides/{id}", True, before=ride_in_words),
    "months": State(f"Your rides in {_YEAR}", f"/rides/months?year={_YEAR}", True, _ride_twice),
    "riders": State("Riders in Boston", "/users", True),
    "profile empty": State("Ada Byron", "/users/{me}", True),
    "profile of an owner": State("Ada Byron", "/users/{me}", True, _share, _open_all_folds),
    "profile with its map": State(
        *("Ada Byron", "/users/{me}", True), share_in_every_state, _open_own_map
    ),
    "profile on ten devices": State("Ada Byron", "/users/{me}", True, _log_in_on_ten_devices),
    "login to send again": State("Log in", "/vehicles/add", True, then=_send_too_late),
    "details with errors": State("Your details", "/users/change/{me}", True, then=_fill_in_nothing),
    "password with errors": State(
        "Change your password", "/users/password/{me}", True, then=_fill_in_nothing
    ),
    "share on the map": State("Share a vehicle", "/vehicles/add", True, then=_pick_on_the_map),
    "share with errors": State("Share a vehicle", "/vehicles/add", True, then=_fill_in_nothing),
    "change with errors": State(
        "Edit the red bike", "/vehicles/change/{id}", True, share_one, _fill_in_nothing
    ),
}
