"""Commands for operators: `flask --app server COMMAND`."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

import click
from flask import Flask

from movr import multi_region_schema
from movr.errors import DatabaseUnavailable, SchemaOutdated
from movr.regions import CITIES
from movr.sample import DEMO_PASSWORD, DEMO_USERNAME, Sizes
from web.extensions import movr

Command = TypeVar("Command", bound=Callable[..., Any])

_DEFAULT_SIZES: Final = Sizes()


class _Command(click.Command):
    """A command that says in a sentence what keeps it from the database."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DatabaseUnavailable:
            raise click.ClickException(
                "The database does not answer, or has no tables yet (init-db creates them)."
            ) from None


@click.command("init-db", cls=_Command)
def init_db() -> None:
    """Create the tables and indexes that are missing."""
    movr.create_schema()
    try:
        movr.check_schema()
    except SchemaOutdated as error:
        raise click.ClickException(
            f"The tables are those of another version of MovR: {error}\nIf they hold nothing but"
            " demonstration data, remove the file of the database. If they hold more, see"
            ' "Upgrade and rollback" in deploy/README.md.'
        ) from None
    click.echo("The database is ready.")


def _number(name: str, default: int, meaning: str) -> Callable[[Command], Command]:
    return click.option(
        name, type=click.IntRange(min=0), default=default, show_default=True, help=meaning
    )


@click.command(cls=_Command)
@click.option("--city", "cities", multiple=True, help="A city to fill; all of them if not given.")
@_number("--vehicles", _DEFAULT_SIZES.vehicles, "For each city.")
@_number("--riders", _DEFAULT_SIZES.riders, "For each city.")
@_number("--rides", _DEFAULT_SIZES.rides, "Past ones, for each city.")
@click.option("--if-empty", is_flag=True, help="Leave out cities that have riders.")
def seed(cities: tuple[str, ...], vehicles: int, riders: int, rides: int, if_empty: bool) -> None:
    """Add demonstration data: vehicles at real places, owners, riders and rides."""
    unknown = set(cities) - set(CITIES)
    if unknown:
        raise click.BadParameter(f"MovR knows these cities: {', '.join(CITIES)}.")
    for city in cities or tuple(CITIES):
        if if_empty and movr.get_users(city=city).rows:
            continue
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
