"""People who press the same button at the same moment, on real gunicorn workers and threads."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID, uuid4

import pytest
import requests
from sqlalchemy import select

from movr import MovR
from movr.kinds import VehicleType
from movr.models import Ride, User, Vehicle
from movr.records import Place
from movr.records import User as Account
from tests.support.gunicorn_server import GunicornServer
from tests.support.page_tree import Page
from tests.web.site import PASSWORD, open_account

pytestmark = pytest.mark.slow

ROUNDS = 50
RIDERS = 8


class Browser:
    """A browser on the server; it keeps its connection open, as browsers do."""

    def __init__(self, url: str, account: Account) -> None:
        self.account = account
        self._url = url
        self._session = requests.Session()
        self._token = self._token_on("/login")
        answer = self.post("/login", {"username": account.username, "password": PASSWORD})
        assert answer == (302, "/vehicles")
        self._token = self._token_on("/vehicles")

    def _token_on(self, path: str) -> str:
        page = self._session.get(f"{self._url}{path}", timeout=30)
        assert page.status_code == 200
        fields = Page(page.text).all("input")
        return next(field.attrib["value"] for field in fields if field.get("name") == "csrf_token")

    def post(self, path: str, fields: dict[str, str]) -> tuple[int, str]:
        """Send a form; the status, with 303 as 302, and where the answer leads."""
        answer = self._session.post(
            f"{self._url}{path}",
            data={"csrf_token": self._token, **fields},
            allow_redirects=False,
            timeout=30,
        )
        status = 302 if answer.status_code == 303 else answer.status_code
        return status, answer.headers.get("Location", "")

    def start(self, vehicle_id: UUID, ride_id: UUID | None = None) -> int:
        fields = {"city": "rome", "ride_id": str(ride_id or uuid4())}
        return self.post(f"/rides/start/{vehicle_id}", fields)[0]

    def end(self, ride_id: UUID, location: str = "Pantheon") -> int:
        return self.post(f"/rides/end/{ride_id}", {"city": "rome", "location": location})[0]

    def close(self) -> None:
        self._session.close()


class Races:
    """The server, its database, and threads that start together."""

    def __init__(self, url: str, movr: MovR) -> None:
        self.url, self.movr = url, movr
        self.browsers: list[Browser] = []
        self._threads = ThreadPoolExecutor(RIDERS)
        self._owner = open_account(movr, city="rome")

    def join(self, account: Account | None = None) -> Browser:
        """A browser that is logged in, to a new account if none is given."""
        browser = Browser(self.url, account or open_account(self.movr, city="rome"))
        self.browsers.append(browser)
        return browser

    def add_vehicle(self) -> UUID:
        return self.movr.add_vehicle(
            city="rome",
            owner_id=self._owner.id,
            vehicle_type=VehicleType.SCOOTER,
            color="green",
            brand="Vespa",
            place=Place("Pantheon"),
        )

    def at_once(self, *calls: Callable[[], int]) -> list[int]:
        """What the calls return that all begin at the same moment."""
        barrier = Barrier(len(calls))

        def run(call: Callable[[], int]) -> int:
            barrier.wait(30)
            return call()

        return list(self._threads.map(run, calls))

    def running(self) -> list[tuple[UUID, UUID, UUID]]:
        """(ride, vehicle, rider) of each ride without an end, straight from the table."""
        query = select(Ride.id, Ride.vehicle_id, Ride.rider_id).where(Ride.end_time.is_(None))
        with self.movr.engine.connect() as connection:
            return [(row[0], row[1], row[2]) for row in connection.execute(query)]

    def unavailable(self) -> list[UUID]:
        """The vehicles that are marked as being ridden."""
        query = select(Vehicle.id).where(Vehicle.status == "unavailable")
        with self.movr.engine.connect() as connection:
            return list(connection.scalars(query))

    def riding(self) -> dict[UUID, UUID]:
        """The rides that riders have noted as theirs, by rider."""
        query = select(User.id, User.active_ride_id).where(User.active_ride_id.is_not(None))
        with self.movr.engine.connect() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def rows(self) -> list[tuple[object, ...]]:
        """Every ride there is."""
        with self.movr.engine.connect() as connection:
            return sorted(map(tuple, connection.execute(select(Ride.__table__))), key=str)

    def close(self) -> None:
        self._threads.shutdown()
        for browser in self.browsers:
            browser.close()


@pytest.fixture(scope="module")
def races(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Races]:
    uri = f"sqlite:///{tmp_path_factory.mktemp('races')}/movr.db"
    movr = MovR(uri)
    movr.create_schema()
    # Empty settings are there so that a developer's .env has no say.
    env = {"DEBUG": "True", "DB_URI": uri, "REGION": "", "TRUSTED_HOSTS": ""}
    with GunicornServer(env, workers=2, threads=4) as server:
        races = Races(server.url, movr)
        yield races
        races.close()
    movr.engine.dispose()


@pytest.fixture(scope="module")
def riders(races: Races) -> list[Browser]:
    return [races.join() for _ in range(RIDERS)]


def is_consistent(races: Races) -> bool:
    """Whether rides, vehicles and riders agree on who is riding what."""
    running = races.running()
    return (
        sorted(races.unavailable()) == sorted(vehicle for _, vehicle, _ in running)
        and races.riding() == {rider: ride for ride, _, rider in running}
        and len(running) == len(races.riding())
    )


def test_one_of_eight_riders_gets_a_vehicle_in_every_round(races, riders):
    vehicle = races.add_vehicle()
    winners = set()
    for _ in range(ROUNDS):
        statuses = races.at_once(*(lambda rider=rider: rider.start(vehicle) for rider in riders))
        assert sorted(statuses) == [302] + [409] * (RIDERS - 1)
        winner = riders[statuses.index(302)]
        ((ride, ridden, rider),) = races.running()
        assert (ridden, rider) == (vehicle, winner.account.id)
        assert is_consistent(races)
        assert winner.end(ride) == 302
        assert races.running() == []
        assert is_consistent(races)
        winners.add(rider)
    assert len(races.rows()) == ROUNDS
    # Otherwise they did not race.
    assert len(winners) > 1


def test_one_rider_in_two_browsers_never_has_two_rides(races):
    here = races.join()
    there = races.join(here.account)
    one, other = races.add_vehicle(), races.add_vehicle()
    for _ in range(ROUNDS):
        statuses = races.at_once(lambda: here.start(one), lambda: there.start(other))
        assert sorted(statuses) == [302, 409]
        ((ride, ridden, _),) = races.running()
        assert ridden == (one if statuses[0] == 302 else other)
        assert is_consistent(races)
        assert there.end(ride) == 302
        assert races.running() == []


def test_a_double_click_starts_one_ride_and_ends_it_once(races, riders):
    vehicle = races.add_vehicle()
    rider = races.join()
    again = races.join(rider.account)
    for _ in range(20):
        before = len(races.rows())
        ride = uuid4()
        started = races.at_once(
            lambda ride=ride: rider.start(vehicle, ride),
            lambda ride=ride: again.start(vehicle, ride),
        )
        assert started == [302, 302]
        assert [found for found, _, _ in races.running()] == [ride]
        ended = races.at_once(
            lambda ride=ride: rider.end(ride, "Colosseo"),
            lambda ride=ride: again.end(ride, "Pantheon"),
        )
        assert ended == [302, 302]
        assert races.running() == []
        assert len(races.rows()) == before + 1
        assert is_consistent(races)


def test_what_comes_late_changes_nothing_while_somebody_else_rides(races, riders):
    first, second = riders[:2]
    vehicle = races.add_vehicle()
    ride = uuid4()
    assert first.start(vehicle, ride) == 302
    assert first.start(vehicle, ride) == 302
    assert first.end(ride, "Colosseo") == 302
    assert second.start(vehicle) == 302
    before = races.rows()
    late = races.at_once(
        *(lambda: first.end(ride, "Pantheon"), lambda: first.start(vehicle, ride)),
        *(lambda: first.end(ride, "Pantheon"), lambda: first.start(vehicle, ride)),
    )
    assert late == [302] * 4
    assert races.rows() == before
    ((running, ridden, rider),) = races.running()
    assert (ridden, rider) == (vehicle, second.account.id)
    assert is_consistent(races)
    assert second.end(running) == 302


def test_a_vehicle_is_either_ridden_or_taken_out_of_service(races, riders):
    owner = races.join()
    fields = {"type": "bike", "color": "red", "brand": "Cargo", "location": "Pantheon"}
    for number in range(20):
        _, location = owner.post("/vehicles/add", fields | {"brand": f"Cargo {number}"})
        assert location == f"/users/{owner.account.id}"
        (vehicle,) = races.movr.get_vehicles_of_owner(city="rome", owner_id=owner.account.id).rows
        removed, started = races.at_once(
            lambda id_=vehicle.id: owner.post(f"/vehicles/remove/{id_}", {"city": "rome"})[0],
            lambda id_=vehicle.id: riders[0].start(id_),
        )
        assert (removed, started) in {(302, 404), (409, 302)}
        assert is_consistent(races)
        for ride, _, _ in races.running():
            riders[0].end(ride)
            owner.post(f"/vehicles/remove/{vehicle.id}", {"city": "rome"})


def test_one_of_eight_visitors_gets_a_username(races):
    def sign_up(name: str) -> int:
        with requests.Session() as session:
            page = session.get(f"{races.url}/register", timeout=30)
            token = next(
                field.attrib["value"]
                for field in Page(page.text).all("input")
                if field.get("name") == "csrf_token"
            )
            fields = {"first_name": "A", "last_name": "B", "email": "a@example.com"}
            answer = session.post(
                f"{races.url}/register",
                data={
                    "csrf_token": token,
                    **fields,
                    "city": "rome",
                    "username": name,
                    "password": PASSWORD,
                },
                allow_redirects=False,
                timeout=30,
            )
            return 302 if answer.status_code == 303 else answer.status_code

    names = ["Popular", "popular"] * (RIDERS // 2)
    statuses = races.at_once(*(lambda name=name: sign_up(name) for name in names))
    assert sorted(statuses) == [302] + [409] * (RIDERS - 1)
