"""A form that comes too late: it changes nothing, and comes back filled in after the login."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.web.site import (
    COOKIE,
    PASSWORD,
    asks_for_login,
    dump,
    field,
    heading,
    held_in,
    is_redirect,
    log_in,
    new_browser,
    open_account,
    words,
)

ASKED = "You were logged out. Log in and send it again."
AGAIN = "You were logged out, so nothing was changed. Send it again."
EXPIRED = "This form had expired. Check it and send it again."


def end_elsewhere(person):
    """The session ends behind the browser's back, as by a log out on another device."""
    person.movr.end_sessions(city=person.user.city, user_id=person.user.id)


def lose_cookie(person):
    """As after two weeks."""
    person.client.delete_cookie(COOKIE)


def log_out_in_another_tab(person):
    person.client.post("/logout", data={"csrf_token": person.client.token()})


def log_out_and_in(person):
    log_out_in_another_tab(person)
    log_in(person.client, person.user.username)


ENDS = (end_elsewhere, lose_cookie, log_out_in_another_tab)


def send_late(person, ends, path, fields):
    """Send a form of a page that was open while the session ended; return where it leads."""
    token = person.client.token()
    ends(person)
    before = dump(person.movr)
    answer = person.client.post(path, data={"csrf_token": token, **fields})
    assert dump(person.movr) == before
    return answer


def log_in_again(person, answer):
    """Follow to the login page, log in, and open the page that comes then."""
    assert asks_for_login(answer)
    page = person.client.get(answer.location)
    assert ASKED in words(page)
    answer = person.client.press(page, "Log in", username=person.user.username, password=PASSWORD)
    wanted = parse_qs(urlsplit(page.request.url).query)["next"][0]
    assert is_redirect(answer, wanted)
    page = person.client.get(wanted, follow_redirects=True)
    assert AGAIN in words(page)
    return page


@pytest.mark.parametrize("ends", ENDS)
def test_whoever_was_ending_a_ride_lands_on_the_ride_again(rider, owner, ends):
    (vehicle,) = owner.movr.get_vehicles(city="amsterdam").rows
    ride = rider.start_ride(vehicle.id)
    place = {"location": "behind the church", "latitude": "52.37", "longitude": "4.89"}
    late = send_late(rider, ends, f"/rides/end/{ride.id}", {"city": "amsterdam", **place})
    page = log_in_again(rider, late)
    assert heading(page) == "Your rides"
    assert {name: field(page, name).get("value") for name in place} == place
    ended = rider.client.press(page, "End ride")
    assert ended.location.startswith(f"/rides/{ride.id}")
    # It is kept for one page only.
    assert "draft" not in held_in(rider.client)


@pytest.mark.parametrize("ends", ENDS)
def test_form_for_sharing_a_vehicle_comes_back_filled_in(rider, ends):
    fields = {"type": "scooter", "color": "rosé", "brand": "Vespa", "location": "Dam"}
    page = log_in_again(rider, send_late(rider, ends, "/vehicles/add", fields))
    assert [field(page, name).get("value") for name in ("color", "brand")] == ["rosé", "Vespa"]
    assert is_redirect(rider.client.press(page, "Share vehicle"), f"/users/{rider.user.id}")
    (vehicle,) = rider.movr.get_vehicles(city="amsterdam").rows
    assert (vehicle.type, vehicle.color, vehicle.last_location) == ("scooter", "rosé", "Dam")


@pytest.mark.parametrize("ends", ENDS)
def test_changed_details_of_a_rider_and_of_a_vehicle_come_back(rider, ends):
    vehicle_id = rider.add_vehicle()
    details = {"first_name": "Augusta", "last_name": "King", "email": "king@example.com"}
    path = f"/users/change/{rider.user.id}"
    page = log_in_again(rider, send_late(rider, ends, path, details))
    assert {name: field(page, name).get("value") for name in details} == details
    about = {"city": "amsterdam", "color": "blue", "brand": "Cargo", "location": "Spui"}
    page = log_in_again(rider, send_late(rider, ends, f"/vehicles/change/{vehicle_id}", about))
    assert {name: field(page, name).get("value") for name in about} == about


@pytest.mark.parametrize("ends", ENDS)
def test_button_leads_back_to_its_page(rider, owner, ends):
    (vehicle,) = owner.movr.get_vehicles(city="amsterdam").rows
    page = log_in_again(rider, send_late(rider, ends, f"/rides/start/{vehicle.id}", {}))
    assert heading(page) == "Vehicles in Amsterdam"
    path = f"/users/remove/{rider.user.id}"
    page = log_in_again(rider, send_late(rider, ends, path, {"password": PASSWORD}))
    assert page.request.path == f"/users/{rider.user.id}"


