"""The cities that a cluster knows, asked of a server; and a server that cannot be understood.

The stand-in has the computed column of the region, but no locality: what is read there goes the
whole way, what only a cluster prints is in tests/unit/test_placement.py.
"""

import secrets
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import pytest
import requests
from flask import Flask
from sqlalchemy import Inspector

from movr import MovR
from movr.database.schema import region_expression, region_in_catalogue
from movr.regions import CITIES
from tests.database.backends import SQLITE, STANDIN
from tests.database.catalogue import run
from tests.support.gunicorn_server import GunicornServer
from tests.support.processes import wait_until
from tests.web.site import SiteClient, new_browser
from web.config import Config

SIGN_UP = {
    "first_name": "Ada",
    "last_name": "Rider",
    "email": "ada@example.com",
    "username": "ada",
    "password": "three small boats",
}
TABLES = ("users", "mails", "vehicles", "problems", "rides")


def add_regions(movr: MovR, table: str, regions: dict[str, str]) -> None:
    """Give a table the column that decides the region, as a cluster has it."""
    run(
        movr,
        f"ALTER TABLE {table} DROP COLUMN IF EXISTS region",
        f"ALTER TABLE {table} ADD COLUMN region text NOT NULL"
        f" GENERATED ALWAYS AS ({region_expression(regions)}) STORED",
    )


@pytest.fixture
def regional(new: MovR) -> MovR:
    """A database whose tables know the region of every city of the catalogue."""
    new.create_schema()
    for table in TABLES:
        add_regions(new, table, region_in_catalogue())
    return new


@pytest.mark.parametrize("new", [STANDIN], indirect=True)
def test_city_is_unknown_until_every_table_knows_it(regional: MovR):
    assert regional.check_schema() == ()
    assert regional.unknown_cities == frozenset()
    fewer = {city: region for city, region in region_in_catalogue().items() if city != "rome"}
    add_regions(regional, "rides", fewer)
    (note,) = regional.check_schema()
    assert note.startswith("the cluster does not know rome yet")
    assert regional.unknown_cities == {"rome"}
    add_regions(regional, "rides", region_in_catalogue())
    assert regional.check_schema() == ()
    assert regional.unknown_cities == frozenset()


@pytest.mark.parametrize("new", [STANDIN], indirect=True)
def test_region_that_cannot_be_read_keeps_no_city_back(regional: MovR):
    run(
        regional,
        "ALTER TABLE users DROP COLUMN region",
        "ALTER TABLE users ADD COLUMN region text GENERATED ALWAYS AS (upper(city)) STORED",
    )
    assert regional.check_schema() == (
        "column region of users could not be read, and so not be compared",
    )
    assert regional.unknown_cities == frozenset()


def test_database_without_regions_knows_every_city(new: MovR):
    new.create_schema()
    assert new.check_schema() == ()
    assert new.unknown_cities == frozenset()
    assert len(CITIES) > 0


UNREADABLE = ("get_pk_constraint", "get_foreign_keys", "get_indexes", "get_unique_constraints")


@pytest.mark.parametrize("new", [SQLITE, STANDIN], indirect=True)
@pytest.mark.parametrize("question", [*UNREADABLE, "get_check_constraints"])
def test_answer_that_cannot_be_understood_is_noted_and_is_no_fault(new: MovR, question: str):
    new.create_schema()

    def misunderstand(*_arguments: Any, **_options: Any) -> Any:
        raise AttributeError("'NoneType' object has no attribute 'groups'")

    with patch.object(Inspector, question, misunderstand):
        notes = new.check_schema()
    assert len(notes) == len(TABLES)
    assert all("could not be compared (AttributeError)" in note for note in notes)


@pytest.mark.parametrize("new", [STANDIN], indirect=True)
def test_condition_in_unknown_words_is_noted_and_is_no_fault(new: MovR):
    new.create_schema()
    run(
        new,
        "ALTER TABLE vehicles DROP CONSTRAINT ck_vehicles_type",
        "ALTER TABLE vehicles ADD CONSTRAINT ck_vehicles_type CHECK (1 = 1)",
    )
    assert new.check_schema() == ("check ck_vehicles_type of vehicles could not be compared",)


@pytest.fixture
def make_app(new_app: Callable[[Config], Flask], regional: MovR) -> Iterator[Callable[..., Flask]]:
    """A factory of applications on a cluster that does not know Rome yet, with a look at it."""
    fewer = {city: region for city, region in region_in_catalogue().items() if city != "rome"}
    add_regions(regional, "users", fewer)
    address = regional.engine.url.render_as_string(hide_password=False)
    secret = secrets.token_hex()
    opened: list[MovR] = []

    def make(**settings: Any) -> Flask:
        app = new_app(Config(SECRET_KEY=secret, DB_URI=address, **settings))
        app.test_client_class = SiteClient
        opened.append(app.extensions["movr"])
        return app

    yield make
    for movr in opened:
        movr.engine.dispose()


@pytest.mark.parametrize("new", [STANDIN], indirect=True)
def test_city_that_the_cluster_does_not_know_is_not_offered_and_the_log_says_why(
    make_app: Callable[..., Flask], caplog: pytest.LogCaptureFixture
):
    app = make_app(REGION="gcp-europe-west1")
    visitor = new_browser(app)
    assert visitor.get("/readyz").status_code == 200
    assert "the cluster does not know rome yet: nobody is offered them" in caplog.text
    assert "flask --app server upgrade-db" in caplog.text
    home = visitor.get("/", headers={"X-City": "Rome", "X-City-Lat-Long": "41.9,12.5"})
    assert "Rome" not in home.text
    assert "Paris" in home.text
    refused = visitor.submit("/register", SIGN_UP | {"city": "rome"})
    assert refused.status_code == 422
    assert visitor.submit("/register", SIGN_UP | {"city": "paris"}).status_code in (302, 303)


@pytest.mark.parametrize("new", [STANDIN], indirect=True)
def test_worker_finds_out_by_itself_when_it_starts(make_app: Callable[..., Flask], regional: MovR):
    config = make_app().config
    settings = {name: config[name] for name in ("SECRET_KEY", "DB_URI")}
    with GunicornServer(settings, app="tests.support.standin_app:app", workers=1) as server:
        assert wait_until(lambda: "the cluster does not know rome yet" in server.log(), 20)
        page = requests.get(server.url, timeout=10).text
        assert "Rome" not in page
        assert "Paris" in page


@pytest.mark.parametrize("new", [STANDIN], indirect=True)
def test_container_is_not_ready_while_the_cluster_knows_no_city_of_its_region(
    make_app: Callable[..., Flask], regional: MovR, caplog: pytest.LogCaptureFixture
):
    europe = "gcp-europe-west1"
    others = {city: there for city, there in region_in_catalogue().items() if there != europe}
    add_regions(regional, "users", others)
    in_europe, in_the_east = make_app(REGION=europe), make_app(REGION="gcp-us-east1")
    assert new_browser(in_europe).get("/readyz").status_code == 503
    assert "the cluster knows no city of this region yet" in caplog.text
    assert new_browser(in_the_east).get("/readyz").status_code == 200
