"""Riders report problems, owners and operators deal with them; what each of them sees of it."""

from uuid import UUID, uuid4

import pytest

from movr.numbers import full_number
from tests.web.site import (
    Person,
    browser_at,
    dump,
    error_at,
    form_with,
    heading,
    is_redirect,
    join,
    links,
    log_in,
    open_account,
    receipt,
    words,
)

REPORT, REPORTED = (
    "Report the problem",
    "Thank you. The vehicle is out of the list until it's fixed.",
)
FIXED = "It's fixed: list it again: red bike, Dam"


@pytest.fixture
def bike(owner):
    """The owner's red bike, which stands at Dam."""
    (vehicle,) = owner.movr.get_vehicles(city="amsterdam").rows
    return vehicle


def path_of(vehicle):
    return f"/v/{full_number(vehicle.city, vehicle.number)}"


def profile(owner):
    return owner.client.get(f"/users/{owner.user.id}")


def report(person, page, **typed):
    """Follow the link of a page and send the form."""
    form = person.client.get(links(page)["Report a problem"])
    return person.client.press(form, REPORT, **{"kind": "brakes", **typed})


def test_a_reported_vehicle_is_out_of_the_list_until_its_owner_lists_it_again(owner, rider, bike):
    answer = report(rider, rider.client.get(path_of(bike)), words=" They\r\nsqueak. ")
    assert is_redirect(answer, "/vehicles")
    page = rider.client.get("/vehicles")
    assert REPORTED in words(page)
    assert "Red bike" not in words(page)
    page = profile(owner)
    for said in (
        "Brakes · Reported today They squeak. Check the brakes, then list the vehicle again.",
        "Problem",
    ):
        assert said in words(page)
    # Nobody is told who it was.
    assert rider.user.username not in page.text
    assert rider.user.first_name not in words(page)
    assert "Pause" not in words(page)
    assert is_redirect(owner.client.press(page, FIXED), f"/users/{owner.user.id}")
    assert "Available" in words(profile(owner))
    assert "Red bike" in words(rider.client.get("/vehicles"))


def test_a_rider_reports_during_the_ride_and_ends_it_as_usual(owner, rider, bike):
    ride = rider.start_ride(bike.id)
    answer = report(rider, rider.client.get("/rides"))
    assert is_redirect(answer, "/rides")
    page = rider.client.get("/rides")
    assert "When your ride ends, the vehicle is out of the list until it's fixed." in words(page)
    page = profile(owner)
    assert "When the ride ends, it's out of the list until you list it again." in words(page)
    with pytest.raises(AssertionError, match="no form with the button"):
        form_with(page, FIXED)
    rider.end_ride(ride, "Dam")
    assert "Red bike" not in words(rider.client.get("/vehicles"))
    assert form_with(profile(owner), FIXED)


def test_a_rider_reports_from_the_receipt_what_is_paused_by_then(owner, rider, bike):
    ride = rider.end_ride(rider.start_ride(bike.id), "Dam")
    owner.pause_vehicle(bike.id)
    answer = report(rider, rider.client.get(receipt(ride)))
    assert is_redirect(answer, receipt(ride))
    assert REPORTED in words(rider.client.get(receipt(ride)))
    assert form_with(profile(owner), FIXED)


def test_a_receipt_whose_vehicle_is_gone_says_so(owner, rider, bike):
    ride = rider.end_ride(rider.start_ride(bike.id))
    page = rider.client.get(receipt(ride))
    owner.client.submit(f"/vehicles/remove/{bike.id}")
    answer = rider.client.get(links(page)["Report a problem"])
    assert is_redirect(answer, receipt(ride))
    assert "there's nothing to report" in words(rider.client.get(receipt(ride)))


def test_what_is_not_in_the_list_is_reported_by_nobody_who_has_not_ridden_it(owner, rider, bike):
    form = rider.client.get(links(rider.client.get(path_of(bike)))["Report a problem"])
    owner.pause_vehicle(bike.id)
    before = dump(owner.movr)
    for ride_id in (None, uuid4()):
        path = f"/problems/report/{bike.id}?city=amsterdam"
        path += f"&ride={ride_id}" if ride_id else ""
        answer = rider.client.submit(path, {"kind": "brakes"})
        assert answer.status_code in (302, 303)
    assert is_redirect(rider.client.press(form, REPORT, kind="brakes"), "/vehicles")
    assert "nothing to report" in words(rider.client.get("/vehicles"))
    assert dump(owner.movr) == before
    assert "Report a problem" not in links(rider.client.get(path_of(bike)))


def test_whoever_stands_before_a_reported_vehicle_is_told_so(app, owner, rider, bike):
    rider.report_problem(bike.id)
    for browser in (owner.client, join(app).client):
        page = browser.get(path_of(bike))
        assert "Somebody has reported a problem" in words(page)
        assert "Start ride" not in page.text


