"""The methods of MovR for problems."""

from uuid import UUID, uuid4

from movr import clock
from movr.database import Database
from movr.database.methods import reads
from movr.kinds import ProblemKind
from movr.problems import queries, transactions


class ProblemMethods(Database):
    """What MovR can do with problems."""

    get_problems = reads(queries.get_problems_txn)
    get_problems_of_owner = reads(queries.get_problems_of_owner_txn)

    def report_problem(
        self,
        *,
        city: str,
        vehicle_id: UUID,
        rider_city: str,
        rider_id: UUID,
        kind: ProblemKind,
        words: str = "",
        ride_id: UUID | None = None,
        problem_id: UUID | None = None,
    ) -> bool:
        """Note what a rider says of a vehicle, which is then out of the list.

        If somebody is riding it, it is when the ride ends. Raises NotFound, and VehiclePaused for a
        vehicle that isn't shared right now, unless `ride_id` is that of the rider's ride on it.

        A caller that may have to repeat the call passes `problem_id`: the problem is noted once.
        Returns whether it is new.
        """
        return self._write(
            transactions.report_problem_txn,
            problem_id=problem_id or uuid4(),
            city=city,
            vehicle_id=vehicle_id,
            rider_city=rider_city,
            rider_id=rider_id,
            kind=kind,
            words=words,
            now=clock.now(),
            ride_id=ride_id,
        )

    def resolve_problems(self, *, city: str, number: str) -> None:
        """Resolve the problems of a vehicle, for operators, and list it again; raises NotFound.

        A vehicle that its owner had paused before the first report stays paused.
        """
        self._write(transactions.resolve_problems_txn, city=city, number=number, now=clock.now())
