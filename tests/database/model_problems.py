"""What each method of MovR for problems must answer and change."""

from collections.abc import Collection
from types import SimpleNamespace
from uuid import UUID

from movr.errors import NotFound, VehiclePaused
from movr.kinds import ProblemKind, VehicleStatus
from movr.records import Problem
from tests.database.model_rows import ModelRows, is_gone
from tests.database.world import as_record


class ProblemModel(ModelRows):
    """Problems, reported and resolved."""

    def report_problem(
        self,
        *,
        city: str,
        vehicle_id: UUID,
        rider_city: str,
        rider_id: UUID,
        kind: ProblemKind,
        words: str,
        ride_id: UUID | None,
        problem_id: UUID | None,
    ) -> bool:
        problem_id = problem_id or self.fate.new_id
        vehicle = self.vehicles.get((city, vehicle_id))
        if vehicle is None or is_gone(vehicle):
            raise NotFound
        rider = (rider_city, rider_id)
        known = self.problems.get((city, problem_id))
        if known and (known.rider_city, known.rider_id) == rider:
            return False
        if any(
            (each.rider_city, each.rider_id, each.kind) == (*rider, kind)
            for each in self._open_problems(vehicle)
        ):
            return False
        self._open_account(rider_city, rider_id)
        if known:
            raise NotFound
        ride = self.rides.get((city, ride_id)) if ride_id else None
        has_ridden_it = ride and (ride.vehicle_id, ride.rider_city, ride.rider_id) == (
            vehicle_id,
            *rider,
        )
        if vehicle.paused_since and not (has_ridden_it and not ride.cancelled):
            raise VehiclePaused
        vehicle.problem_since = vehicle.problem_since or self.fate.now
        if vehicle.status != VehicleStatus.UNAVAILABLE:
            vehicle.status = VehicleStatus.REMOVED
            vehicle.paused_since = vehicle.paused_since or self.fate.now
        self.problems[city, problem_id] = SimpleNamespace(
            city=city,
            id=problem_id,
            vehicle_id=vehicle_id,
            rider_city=rider_city,
            rider_id=rider_id,
            kind=kind,
            words=words,
            reported_time=self.fate.now,
            resolved_time=None,
        )
        return True

    def get_problems(self, *, city: str) -> tuple[Problem, ...]:
        found = [
            self._problem(each)
            for each in self.problems.values()
            if each.city == city and each.resolved_time is None
        ]
        return tuple(sorted(found, key=lambda problem: (problem.reported_time, problem.id)))

    def get_problems_of_owner(
        self, *, city: str, owner_id: UUID, vehicle_ids: Collection[UUID]
    ) -> tuple[Problem, ...]:
        return tuple(
            problem
            for problem in self.get_problems(city=city)
            if problem.vehicle_id in vehicle_ids
            and self.vehicles[city, problem.vehicle_id].owner_id == owner_id
        )

    def resolve_problems(self, *, city: str, number: str) -> None:
        for vehicle in self.vehicles.values():
            if (vehicle.city, vehicle.number) == (city, number) and not is_gone(vehicle):
                if vehicle.problem_since is not None:
                    if vehicle.paused_since == vehicle.problem_since:
                        vehicle.status, vehicle.paused_since = VehicleStatus.AVAILABLE, None
                    self._resolve(vehicle)
                return
        raise NotFound

    def _problem(self, problem: SimpleNamespace) -> Problem:
        vehicle = self.vehicles[problem.city, problem.vehicle_id]
        return as_record(
            Problem,
            problem,
            vehicle_number=vehicle.number,
            vehicle_location=vehicle.last_location,
        )
