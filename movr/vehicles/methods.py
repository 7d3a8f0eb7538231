"""The methods of MovR for vehicles."""

from collections.abc import Callable, Iterable
from typing import Final
from uuid import UUID, uuid4

from movr import clock, numbers
from movr.database import Database
from movr.database.methods import reads, reads_a_city, reads_a_city_now, writes, writes_now
from movr.errors import NumberTaken
from movr.kinds import VehicleType
from movr.records import Place
from movr.vehicles import history_queries, map_queries, queries, transactions

# Each attempt fails only where others are given one of the same numbers at the same moment.
_ATTEMPTS: Final = 3


class VehicleMethods(Database):
    """What MovR can do with vehicles."""

    get_vehicle = reads(queries.get_vehicle_txn)
    find_vehicle = reads_a_city(queries.find_vehicle_txn)
    get_vehicles = reads_a_city_now(queries.get_vehicles_txn)
    get_vehicles_in_view = reads_a_city_now(map_queries.get_vehicles_in_view_txn)
    get_vehicles_near = reads_a_city_now(map_queries.get_vehicles_near_txn)
    get_vehicles_of_owner = reads(queries.get_vehicles_of_owner_txn)
    get_history = reads(history_queries.get_history_txn)
    change_vehicle = writes(transactions.change_vehicle_txn)
    pause_vehicle = writes_now(transactions.pause_vehicle_txn)
    remove_vehicle = writes_now(transactions.remove_vehicle_txn)
    resume_vehicle = writes_now(transactions.resume_vehicle_txn)

    def add_vehicle(
        self,
        *,
        city: str,
        owner_id: UUID,
        vehicle_type: VehicleType,
        color: str,
        brand: str,
        place: Place,
        vehicle_id: UUID | None = None,
    ) -> UUID:
        """Add a vehicle in its owner's city and return its id; raises NotFound.

        A caller that may have to repeat the call passes `vehicle_id`: the vehicle is added once.
        """
        vehicle_id = vehicle_id or uuid4()
        now = clock.now()

        def add() -> None:
            self._write(
                transactions.add_vehicle_txn,
                city=city,
                vehicle_id=vehicle_id,
                owner_id=owner_id,
                vehicle_type=vehicle_type,
                color=color,
                brand=brand,
                numbers=numbers.new_numbers(),
                place=place,
                now=now,
            )

        _until_free(add)
        return vehicle_id

    def number_vehicles(self, *, city: str, vehicle_ids: Iterable[UUID]) -> None:
        """Give those of these vehicles a number that have none; may be repeated."""
        ids = tuple(vehicle_ids)

        def give() -> None:
            self._write(
                transactions.number_vehicles_txn,
                city=city,
                numbers={vehicle_id: numbers.new_numbers() for vehicle_id in ids},
            )

        _until_free(give)


def _until_free(write: Callable[[], None]) -> None:
    """Call `write`, which chooses random numbers, again where others were faster."""
    for attempts_left in reversed(range(_ATTEMPTS)):
        try:
            write()
            break
        except NumberTaken:
            if not attempts_left:
                raise
