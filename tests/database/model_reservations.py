"""What each method of MovR for reservations must answer and change."""

from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID

from movr.errors import (
    AlreadyRiding,
    NotFound,
    ReservedBefore,
    VehiclePaused,
    VehicleReserved,
    VehicleUnavailable,
)
from movr.kinds import VehicleStatus
from movr.records import Reservation
from tests.database.model_rows import NOTHING_RESERVED, ModelRows, is_gone, reserver_of


class ReservationModel(ModelRows):
    """Reservations: one a rider, for ten minutes."""

    def reserve_vehicle(
        self, *, city: str, vehicle_id: UUID, rider_city: str, rider_id: UUID
    ) -> Reservation:
        rider = self._open_account(rider_city, rider_id)
        if rider.active_ride_id is not None:
            raise AlreadyRiding
        vehicle = self.vehicles.get((city, vehicle_id))
        if vehicle is None or is_gone(vehicle):
            raise NotFound
        if vehicle.paused_since is not None:
            raise VehiclePaused
        if vehicle.status == VehicleStatus.UNAVAILABLE:
            raise VehicleUnavailable
        is_own = reserver_of(vehicle) == (rider_city, rider_id)
        if self._is_reserved(vehicle):
            if not is_own:
                raise VehicleReserved
            return reservation_of(vehicle)
        if is_own and vehicle.reserved_until > self.fate.now - timedelta(minutes=5):
            raise ReservedBefore
        self._release(rider_city, rider_id)
        until = self.fate.now + timedelta(minutes=10)
        vehicle.reserver_city, vehicle.reserver_id = rider_city, rider_id
        rider.reserved_city, rider.reserved_vehicle_id = city, vehicle_id
        vehicle.reserved_until = rider.reserved_until = until
        return reservation_of(vehicle)

    def cancel_reservation(
        self, *, city: str, vehicle_id: UUID, rider_city: str, rider_id: UUID
    ) -> bool:
        vehicle = self.vehicles.get((city, vehicle_id))
        if vehicle is None or not self._is_reserved(vehicle):
            return False
        if reserver_of(vehicle) != (rider_city, rider_id):
            return False
        vehicle.reserved_until = self.fate.now
        rider = self.users[rider_city, rider_id]
        if (rider.reserved_city, rider.reserved_vehicle_id) == (city, vehicle_id):
            vars(rider).update(NOTHING_RESERVED)
        return True

    def _release(self, rider_city: str, rider_id: UUID) -> None:
        """End whatever the rider has reserved."""
        rider = self.users[rider_city, rider_id]
        vehicle = self._reserved_by(rider)
        if vehicle is not None:
            vehicle.reserved_until = self.fate.now
        vars(rider).update(NOTHING_RESERVED)

    def _reserved_by(self, rider: SimpleNamespace) -> SimpleNamespace | None:
        """The vehicle that is kept for a rider, as the rows of both say."""
        vehicle = self.vehicles.get((rider.reserved_city, rider.reserved_vehicle_id))
        if vehicle is None or rider.reserved_until <= self.fate.now:
            return None
        is_theirs = reserver_of(vehicle) == (rider.city, rider.id)
        return vehicle if is_theirs and self._is_reserved(vehicle) else None


def reservation_of(vehicle: SimpleNamespace) -> Reservation:
    """What a rider sees of the vehicle that is kept for them."""
    return Reservation(
        city=vehicle.city,
        vehicle_id=vehicle.id,
        vehicle_type=vehicle.type,
        vehicle_color=vehicle.color,
        vehicle_number=vehicle.number,
        location=vehicle.last_location,
        until=vehicle.reserved_until,
    )
