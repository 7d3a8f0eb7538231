"""A statement that takes too long is a 503, and what it wanted can be had afterwards."""

from uuid import uuid4

from sqlalchemy import text

from movr.regions import REGIONS
from tests.cluster.conftest import OpenSite
from tests.cluster.test_rivals import add_vehicle
from tests.support.accounts import open_account
from tests.web.site import is_redirect, log_in, new_browser


def test_statement_timeout_is_a_503_and_changes_nothing(
    open_site: OpenSite, database: str, region: str
):
    app = open_site(region, database, DB_STATEMENT_TIMEOUT=3.0)
    movr = open_site(region, database).extensions["movr"]
    city = REGIONS[region][0].name
    rider = open_account(movr, city)
    vehicle = add_vehicle(movr, open_account(movr, city))
    browser = new_browser(app)
    log_in(browser, rider.username)
    form = {"city": city, "ride_id": str(uuid4())}
    with movr.engine.connect() as connection:
        connection.execute(
            text("UPDATE vehicles SET color = 'blue' WHERE city = :city AND id = :id"),
            {"city": city, "id": vehicle.id},
        )
        answer = browser.submit(f"/rides/start/{vehicle.id}", form)
        connection.rollback()
    assert answer.status_code == 503
    assert answer.headers["Retry-After"].isdigit()
    assert movr.get_user(city=city, user_id=rider.id).active_ride is None
    assert is_redirect(browser.submit(f"/rides/start/{vehicle.id}", form), "/rides")