def test_a_visitor_logs_in_and_is_before_the_form(app, bike):
    visitor = browser_at(app, "198.51.100.7")
    wanted = links(visitor.get(path_of(bike)))["Report a problem"]
    answer = visitor.get(wanted)
    assert answer.status_code in (302, 303)
    user = open_account(app.extensions["movr"])
    page = visitor.press(
        visitor.get(answer.location), "Log in", username=user.username, password="three small boats"
    )
    assert is_redirect(page, wanted)
    assert heading(visitor.get(wanted)) == "Report a problem"


@pytest.mark.parametrize(
    ("typed", "name", "said"),
    [
        ({}, "kind", "Choose what's wrong."),
        ({"kind": "ghosts"}, "kind", "Choose what's wrong."),
        ({"kind": "other", "words": " \n "}, "words", "Describe what's wrong."),
        ({"kind": "lock", "words": "x" * 401}, "words", "Use at most 400 characters."),
        ({"kind": "lock", "words": "\0stuck"}, "words", "characters that can't be shown"),
    ],
)
def test_what_is_wrong_with_a_report_is_said_at_its_field(rider, bike, typed, name, said):
    before = dump(rider.movr)
    page = rider.client.submit(f"/problems/report/{bike.id}?city=amsterdam", typed)
    assert page.status_code == 422
    assert said in words(page)
    if name == "kind":
        assert error_at(page, name) == said
    assert dump(rider.movr) == before


def test_the_same_form_sent_again_reports_nothing_new(owner, rider, bike):
    form = form_with(rider.client.get(f"/problems/report/{bike.id}?city=amsterdam"), REPORT)
    fields = form.fields | {"kind": "brakes"}
    for _ in range(7):
        assert is_redirect(rider.client.post(form.action, data=fields), "/vehicles")
    once = dump(owner.movr)
    owner.client.press(profile(owner), FIXED)
    listed = dump(owner.movr)
    assert listed != once
    # Late, as from a network that was away.
    assert is_redirect(rider.client.post(form.action, data=fields), "/vehicles")
    assert dump(owner.movr) == listed


def test_a_problem_that_the_owner_has_not_seen_stays_open(app, owner, rider, bike):
    rides = []
    for person in (rider, late := join(app)):
        rides.append(person.end_ride(person.start_ride(bike.id), "Dam"))
    rider.report_problem(bike.id)
    page = profile(owner)
    late.report_problem(bike.id, "lock", ride_id=rides[1].id)
    before = dump(owner.movr)
    answer = owner.client.press(page, FIXED)
    assert (answer.status_code, heading(answer)) == (409, "Another problem was reported")
    assert dump(owner.movr) == before
    page = profile(owner)
    assert "Check the lock" in words(page)
    assert "Check the brakes" in words(page)


def test_what_riders_write_is_text(owner, rider, bike):
    rider.report_problem(bike.id, words="<script>alert(1)</script> & 'so on'")
    page = profile(owner)
    assert "<script>alert" not in page.text
    assert "<script>alert(1)</script> & 'so on'" in words(page)


# --- Limits ---


def submit(person: Person, vehicle_id: UUID):
    return person.client.submit(
        f"/problems/report/{vehicle_id}", {"city": "amsterdam", "kind": "missing"}
    )


def test_one_rider_takes_five_vehicles_off_the_street_in_an_hour(owner, rider):
    vehicles = [owner.add_vehicle() for _ in range(6)]
    statuses = [submit(rider, vehicle).status_code for vehicle in vehicles]
    assert set(statuses[:5]) <= {302, 303}
    before = dump(owner.movr)
    page = submit(rider, vehicles[5])
    assert (page.status_code, heading(page)) == (429, "Too many reports")
    assert "Try again in 60 minutes." in words(page)
    assert dump(owner.movr) == before


def test_one_network_takes_twenty_vehicles_off_the_street_in_an_hour(app, owner):
    def newcomer(address):
        user, client = open_account(owner.movr), browser_at(app, address)
        log_in(client, user.username)
        return Person(user, client, owner.movr)

    vehicles = [owner.add_vehicle() for _ in range(22)]
    statuses = [submit(newcomer("198.51.100.1"), each).status_code for each in vehicles[:21]]
    assert statuses[20] == 429
    assert set(statuses[:20]) <= {302, 303}
    assert submit(newcomer("198.51.100.2"), vehicles[21]).status_code in (302, 303)


def test_a_refused_report_does_not_count(owner, rider, bike):
    for _ in range(6):
        assert submit(rider, uuid4()).status_code == 404
    assert submit(rider, bike.id).status_code in (302, 303)
