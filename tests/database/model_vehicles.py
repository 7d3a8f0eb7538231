"""What each method of MovR for vehicles must answer and change."""

from collections.abc import Collection, Sequence
from types import SimpleNamespace
from uuid import UUID

from movr import cursors
from movr.errors import (
    NotFound,
    NotYours,
    ProblemReported,
    VehicleInUse,
    VehicleMoved,
)
from movr.kinds import VehicleStatus, VehicleType
from movr.records import History, OwnVehicle, PastUse, Place, Vehicle
from tests.database.model_rows import NO_RIDES, NOT_RESERVED, ModelRows, is_gone, parked_at
from tests.database.world import as_record


class VehicleModel(ModelRows):
    """Vehicles, by their owners and in lists."""

    def add_vehicle(
        self,
        *,
        city: str,
        owner_id: UUID,
        vehicle_type: VehicleType,
        place: Place,
        vehicle_id: UUID | None = None,
        **looks: str,
    ) -> UUID:
        vehicle_id = vehicle_id or self.fate.new_id
        known = self.vehicles.get((city, vehicle_id))
        if known and known.owner_id == owner_id:
            return vehicle_id
        owner = self._open_account(city, owner_id)
        if known:
            raise NotFound
        owner.is_owner = True
        self.vehicles[city, vehicle_id] = SimpleNamespace(
            city=city,
            id=vehicle_id,
            type=vehicle_type,
            owner_id=owner_id,
            date_added=self.fate.now,
            status=VehicleStatus.AVAILABLE,
            number=self._free_number(city),
            paused_since=None,
            **NOT_RESERVED,
            problem_since=None,
            **parked_at(place),
            **looks,
            **NO_RIDES,
        )
        return vehicle_id

    def number_vehicles(self, *, city: str, vehicle_ids: Sequence[UUID]) -> None:
        for vehicle_id in vehicle_ids:
            vehicle = self.vehicles.get((city, vehicle_id))
            if vehicle is not None and vehicle.number is None:
                vehicle.number = self._free_number(city)

    def _free_number(self, city: str) -> str | None:
        taken = {vehicle.number for vehicle in self.vehicles.values() if vehicle.city == city}
        return next((each for each in self.fate.new_numbers if each not in taken), None)

    def find_vehicle(self, *, city: str, number: str) -> Vehicle:
        for vehicle in self._kept(city):
            if vehicle.number == number:
                return vehicle
        raise NotFound

    def get_vehicles(
        self, *, city: str, vehicle_type: VehicleType | None, available_only: bool
    ) -> list[Vehicle]:
        wanted = (
            vehicle
            for vehicle in self._in_service(city)
            if vehicle_type in (None, vehicle.type)
            and not (available_only and vehicle.status != VehicleStatus.AVAILABLE)
            and not (available_only and vehicle.is_reserved(self.fate.now))
        )
        return sorted(wanted, key=lambda vehicle: (vehicle.status, vehicle.id))

    def get_vehicle(self, *, city: str, vehicle_id: UUID) -> Vehicle:
        for vehicle in self._kept(city):
            if vehicle.id == vehicle_id:
                return vehicle
        raise NotFound

    def get_vehicles_of_owner(self, *, city: str, owner_id: UUID) -> list[OwnVehicle]:
        since = {
            (ride.city, ride.vehicle_id): ride.start_time
            for ride in self.rides.values()
            if ride.end_time is None
        }
        own = (
            as_record(OwnVehicle, vehicle, ridden_since=since.get(key))
            for key, vehicle in self.vehicles.items()
            if (vehicle.city, vehicle.owner_id) == (city, owner_id) and not is_gone(vehicle)
        )
        return sorted(own, key=lambda vehicle: vehicle.id)

    def get_history(
        self, *, city: str, vehicle_id: UUID, owner_city: str, owner_id: UUID
    ) -> History:
        vehicle = self.vehicles.get((city, vehicle_id))
        if vehicle is None or is_gone(vehicle):
            raise NotFound
        if (vehicle.city, vehicle.owner_id) != (owner_city, owner_id):
            raise NotYours
        ended = [
            as_record(PastUse, ride, ride_id=ride.id)
            for ride in self.rides.values()
            if (ride.city, ride.vehicle_id) == (city, vehicle_id)
            and ride.end_time is not None
            and not ride.cancelled
        ]
        ended.sort(key=lambda use: (use.start_time, use.ride_id), reverse=True)
        page = cursors.page_of(ended, lambda use: cursors.write_cursor(use.start_time, use.ride_id))
        return History(as_record(Vehicle, vehicle), page)

    def remove_vehicle(
        self, *, city: str, vehicle_id: UUID, owner_city: str, owner_id: UUID
    ) -> None:
        vehicle = self._own(city, vehicle_id, owner_city, owner_id)
        vehicle.status, vehicle.paused_since = VehicleStatus.REMOVED, None
        vars(vehicle).update(NOT_RESERVED)
        self._resolve(vehicle)

    def pause_vehicle(
        self, *, city: str, vehicle_id: UUID, owner_city: str, owner_id: UUID
    ) -> None:
        vehicle = self._own(city, vehicle_id, owner_city, owner_id)
        if is_gone(vehicle):
            raise NotFound
        if vehicle.paused_since is None:
            vehicle.status, vehicle.paused_since = VehicleStatus.REMOVED, self.fate.now
            vars(vehicle).update(NOT_RESERVED)

    def resume_vehicle(
        self,
        *,
        city: str,
        vehicle_id: UUID,
        owner_city: str,
        owner_id: UUID,
        problem_ids: Collection[UUID] = (),
    ) -> None:
        try:
            vehicle = self._own(city, vehicle_id, owner_city, owner_id)
        except VehicleInUse:
            return
        if is_gone(vehicle):
            raise NotFound
        if any(each.id not in problem_ids for each in self._open_problems(vehicle)):
            raise ProblemReported
        vehicle.status, vehicle.paused_since = VehicleStatus.AVAILABLE, None
        self._resolve(vehicle)

    def change_vehicle(
        self,
        *,
        city: str,
        vehicle_id: UUID,
        owner_city: str,
        owner_id: UUID,
        place: Place,
        ride_count: int | None,
        **looks: str,
    ) -> None:
        vehicle = self._own(city, vehicle_id, owner_city, owner_id)
        if is_gone(vehicle):
            raise NotFound
        if ride_count not in (None, vehicle.ride_count):
            raise VehicleMoved
        vars(vehicle).update(looks, **parked_at(place))

    def _own(self, city: str, vehicle_id: UUID, owner_city: str, owner_id: UUID) -> SimpleNamespace:
        """An owner's vehicle that nobody rides."""
        vehicle = self.vehicles.get((city, vehicle_id))
        if vehicle is None:
            raise NotFound
        if (vehicle.city, vehicle.owner_id) != (owner_city, owner_id):
            raise NotYours
        if vehicle.status == VehicleStatus.UNAVAILABLE:
            raise VehicleInUse
        return vehicle

    def _kept(self, city: str) -> list[Vehicle]:
        return [
            as_record(Vehicle, vehicle)
            for vehicle in self.vehicles.values()
            if vehicle.city == city and not is_gone(vehicle)
        ]

    def _in_service(self, city: str) -> list[Vehicle]:
        return [
            as_record(Vehicle, vehicle)
            for vehicle in self.vehicles.values()
            if vehicle.city == city and vehicle.status != VehicleStatus.REMOVED
        ]
