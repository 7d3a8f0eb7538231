"""Commands for operators: `flask --app server COMMAND`."""

from typing import Final

import click
from flask import Flask

from movr.regions import CITIES
from movr.sample import DEMO_PASSWORD, DEMO_USERNAME, Sizes
from movr.schema import multi_region_schema
from web.extensions import movr

_DEFAULT_SIZES: Final = Sizes()


@click.command("init-db")
def init_db() -> None:
    """Create the tables and indexes that are missing."""
    movr.create_schema()
    click.echo("The database is ready.")


@click.command()
@click.option("--city", "cities", multiple=True, help="A city to fill; all of them if not given.")
@click.option(
    "--vehicles", default=_DEFAULT_SIZES.vehicles, show_default=True, help="For each city."
)
@click.option("--riders", default=_DEFAULT_SIZES.riders, show_default=True, help="For each city.")
@click.option(
    "--rides", default=_DEFAULT_SIZES.rides, show_default=True, help="Past ones, for each city."
)
@click.option("--if-empty", is_flag=True, help="Do nothing if there are riders.")
def seed(cities: tuple[str, ...], vehicles: int, riders: int, rides: int, if_empty: bool) -> None:
    """Add demonstration data: vehicles at real places, owners, riders and rides."""
    unknown = set(cities) - set(CITIES)
    if unknown:
        raise click.BadParameter(f"MovR knows these cities: {', '.join(CITIES)}.")
    if not (if_empty and any(movr.get_users(city=city).rows for city in CITIES)):
        for city in cities or tuple(CITIES):
            with click.progressbar(length=vehicles, label=f"{CITIES[city].label:15}") as bar:
                for added in movr.add_sample(city, Sizes(vehicles, riders, rides)):
                    bar.update(added)
    if movr.has_demo_user():
        click.echo(f"Log in as {DEMO_USERNAME} with the password {DEMO_PASSWORD}.")


@click.command()
def schema() -> None:
    """Print dbinit.sql: the schema of a cluster that spans the regions."""
    click.echo(multi_region_schema(), nl=False)


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(init_db)
    app.cli.add_command(seed)
    app.cli.add_command(schema)
