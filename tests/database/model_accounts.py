"""What each method of MovR for accounts must answer and change."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from uuid import UUID

from movr.errors import (
    ConfirmationVoid,
    NotFound,
    OwnsVehicles,
    RideRunning,
    UsernameTaken,
    WrongPassword,
)
from movr.records import LoginSession, Rider, User
from tests.database.model_reservations import ReservationModel, reservation_of
from tests.database.model_rows import (
    CITIES,
    NO_RIDES,
    NOTHING_RESERVED,
    is_gone,
)
from tests.database.world import as_record


class AccountModel(ReservationModel):
    """Sign-up, login, profiles and sessions."""

    def add_user(
        self,
        *,
        city: str,
        username: str,
        password: str,
        session: LoginSession | None = None,
        **person: str,
    ) -> User:
        if city not in CITIES:
            raise NotFound
        if any(user.username == username.lower() for user in self.users.values()):
            raise UsernameTaken
        self.users[city, self.fate.new_id] = SimpleNamespace(
            city=city,
            id=self.fate.new_id,
            username=username.lower(),
            password_hash=self._hashes[password],
            is_owner=False,
            session_epoch=0,
            sessions=(session,) if session else (),
            confirmed_hash=None,
            reset_hash=None,
            reset_epoch=None,
            reset_until=None,
            active_ride_city=None,
            active_ride_id=None,
            ridden_in=(),
            rides_noted=0,
            **NOTHING_RESERVED,
            **NO_RIDES,
            **person,
        )
        return self.get_user(city=city, user_id=self.fate.new_id)

    def authenticate(
        self, *, username: str, password: str, cities: Sequence[str]
    ) -> tuple[str, UUID, int] | None:
        for user in self.users.values():
            if user.username == username.lower() and user.password_hash == self._hashes[password]:
                return user.city, user.id, user.session_epoch
        return None

    def get_user(self, *, city: str, user_id: UUID) -> User:
        user = self._open_account(city, user_id)
        riding = user.active_ride_id is not None
        ride = self.rides[user.active_ride_city, user.active_ride_id] if riding else None
        reserved = self._reserved_by(user)
        return as_record(
            User,
            user,
            active_ride=self._ride(ride) if ride else None,
            reservation=reservation_of(reserved) if reserved else None,
        )

    def get_users(self, *, city: str) -> list[Rider]:
        names = {
            user.username: Rider(user.username, user.first_name, user.is_owner)
            for user in self.users.values()
            if user.city == city and user.username is not None
        }
        return [names[name] for name in sorted(names)]

    def begin_session(
        self, *, city: str, user_id: UUID, session_epoch: int, session: LoginSession
    ) -> None:
        user = self._open_account(city, user_id)
        if user.session_epoch != session_epoch:
            raise NotFound
        others = [each for each in user.sessions if each != session]
        user.sessions = (session, *others)[:10]

    def note_session(self, *, city: str, user_id: UUID, session_id: UUID, day: date) -> None:
        user = self.users.get((city, user_id))
        if user is not None:
            user.sessions = tuple(
                replace(each, last_seen=day) if each.id == session_id else each
                for each in user.sessions
            )

    def end_session(self, *, city: str, user_id: UUID, session_id: UUID) -> None:
        user = self.users.get((city, user_id))
        if user is not None:
            user.sessions = tuple(each for each in user.sessions if each.id != session_id)

    def end_sessions(self, *, city: str, user_id: UUID) -> None:
        user = self.users.get((city, user_id))
        if user is not None and user.username is not None:
            user.session_epoch += 1
            user.sessions = ()

    def change_user(self, *, city: str, user_id: UUID, password: str | None, **person: str) -> None:
        user = self._open_account(city, user_id)
        if password is None:
            is_allowed = user.email == person["email"]
        else:
            is_allowed = user.password_hash == self._hashes[password]
        if not is_allowed:
            raise WrongPassword
        vars(user).update(person)

    def confirm_email(self, *, city: str, user_id: UUID, email_hash: str) -> str:
        if self.get_user(city=city, user_id=user_id).email_hash != email_hash:
            raise ConfirmationVoid
        user = self._open_account(city, user_id)
        user.confirmed_hash = email_hash
        return user.email

    def change_password(
        self,
        *,
        city: str,
        user_id: UUID,
        old_password: str,
        new_password: str,
        session: LoginSession | None = None,
    ) -> int:
        user = self._open_account(city, user_id)
        if user.password_hash != self._hashes[old_password]:
            raise WrongPassword
        user.password_hash = self._hashes[new_password]
        user.session_epoch += 1
        user.sessions = (session,) if session else ()
        return int(user.session_epoch)

    def remove_user(self, *, city: str, user_id: UUID, password: str) -> None:
        user = self._open_account(city, user_id)
        if user.password_hash != self._hashes[password]:
            raise WrongPassword
        if user.active_ride_id is not None:
            raise RideRunning
        if any(
            (vehicle.city, vehicle.owner_id) == (city, user_id) and not is_gone(vehicle)
            for vehicle in self.vehicles.values()
        ):
            raise OwnsVehicles
        for name in ("first_name", "last_name", "email", "username", "password_hash"):
            setattr(user, name, None)
        user.confirmed_hash = None
        vars(user).update(NOTHING_RESERVED)
        user.session_epoch += 1
        user.sessions = ()
