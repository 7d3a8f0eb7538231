"""What each method of MovR for rides must answer and change."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

from movr.errors import (
    AlreadyRiding,
    NotFound,
    RideCancelled,
    TooLateToCancel,
    VehiclePaused,
    VehicleReserved,
    VehicleUnavailable,
    WrongEndTime,
)
from movr.kinds import VehicleStatus
from movr.records import ForgottenRide, Place, Point, Ride, Totals
from tests.database.model_reservations import ReservationModel
from tests.database.model_rows import CITIES, NOT_RESERVED, is_gone, parked_at, reserver_of
from tests.database.world import as_record


class RideModel(ReservationModel):
    """Rides, from start to end, and the history."""

    def get_rides(self, *, cities: Sequence[str], rider_city: str, rider_id: UUID) -> list[Ride]:
        ended = (
            self._ride(ride)
            for ride in self.rides.values()
            if (ride.rider_city, ride.rider_id) == (rider_city, rider_id)
            and ride.city in cities
            and ride.end_time is not None
            and not ride.cancelled
        )
        return sorted(ended, key=lambda ride: (ride.start_time, ride.id), reverse=True)

    def get_ride(self, *, city: str, ride_id: UUID, rider_city: str, rider_id: UUID) -> Ride:
        ride = self._own_ride(city, ride_id, rider_city, rider_id)
        if ride.cancelled:
            raise NotFound
        return self._ride(ride)

    def get_ride_totals(
        self,
        *,
        cities: Sequence[str],
        rider_city: str,
        rider_id: UUID,
        periods: Sequence[tuple[datetime, datetime]],
    ) -> tuple[Totals, ...]:
        rides = self.get_rides(cities=cities, rider_city=rider_city, rider_id=rider_id)
        totals = []
        for begin, end in periods:
            lengths = [
                ride.length or timedelta(0) for ride in rides if begin <= ride.start_time < end
            ]
            totals.append(Totals(len(lengths), sum(lengths, timedelta(0))))
        return tuple(totals)

    def start_ride(
        self,
        *,
        city: str,
        vehicle_id: UUID,
        rider_city: str,
        rider_id: UUID,
        ride_id: UUID | None = None,
        mail_in: str | None = None,
    ) -> Ride:
        ride_id = ride_id or self.fate.new_id
        known = self.rides.get((city, ride_id))
        if known and (known.rider_city, known.rider_id) == (rider_city, rider_id):
            if known.cancelled:
                raise RideCancelled
            return self._ride(known)
        rider = self._open_account(rider_city, rider_id)
        if rider.active_ride_id is not None:
            running = self.rides[rider.active_ride_city, rider.active_ride_id]
            if (running.city, running.vehicle_id) != (city, vehicle_id):
                raise AlreadyRiding
            return self._ride(running)
        vehicle = self.vehicles.get((city, vehicle_id))
        if known or vehicle is None or is_gone(vehicle):
            raise NotFound
        if vehicle.paused_since is not None:
            raise VehiclePaused
        if vehicle.status == VehicleStatus.UNAVAILABLE:
            raise VehicleUnavailable
        if self._is_reserved(vehicle) and reserver_of(vehicle) != (rider_city, rider_id):
            raise VehicleReserved
        vehicle.status = VehicleStatus.UNAVAILABLE
        vars(vehicle).update(NOT_RESERVED)
        self._release(rider_city, rider_id)
        rider.active_ride_city, rider.active_ride_id = city, ride_id
        self.rides[city, ride_id] = SimpleNamespace(
            city=city,
            id=ride_id,
            rider_city=rider_city,
            rider_id=rider_id,
            vehicle_id=vehicle_id,
            start_location=vehicle.last_location,
            start_latitude=vehicle.latitude,
            start_longitude=vehicle.longitude,
            end_location=None,
            end_latitude=None,
            end_longitude=None,
            start_time=self.fate.now,
            end_time=None,
            length=None,
            cancelled=False,
            note_in=mail_in,
        )
        return self._ride(self.rides[city, ride_id])

    def cancel_ride(self, *, city: str, ride_id: UUID, rider_city: str, rider_id: UUID) -> None:
        ride = self._own_ride(city, ride_id, rider_city, rider_id)
        if ride.cancelled:
            return
        if ride.end_time is not None or self.fate.now - ride.start_time > timedelta(minutes=1):
            raise TooLateToCancel
        ride.cancelled = True
        start = ride.start_latitude and Point(ride.start_latitude, ride.start_longitude)
        _, vehicle = self._finish(ride, Place(ride.start_location, start))
        # As if it had been reserved until then.
        vehicle.reserver_city, vehicle.reserver_id = rider_city, rider_id
        vehicle.reserved_until = ride.start_time

    def end_ride(
        self,
        *,
        city: str,
        ride_id: UUID,
        rider_city: str,
        rider_id: UUID,
        place: Place,
        end_time: datetime | None = None,
    ) -> Ride:
        ride = self._own_ride(city, ride_id, rider_city, rider_id)
        if ride.cancelled:
            raise RideCancelled
        if ride.end_time is None:
            if end_time and not ride.start_time <= end_time <= self.fate.now:
                raise WrongEndTime
            rider, vehicle = self._finish(ride, place, end_time)
            vars(vehicle).update(parked_at(place))
            for ridden in (rider, vehicle):
                ridden.ride_count += 1
                ridden.time_ridden += ride.length
            rider.ridden_in = (*(each for each in rider.ridden_in if each != city), city)
            rider.rides_noted += 1
        return self._ride(ride)

    def get_forgotten_rides(self, *, city: str, started_by: datetime) -> tuple[ForgottenRide, ...]:
        found = [
            ride
            for ride in self.rides.values()
            if ride.city == city and ride.note_in and ride.start_time <= started_by
        ]
        found.sort(key=lambda ride: ride.vehicle_id)
        return tuple(as_record(ForgottenRide, ride, language=ride.note_in) for ride in found)

    def ask_if_riding(self, ride: ForgottenRide) -> bool:
        row = self.rides[ride.city, ride.id]
        is_asked, row.note_in = row.note_in is not None, None
        return is_asked

    def note_cities(self, *, rider_city: str, rider_id: UUID) -> tuple[str, ...]:
        rider = self._open_account(rider_city, rider_id)
        rides = self.get_rides(cities=CITIES, rider_city=rider_city, rider_id=rider_id)
        # In the order of the catalogue.
        ridden = tuple(city for city in CITIES if city in {ride.city for ride in rides})
        rider.ridden_in, rider.rides_noted = ridden, rider.ride_count
        return ridden

    def _own_ride(
        self, city: str, ride_id: UUID, rider_city: str, rider_id: UUID
    ) -> SimpleNamespace:
        ride = self.rides.get((city, ride_id))
        if ride is None or (ride.rider_city, ride.rider_id) != (rider_city, rider_id):
            raise NotFound
        return ride

    def _finish(
        self, ride: SimpleNamespace, place: Place, end_time: datetime | None = None
    ) -> tuple[SimpleNamespace, SimpleNamespace]:
        """End a running ride, and return its rider and its vehicle, who are free."""
        # A clock that is behind ends the ride when it began.
        ride.end_time = max(ride.start_time, end_time or self.fate.now)
        ride.length = ride.end_time - ride.start_time
        ride.end_location = place.name
        ride.end_latitude = place.point and place.point.latitude
        ride.end_longitude = place.point and place.point.longitude
        ride.note_in = None
        rider = self.users[ride.rider_city, ride.rider_id]
        rider.active_ride_city = rider.active_ride_id = None
        vehicle = self.vehicles[ride.city, ride.vehicle_id]
        vehicle.paused_since = vehicle.problem_since
        is_reported = vehicle.problem_since is not None
        vehicle.status = VehicleStatus.REMOVED if is_reported else VehicleStatus.AVAILABLE
        return rider, vehicle
