"""The methods of MovR for vehicles."""

from uuid import UUID, uuid4

from movr import clock
from movr.database import Database
from movr.database.methods import reads, reads_a_city, writes
from movr.records import Place, VehicleType
from movr.vehicles import map_queries, queries, transactions


class VehicleMethods(Database):
    """What MovR can do with vehicles."""

    get_vehicle = reads(queries.get_vehicle_txn)
    get_vehicles = reads_a_city(queries.get_vehicles_txn)
    get_vehicles_in_view = reads_a_city(map_queries.get_vehicles_in_view_txn)
    get_vehicles_near = reads_a_city(map_queries.get_vehicles_near_txn)
    get_vehicles_of_owner = reads(queries.get_vehicles_of_owner_txn)
    change_vehicle = writes(transactions.change_vehicle_txn)
    remove_vehicle = writes(transactions.remove_vehicle_txn)

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
        self._write(
            transactions.add_vehicle_txn,
            city=city,
            vehicle_id=vehicle_id,
            owner_id=owner_id,
            vehicle_type=vehicle_type,
            color=color,
            brand=brand,
            place=place,
            now=clock.now(),
        )
        return vehicle_id