def test_form_of_the_session_before_comes_back_to_whoever_is_logged_in_again(rider):
    fields = {"type": "bike", "color": "red", "brand": "Cargo", "location": "Spui"}
    late = send_late(rider, log_out_and_in, "/vehicles/add", fields)
    assert is_redirect(late, "/vehicles/add")
    page = rider.client.get("/vehicles/add")
    assert EXPIRED in words(page)
    assert field(page, "brand").get("value") == "Cargo"
    assert field(rider.client.get("/vehicles/add"), "brand").get("value", "") == ""


@pytest.mark.parametrize("ends", ENDS)
def test_passwords_are_never_kept(rider, ends):
    secret = "a password that is new"
    fields = {"password": PASSWORD, "new_password": secret, "location": "here"}
    send_late(rider, ends, f"/users/password/{rider.user.id}", fields)
    held = held_in(rider.client)
    assert held["draft"]["fields"] == {"location": "here"}
    assert secret not in str(held)
    assert PASSWORD not in str(held)


def test_draft_that_is_too_long_for_a_cookie_is_not_kept(rider):
    fields = {"location": "\N{BICYCLE}" * 500}
    page = log_in_again(rider, send_late(rider, end_elsewhere, "/vehicles/add", fields))
    assert field(page, "location").get("value", "") == ""


@pytest.mark.parametrize("size", [1, 200])
def test_cookie_with_a_draft_is_one_that_browsers_keep(rider, size):
    texts = dict.fromkeys(("location", "color", "brand", "first_name"), "🚲" * size)
    send_late(rider, end_elsewhere, "/vehicles/add", texts)
    assert len(rider.client.get_cookie(COOKIE).value) < 4000


@pytest.mark.parametrize("ends", [end_elsewhere, log_out_in_another_tab])
def test_nobody_else_gets_what_somebody_has_typed(app, rider, ends):
    other = open_account(rider.movr)
    send_late(rider, ends, "/vehicles/add", {"brand": "A secret of mine"})
    log_in(rider.client, other.username)
    assert "draft" not in held_in(rider.client)
    page = rider.client.get("/vehicles/add")
    assert "A secret of mine" not in page.text
    assert AGAIN not in words(page)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Referer": "https://evil.example/"},
        {"Referer": ""},
    ],
)
def test_nothing_is_kept_of_what_another_site_has_filled_in(rider, headers):
    before = held_in(rider.client)
    fields = {"brand": "planted", "location": "planted"}
    answer = rider.client.post("/vehicles/add", data=fields, headers=headers)
    assert answer.status_code == 400
    assert heading(answer) == "This form has expired"
    assert held_in(rider.client) == before


# --- The login page itself ---


@pytest.mark.parametrize("path", ["/login?next=/rides", "/register"])
def test_login_page_in_a_second_tab_just_goes_on(visitor, movr, path):
    user = open_account(movr)
    second_tab = visitor.get(path)
    log_in(visitor, user.username)
    before = dump(movr)
    button = "Log in" if "login" in path else "Sign up"
    typed = {"username": user.username, "password": PASSWORD}
    page = visitor.get(visitor.press(second_tab, button, **typed).location, follow_redirects=True)
    assert page.status_code == 200
    assert page.request.path == ("/rides" if "login" in path else "/vehicles")
    assert dump(movr) == before


def test_second_tab_leads_back_to_the_ride_that_the_first_was_asked_about(rider, owner):
    (vehicle,) = owner.movr.get_vehicles(city="amsterdam").rows
    ride = rider.start_ride(vehicle.id)
    late = send_late(rider, end_elsewhere, f"/rides/end/{ride.id}", {"location": "Spui"})
    second_tab = rider.client.get(late.location)
    log_in(rider.client, rider.user.username)
    answer = rider.client.press(second_tab, "Log in", username="x", password="y")
    page = rider.client.get(answer.location, follow_redirects=True)
    assert heading(page) == "Your rides"
    assert field(page, "location").get("value") == "Spui"


def test_login_page_of_an_earlier_session_comes_back_with_the_name(visitor):
    page = visitor.get("/login")
    with visitor.session_transaction() as session:
        session["csrf_token"] = "ab" * 21
    answer = visitor.press(page, "Log in", username="ada", password=PASSWORD)
    assert is_redirect(answer, "/login")
    page = visitor.get("/login")
    assert EXPIRED in words(page)
    assert field(page, "username").get("value") == "ada"


def test_browser_without_cookies_is_told_so(app):
    browser = new_browser(app)
    page = browser.get("/login")
    browser.delete_cookie(COOKIE)
    answer = browser.press(page, "Log in", username="ada", password=PASSWORD)
    assert answer.status_code == 400
    assert "cookies are turned off" in words(answer)
