"""The methods of MovR for rides."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from movr import clock
from movr.database import Database
from movr.database.methods import reads
from movr.records import Page, Place, Ride, Totals
from movr.rides import queries, transactions
from movr.rules import CANCEL_WITHIN


class RideMethods(Database):
    """What MovR can do with rides."""

    get_ride = reads(queries.get_ride_txn)

    def get_rides(
        self,
        *,
        cities: Sequence[str],
        rider_city: str,
        rider_id: UUID,
        cursor: str | None = None,
        from_afar: bool = False,
    ) -> Page[Ride]:
        """Return a page of a rider's ended rides in `cities`, newest first.

        With `from_afar`, for cities of other regions, raises WorldUnavailable if they do not
        respond; what they say is never old. Raises InvalidCursor.
        """
        return self._read_by(
            self._way(from_afar),
            queries.get_rides_txn,
            cities=cities,
            rider_city=rider_city,
            rider_id=rider_id,
            cursor=cursor,
        )

    def get_ride_totals(
        self,
        *,
        cities: Sequence[str],
        rider_city: str,
        rider_id: UUID,
        periods: Sequence[tuple[datetime, datetime]],
        from_afar: bool = False,
    ) -> tuple[Totals, ...]:
        """Return the number and total time of a rider's ended rides in `cities`, by period.

        A ride belongs to the period in which it started. A period includes its begin but not its
        end. `from_afar` is as in get_rides.
        """
        return self._read_by(
            self._way(from_afar),
            queries.get_ride_totals_txn,
            cities=cities,
            rider_city=rider_city,
            rider_id=rider_id,
            periods=periods,
        )

    def note_cities(self, *, rider_city: str, rider_id: UUID) -> tuple[str, ...]:
        """Note in which cities a rider has ridden, and return them.

        For a user whose `ridden_in` is None. Raises NotFound, and WorldUnavailable unless every
        region responds.
        """
        return self._write_by(
            self._world, transactions.note_cities_txn, rider_city=rider_city, rider_id=rider_id
        )

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
        """Start a ride and return it; raises NotFound, AlreadyRiding, VehiclePaused,
        VehicleReserved and VehicleUnavailable.

        A caller that may have to repeat the call passes `ride_id`: the ride is started once, and
        returned as it is by then. Once it is cancelled, the same id raises RideCancelled. Starting
        the vehicle that the rider is riding already returns the running ride. If it seems forgotten
        later, the rider is asked by mail in the language `mail_in`, if there is one.
        """
        return self._write(
            transactions.start_ride_txn,
            ride_id=ride_id or uuid4(),
            city=city,
            vehicle_id=vehicle_id,
            rider_city=rider_city,
            rider_id=rider_id,
            now=clock.now(),
            mail_in=mail_in,
        )

    def cancel_ride(self, *, city: str, ride_id: UUID, rider_city: str, rider_id: UUID) -> None:
        """Undo a start, within CANCEL_WITHIN and while the ride is running.

        It leaves no receipt and counts nowhere. Cancelling twice is done once. Raises NotFound,
        also for another rider's ride, and TooLateToCancel.
        """
        now = clock.now()
        self._write(
            transactions.cancel_ride_txn,
            ride_id=ride_id,
            city=city,
            rider_city=rider_city,
            rider_id=rider_id,
            started_since=now - CANCEL_WITHIN,
            now=now,
        )

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
        """End a rider's ride, leave the vehicle at `place` and return the ride.

        It ends now or, for a rider who has forgotten to end it, at `end_time`. A ride that has
        ended stays as it is. Raises NotFound, also for another rider's ride, RideCancelled, and
        WrongEndTime unless `end_time` is between the start and now.
        """
        return self._write(
            transactions.end_ride_txn,
            ride_id=ride_id,
            city=city,
            rider_city=rider_city,
            rider_id=rider_id,
            place=place,
            now=clock.now(),
            end_time=end_time,
        )
