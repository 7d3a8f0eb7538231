"""Demonstration data in the database: it adds up, keeps all rules, and one account is for all."""

from movr import MovR
from movr.errors import NotFound
from movr.records import Place
from movr.regions import CITIES
from movr.sample import DEMO_CITY, DEMO_PASSWORD, DEMO_USERNAME, Sizes
from tests.database.actions import end_ride, start_ride
from tests.database.world import broken_rules, read_world


def test_sample_keeps_every_rule_and_has_the_size_asked_for(movr: MovR):
    added = list(movr.add_sample("rome", Sizes(vehicles=30, riders=10, rides=50)))
    world = read_world(movr)
    assert sum(added) == len(world.vehicles) == 30
    assert len(world.users) == 10 + 3
    running = [ride for ride in world.rides.values() if ride.end_time is None]
    assert len(world.rides) - len(running) == 50
    assert running
    assert broken_rules(world) == []
    assert {key[0] for key in world.users} == {"rome"}


def test_samples_add_up(movr: MovR):
    for _ in range(2):
        list(movr.add_sample("rome", Sizes(12, 4, 4)))
    assert len(read_world(movr).vehicles) == 24


def test_large_sample_comes_in_several_transactions(movr: MovR):
    added = list(movr.add_sample("rome", Sizes(vehicles=500, riders=2, rides=0)))
    assert [count for count in added if count] == [166, 167, 167]


def test_only_the_demonstration_account_can_log_in(movr: MovR):
    assert not movr.has_demo_user()
    list(movr.add_sample(DEMO_CITY, Sizes(12, 4, 4)))
    list(movr.add_sample(DEMO_CITY, Sizes(12, 4, 4)))
    assert movr.has_demo_user()
    found = movr.authenticate(username=DEMO_USERNAME, password=DEMO_PASSWORD, cities=[DEMO_CITY])
    assert found is not None
    other = next(
        user.username for user in read_world(movr).users.values() if user.username != DEMO_USERNAME
    )
    assert movr.authenticate(username=other, password=DEMO_PASSWORD, cities=list(CITIES)) is None


def test_demonstration_account_has_a_history_and_can_ride(movr: MovR):
    list(movr.add_sample(DEMO_CITY, Sizes(12, 4, 4)))
    city, user_id, _ = movr.authenticate(
        username=DEMO_USERNAME, password=DEMO_PASSWORD, cities=[DEMO_CITY]
    )
    demo = movr.get_user(city=city, user_id=user_id)
    assert demo.is_owner
    assert len(movr.get_vehicles_of_owner(city=city, owner_id=user_id).rows) == 3
    assert movr.get_rides(cities=[city], rider_city=city, rider_id=user_id).rows
    free = movr.get_vehicles(city=city, available_only=True).rows[0]
    end_ride(movr, demo, start_ride(movr, demo, free), Place("here"))


def test_sample_of_other_cities_brings_no_demonstration_account(movr: MovR):
    list(movr.add_sample("rome", Sizes(2, 2, 2)))
    assert not movr.has_demo_user()


def test_sample_of_an_unknown_city_is_refused(movr: MovR, refused):
    with refused(NotFound):
        list(movr.add_sample("atlantis", Sizes()))
