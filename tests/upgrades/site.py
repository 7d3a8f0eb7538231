"""Three regions of MovR on one database behind the balancer, and riders who are logged in there."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from movr import MovR
from movr.kinds import VehicleType
from movr.records import Place, User
from movr.regions import CITIES, REGIONS
from tests.regions.balancer import Balancer
from tests.support.accounts import PASSWORD, open_account
from tests.support.gunicorn_server import GunicornServer
from tests.upgrades.load import Rider


@dataclass
class Site:
    """All that runs; `servers` holds the process of each region that serves just now."""

    movr: MovR
    servers: dict[str, GunicornServer]
    balancer: Balancer
    stack: ExitStack
    uri: str

    def start(self, region: str, port: int | None = None, **settings: str) -> None:
        """Start the process of a region."""
        environment = {
            # In DEBUG cookies work without TLS.
            "DEBUG": "True",
            "DB_URI": self.uri,
            "REGION": region,
            "TRUSTED_PROXIES": "1",
            **settings,
        }
        server = GunicornServer(environment, port=port)
        server.start()
        self.servers[region] = server
        self.stack.callback(server.stop)

    def join(self, city: str, port: int | None = None) -> tuple[User, Rider]:
        """Open an account with a vehicle past the pages, and log in, mostly at the balancer."""
        user = open_account(self.movr, city)
        centre = CITIES[city].centre
        vehicle = self.movr.add_vehicle(
            city=city,
            owner_id=user.id,
            vehicle_type=VehicleType.BIKE,
            color="red",
            brand="Gazelle",
            place=Place("Dam", centre),
        )
        host = f"{city.replace(' ', '-')}.localhost"
        rider = Rider(port or self.balancer.port, host, city, str(vehicle))
        self.stack.callback(rider.close)
        rider.log_in(user.username, PASSWORD)
        return user, rider


@contextmanager
def serve(folder: Path, **settings: str) -> Iterator[Site]:
    """Start all regions with these settings, and the balancer in front of them."""
    with ExitStack() as stack:
        uri = f"sqlite:///{folder}/movr.db"
        movr = MovR(uri)
        stack.callback(movr.engine.dispose)
        movr.create_schema()
        site = Site(movr, {}, None, stack, uri)  # type: ignore[arg-type]  # comes in a moment
        for region in REGIONS:
            site.start(region, **settings)
        ports = {region: server.port for region, server in site.servers.items()}
        site.balancer = stack.enter_context(Balancer(folder, ports))
        yield site
