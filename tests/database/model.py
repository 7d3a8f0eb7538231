"""MovR without a database: what each method must answer and change, in plain Python.

Rows are kept as the tables hold them, so that both can be compared as they are. Lists come whole.
Each subject has a file, as in movr/.
"""

from tests.database.model_accounts import AccountModel
from tests.database.model_problems import ProblemModel
from tests.database.model_rides import RideModel
from tests.database.model_vehicles import VehicleModel


class Model(AccountModel, VehicleModel, RideModel, ProblemModel):
    """What MovR must do. Methods have the names, arguments and errors of MovR's."""
