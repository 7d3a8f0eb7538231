"""Where a rider has ridden, as the rider's own row tells: kept by each end, mended when unknown."""

from sqlalchemy import update

from movr import MovR
from movr.models import User
from movr.regions import CITIES
from movr.rides.cities import CityNames, edged
from tests.database.actions import cancel_ride, end_ride, reread, start_ride
from tests.database.backends import on_each_server
from tests.database.wire import messages


def ride_in(movr: MovR, rider, create_vehicle, *cities):
    for city in cities:
        end_ride(movr, rider, start_ride(movr, rider, create_vehicle(city=city)))


def forget(movr: MovR, rider, **noted):
    """Let the row be as a version leaves it that does not note cities."""
    with movr.engine.begin() as connection:
        connection.execute(
            update(User).where(User.city == rider.city, User.id == rider.id).values(**noted)
        )


def note(movr: MovR, rider):
    return movr.note_cities(rider_city=rider.city, rider_id=rider.id)


def test_each_ended_ride_notes_its_city_once(movr: MovR, rider, create_vehicle):
    assert rider.ridden_in == ()
    ride_in(movr, rider, create_vehicle, "new york", "rome", "new york")
    assert set(reread(movr, rider).ridden_in) == {"new york", "rome"}
    assert len(reread(movr, rider).ridden_in) == 2


def test_running_and_cancelled_rides_note_nothing(movr: MovR, rider, create_vehicle):
    ride = start_ride(movr, rider, create_vehicle(city="rome"))
    assert reread(movr, rider).ridden_in == ()
    cancel_ride(movr, rider, ride)
    assert reread(movr, rider).ridden_in == ()
    assert note(movr, rider) == ()


def test_what_a_former_version_has_not_noted_is_unknown_until_it_is_looked_up(
    movr: MovR, rider, create_vehicle
):
    ride_in(movr, rider, create_vehicle, "rome", "boston")
    forget(movr, rider, ridden_in=(), rides_noted=0)
    assert reread(movr, rider).ridden_in is None
    ride_in(movr, rider, create_vehicle, "new york")
    assert reread(movr, rider).ridden_in is None
    assert note(movr, rider) == ("new york", "boston", "rome")
    assert reread(movr, rider).ridden_in == note(movr, rider)
    ride_in(movr, rider, create_vehicle, "paris")
    assert reread(movr, rider).ridden_in == ("new york", "boston", "rome", "paris")


def test_rides_of_others_are_not_noted(movr: MovR, rider, create_rider, create_vehicle):
    ride_in(movr, create_rider(), create_vehicle, "rome")
    assert note(movr, rider) == ()


@on_each_server
def test_looking_the_cities_up_takes_two(movr: MovR, rider):
    with messages() as sent:
        note(movr, rider)
    assert sent == ["BEGIN; SAVEPOINT; UPDATE", "RELEASE; COMMIT"]


def test_every_city_fits():
    assert len("".join(map(edged, CITIES))) < CityNames.impl.length / 4
