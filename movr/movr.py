"""The backend API: what MovR can do, as methods of one class.

Every public method is one transaction. The rules stand in transactions.py and queries.py, the way
to the database in database.py.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from random import SystemRandom
from uuid import UUID, uuid4

from movr import account_transactions, map_queries, queries, transactions
from movr.account_ids import new_account_id
from movr.database import Database
from movr.errors import NotFound, WorldUnavailable, WrongPassword
from movr.passwords import UNMATCHABLE_HASH, hash_password, password_matches, pretend_to_check
from movr.records import (
    Box,
    LoginSession,
    Page,
    Place,
    Point,
    Ride,
    Rider,
    Totals,
    User,
    Vehicle,
    VehicleType,
    View,
)
from movr.regions import CITIES
from movr.sample import DEMO_CITY, DEMO_PASSWORD, DEMO_USERNAME, Sample, Sizes


class MovR(Database):
    """The vehicle-sharing company's backend on one database.

    Every method may raise DatabaseUnavailable: the database did not answer in time, and what the
    call was to change may or may not have been changed. To repeat the call with the same ids is
    harmless. What shows a city takes `from_afar`, for whoever looks at it from another region: then
    it is answered by the nearest replica, as of a few seconds ago, and may raise WorldUnavailable.
    """

    # --- Users ---

    def add_user(
        self,
        *,
        city: str,
        first_name: str,
        last_name: str,
        email: str,
        username: str,
        password: str,
        session: LoginSession | None = None,
    ) -> User:
        """Open an account in a city and return it.

        With a session it is logged in at once. Usernames are the same in all capitals and unique in
        all cities. Raises UsernameTaken, NotFound (the city), and WorldUnavailable if not every
        region says that the name is free.
        """
        _require_city(city)
        user = User(
            city=city,
            id=new_account_id(_now()),
            username=username.lower(),
            first_name=first_name,
            last_name=last_name,
            email=email,
            is_owner=False,
            session_epoch=0,
            ride_count=0,
            time_ridden=timedelta(0),
            sessions=_just(session),
            active_ride=None,
        )
        self._write_by(
            self._world,
            account_transactions.add_user_txn,
            city=user.city,
            user_id=user.id,
            first_name=user.first_name,
            last_name=user.last_name,
            email=user.email,
            username=user.username,
            password_hash=hash_password(password),
            sessions=user.sessions,
        )
        return user

    def authenticate(
        self, *, username: str, password: str, cities: Sequence[str]
    ) -> tuple[str, UUID, int] | None:
        """Return (city, id, session_epoch) of the user with this name and password, or None.

        Those at home in `cities` are looked for first, so that only a login away from home, or a
        wrong one, asks other regions; raises WorldUnavailable if they do not answer. An unknown
        name takes as long as a wrong password: both cost the same look-ups and one check.
        """
        username = username.lower()
        found = self._read(queries.get_credentials_txn, username=username, cities=cities)
        if found is not None and password_matches(found.password_hash, password):
            return found.city, found.id, found.session_epoch
        away = None
        if set(cities) < set(CITIES):
            try:
                away = self._read_by(
                    self._world, queries.get_credentials_txn, username=username, cities=None
                )
            except WorldUnavailable:
                if found is None:
                    pretend_to_check(password)
                raise
        if found is not None:
            return None
        if away is None:
            pretend_to_check(password)
        elif password_matches(away.password_hash, password):
            return away.city, away.id, away.session_epoch
        return None

    def get_user(self, *, city: str, user_id: UUID) -> User:
        """Return an open account with its running ride; raises NotFound."""
        return self._read(queries.get_user_txn, city=city, user_id=user_id)

    def get_users(
        self, *, city: str, cursor: str | None = None, from_afar: bool = False
    ) -> Page[Rider]:
        """Return a page of the city's riders by username."""
        return self._read_by(
            self._way(from_afar),
            queries.get_users_txn,
            city=city,
            cursor=cursor,
            from_afar=from_afar,
        )

    def begin_session(
        self, *, city: str, user_id: UUID, session_epoch: int, session: LoginSession
    ) -> None:
        """Log a user in whose password was right; of more than ten sessions, the oldest ends.

        Raises NotFound where all sessions were ended since `session_epoch` was read.
        """
        self._write_one(
            account_transactions.begin_session_txn,
            city=city,
            user_id=user_id,
            session_epoch=session_epoch,
            login=session,
        )

    def note_session(self, *, city: str, user_id: UUID, session_id: UUID, day: date) -> None:
        """Note the day when a session was last seen; one that has ended stays so."""
        self._write_one(
            account_transactions.note_session_txn,
            city=city,
            user_id=user_id,
            session_id=session_id,
            day=day,
        )

    def end_session(self, *, city: str, user_id: UUID, session_id: UUID) -> None:
        """Log a user out on one device; a session that has ended stays so."""
        self._write_one(
            account_transactions.end_session_txn,
            city=city,
            user_id=user_id,
            session_id=session_id,
        )

    def end_sessions(self, *, city: str, user_id: UUID) -> None:
        """Log a user out everywhere: every login cookie is void."""
        self._write(account_transactions.end_sessions_txn, city=city, user_id=user_id)

    def change_user(
        self, *, city: str, user_id: UUID, first_name: str, last_name: str, email: str
    ) -> None:
        """Correct what an account says of its holder; raises NotFound."""
        self._write(
            account_transactions.change_user_txn,
            city=city,
            user_id=user_id,
            first_name=first_name,
            last_name=last_name,
            email=email,
        )

    def change_password(
        self,
        *,
        city: str,
        user_id: UUID,
        old_password: str,
        new_password: str,
        session: LoginSession | None = None,
    ) -> int:
        """Replace a password, log the user out everywhere, and in again with `session`.

        Returns the session_epoch of new cookies; raises NotFound and WrongPassword.
        """
        old_hash = self._checked_hash(city, user_id, old_password)
        return self._write(
            account_transactions.change_password_txn,
            city=city,
            user_id=user_id,
            old_hash=old_hash,
            new_hash=hash_password(new_password),
            sessions=_just(session),
        )

    def remove_user(self, *, city: str, user_id: UUID, password: str) -> None:
        """Close an account: what is personal is cleared, past rides stay.

        Raises NotFound, WrongPassword, RideRunning and OwnsVehicles.
        """
        password_hash = self._checked_hash(city, user_id, password)
        self._write(
            account_transactions.remove_user_txn,
            city=city,
            user_id=user_id,
            password_hash=password_hash,
        )

    def _checked_hash(self, city: str, user_id: UUID, password: str) -> str:
        """Return the hash that this password fits; raises NotFound and WrongPassword.

        To check it takes long, so that it happens between transactions. The statement that relies
        on it compares the hash once more.
        """
        password_hash = self._read(queries.get_password_hash_txn, city=city, user_id=user_id)
        if not password_matches(password_hash, password):
            raise WrongPassword
        return password_hash

    # --- Vehicles ---

    def get_vehicles(
        self,
        *,
        city: str,
        vehicle_type: VehicleType | None = None,
        available_only: bool = False,
        cursor: str | None = None,
        from_afar: bool = False,
    ) -> Page[Vehicle]:
        """Return a page of the city's vehicles in service, available ones first.

        Raises InvalidCursor.
        """
        return self._read_by(
            self._way(from_afar),
            queries.get_vehicles_txn,
            city=city,
            vehicle_type=vehicle_type,
            available_only=available_only,
            cursor=cursor,
            from_afar=from_afar,
        )

    def get_vehicles_in_view(
        self,
        *,
        city: str,
        box: Box,
        vehicle_type: VehicleType | None = None,
        available_only: bool = False,
        from_afar: bool = False,
    ) -> View:
        """Return the city's vehicles in service in a part of the map.

        Where they are too many, some of them from everywhere, and the view is not complete.
        """
        return self._read_by(
            self._way(from_afar),
            map_queries.get_vehicles_in_view_txn,
            city=city,
            box=box,
            vehicle_type=vehicle_type,
            available_only=available_only,
            from_afar=from_afar,
        )

    def get_vehicles_near(
        self,
        *,
        city: str,
        point: Point,
        vehicle_type: VehicleType | None = None,
        available_only: bool = False,
        from_afar: bool = False,
    ) -> Page[Vehicle]:
        """Return one page of the city's vehicles in service: those nearest to a point.

        Those without a point are not among them.
        """
        return self._read_by(
            self._way(from_afar),
            map_queries.get_vehicles_near_txn,
            city=city,
            point=point,
            vehicle_type=vehicle_type,
            available_only=available_only,
            from_afar=from_afar,
        )

    def get_vehicle(self, *, city: str, vehicle_id: UUID) -> Vehicle:
        """Return a vehicle in service; raises NotFound."""
        return self._read(queries.get_vehicle_txn, city=city, vehicle_id=vehicle_id)

    def get_vehicles_of_owner(
        self, *, city: str, owner_id: UUID, cursor: str | None = None
    ) -> Page[Vehicle]:
        """Return a page of an owner's vehicles in service; raises InvalidCursor."""
        return self._read(
            queries.get_vehicles_of_owner_txn, city=city, owner_id=owner_id, cursor=cursor
        )

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
        """Register a vehicle in its owner's city and return its id; raises NotFound.

        Whoever may have to repeat the call names the vehicle: with the same `vehicle_id` it is
        registered once.
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
            now=_now(),
        )
        return vehicle_id

    def change_vehicle(
        self,
        *,
        city: str,
        vehicle_id: UUID,
        owner_city: str,
        owner_id: UUID,
        color: str,
        brand: str,
        place: Place,
        ride_count: int | None = None,
    ) -> None:
        """Correct what is said of a vehicle that nobody rides.

        Whoever says how many rides it had had when they looked at it does not move it back from
        where a ride has ended meanwhile. Raises NotFound, also for one out of service, NotYours,
        VehicleInUse and VehicleMoved.
        """
        self._write(
            transactions.change_vehicle_txn,
            city=city,
            vehicle_id=vehicle_id,
            owner_city=owner_city,
            owner_id=owner_id,
            color=color,
            brand=brand,
            place=place,
            ride_count=ride_count,
        )

    def remove_vehicle(
        self, *, city: str, vehicle_id: UUID, owner_city: str, owner_id: UUID
    ) -> None:
        """Take a vehicle out of service for good; one that is out already stays so.

        Raises NotFound, NotYours and VehicleInUse.
        """
        self._write(
            transactions.remove_vehicle_txn,
            city=city,
            vehicle_id=vehicle_id,
            owner_city=owner_city,
            owner_id=owner_id,
        )

    # --- Rides ---

    def get_rides(
        self,
        *,
        cities: Sequence[str],
        rider_city: str,
        rider_id: UUID,
        cursor: str | None = None,
    ) -> Page[Ride]:
        """Return a page of a rider's ended rides in `cities`, newest first.

        Raises InvalidCursor.
        """
        return self._read(
            queries.get_rides_txn,
            cities=cities,
            rider_city=rider_city,
            rider_id=rider_id,
            cursor=cursor,
        )

    def get_ride(self, *, city: str, ride_id: UUID, rider_city: str, rider_id: UUID) -> Ride:
        """Return a ride of this rider, running or ended.

        Raises NotFound, also for another rider's ride.
        """
        return self._read(
            queries.get_ride_txn,
            city=city,
            ride_id=ride_id,
            rider_city=rider_city,
            rider_id=rider_id,
        )

    def get_ride_totals(
        self,
        *,
        cities: Sequence[str],
        rider_city: str,
        rider_id: UUID,
        periods: Sequence[tuple[datetime, datetime]],
    ) -> tuple[Totals, ...]:
        """Return the totals of a rider's ended rides in `cities`, by the period they started in.

        A period includes its first moment and not its last one.
        """
        return self._read(
            queries.get_ride_totals_txn,
            cities=cities,
            rider_city=rider_city,
            rider_id=rider_id,
            periods=periods,
        )

    def start_ride(
        self,
        *,
        city: str,
        vehicle_id: UUID,
        rider_city: str,
        rider_id: UUID,
        ride_id: UUID | None = None,
    ) -> Ride:
        """Start a ride and return it.

        Whoever may have to repeat the call names the ride: with the same `ride_id` it is started
        once, and returned as it is by then. A second start of the vehicle that the rider is riding
        returns the running ride. Raises NotFound, AlreadyRiding and VehicleUnavailable.
        """
        return self._write(
            transactions.start_ride_txn,
            ride_id=ride_id or uuid4(),
            city=city,
            vehicle_id=vehicle_id,
            rider_city=rider_city,
            rider_id=rider_id,
            now=_now(),
        )

    def end_ride(
        self, *, city: str, ride_id: UUID, rider_city: str, rider_id: UUID, place: Place
    ) -> Ride:
        """End a rider's ride, leave the vehicle at `place` and return the ride.

        A ride that has ended stays as it is. Raises NotFound, also for another rider's ride.
        """
        return self._write(
            transactions.end_ride_txn,
            ride_id=ride_id,
            city=city,
            rider_city=rider_city,
            rider_id=rider_id,
            place=place,
            now=_now(),
        )

    # --- For operators ---

    def add_sample(self, city: str, sizes: Sizes) -> Iterator[int]:
        """Add demonstration data to a city, in several transactions.

        Yields, after each of them, how many vehicles it has added. Nobody can log in as the
        riders; with the first sample of DEMO_CITY comes the account that everybody may try.
        """
        _require_city(city)
        now, random = _now(), SystemRandom()
        if city == DEMO_CITY and not self.has_demo_user():
            demo = Sample(city, password_hash=hash_password(DEMO_PASSWORD), now=now, random=random)
            self._write(transactions.add_sample_txn, demo.demo_user())
        sample = Sample(city, password_hash=UNMATCHABLE_HASH, now=now, random=random)
        for batch in sample.batches(sizes):
            self._write(transactions.add_sample_txn, batch)
            yield len(batch.vehicles)

    def has_demo_user(self) -> bool:
        """Return whether the account that everybody may try is there."""
        return (
            self._read(queries.get_credentials_txn, username=DEMO_USERNAME, cities=[DEMO_CITY])
            is not None
        )


def _now() -> datetime:
    """Return the time in UTC, to the millisecond: the finest that SQLite can compute with."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def _just(session: LoginSession | None) -> tuple[LoginSession, ...]:
    return () if session is None else (session,)


def _require_city(city: str) -> None:
    if city not in CITIES:
        raise NotFound("city")
