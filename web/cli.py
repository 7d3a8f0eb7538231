"""Commands for operators: `flask --app server COMMAND`."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

import click
from flask import Flask, current_app

from movr import multi_region_schema
from movr.errors import DatabaseUnavailable, NotFound, SchemaOutdated, UpgradeFailed
from movr.numbers import full_number, read_number
from movr.regions import CITIES, REGIONS
from movr.rules import MOST_PROBLEMS
from movr.sample import DEMO_PASSWORD, DEMO_USERNAME, Sizes
from web.check_db import check_db
from web.config import Config
from web.extensions import movr
from web.mailer import send_all_mail
from web.setting import explain

Command = TypeVar("Command", bound=Callable[..., Any])

_DEFAULT_SIZES: Final = Sizes()


class _Command(click.Command):
    """A command that explains a database error in a sentence."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DatabaseUnavailable:
            raise click.ClickException(
                "The database does not respond, or has no tables yet (upgrade-db creates them)."
            ) from None


@click.command("init-db", cls=_Command)
def init_db() -> None:
    """Create the tables of a new database, without regions; leave an older one as it is."""
    movr.create_schema()
    _require_schema(
        "The tables are those of another version of MovR: {}\n"
        "`flask --app server upgrade-db` brings them to this one."
    )
    click.echo("The database is ready.")


@click.command("upgrade-db", cls=_Command)
@click.option("--sql", is_flag=True, help="Print what would be run, and run nothing.")
def upgrade_db(sql: bool) -> None:
    """Bring any database, a new one or a cluster of regions, to this version of MovR."""
    try:
        if sql:
            _print_upgrade()
            return
        movr.upgrade(click.echo)
    except UpgradeFailed as error:
        raise click.ClickException(str(error)) from None
    _require_schema(
        "This is still not as this version of MovR needs it: {}\n"
        'It was changed by hand, or is older than the first revision: see "Upgrade and rollback"'
        " in deploy/README.md."
    )
    click.echo("The database is ready.")


def _print_upgrade() -> None:
    statements = movr.upgrade_statements()
    for statement in statements:
        click.echo(f"{statement};\n")
    if not statements:
        click.echo("-- There is nothing to do.")


def _require_schema(otherwise: str) -> None:
    try:
        notes = movr.check_schema()
    except SchemaOutdated as error:
        raise click.ClickException(otherwise.format(error)) from None
    for note in notes:
        click.echo(f"Note: {note}.")


def _require_cities(cities: tuple[str, ...]) -> None:
    if set(cities) - set(CITIES):
        raise click.BadParameter(f"MovR knows these cities: {', '.join(CITIES)}.")


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
    _require_cities(cities)
    for city in cities or tuple(CITIES):
        if if_empty and movr.get_users(city=city).rows:
            continue
        with click.progressbar(length=vehicles, label=f"{CITIES[city].label:15}") as bar:
            for added in movr.add_sample(city, Sizes(vehicles, riders, rides)):
                bar.update(added)
    if movr.has_demo_user():
        click.echo(f"Log in as {DEMO_USERNAME} with the password {DEMO_PASSWORD}.")


@click.command("check-db", cls=_Command)
def check_database() -> None:
    """Check a live database: schema, regions, leases, and whether riders' data stays at home.

    Everything it tries is rolled back. Exits with 1 if anything is wrong or could not be checked.
    """
    check_db(movr, current_app.config["REGION"])


@click.command("send-mail", cls=_Command)
def send_mail() -> None:
    """Send the mails that could not be sent at once, and ask about forgotten rides.

    To be run every few minutes. Exits with 1 if the mail server is away.
    """
    region = current_app.config["REGION"]
    cities = [city.name for city in REGIONS[region]] if region else list(CITIES)
    tally = send_all_mail(cities)
    if tally is None:
        raise click.ClickException("There is no MAIL_URI, and so no server to send mails with.")
    click.echo(
        f"Sent: {tally.sent}. To be tried again: {tally.failed}. Given up: {tally.given_up}."
    )
    if tally.server_is_away:
        raise click.ClickException("The mail server takes no mails now. They wait.")


@click.command(cls=_Command)
@click.option("--city", "cities", multiple=True, help="A city; all of this region if not given.")
def problems(cities: tuple[str, ...]) -> None:
    """List what riders have reported and nobody has dealt with yet, the oldest first."""
    _require_cities(cities)
    region = current_app.config["REGION"]
    for city in cities or (name for name, each in CITIES.items() if region in (None, each.region)):
        found = movr.get_problems(city=city)
        for problem in found:
            number = full_number(city, problem.vehicle_number) if problem.vehicle_number else "-"
            when = f"{problem.reported_time:%Y-%m-%d %H:%M UTC}"
            said = f": {problem.words}" if problem.words else ""
            click.echo(f"{number:9}{when}  {problem.kind}, {problem.vehicle_location}{said}")
        if len(found) == MOST_PROBLEMS:
            click.echo(f"These are {MOST_PROBLEMS} of {CITIES[city].label}; there may be more.")


@click.command("resolve-problem", cls=_Command)
@click.argument("number")
def resolve_problem(number: str) -> None:
    """List the vehicle with this NUMBER again, whatever was reported of it.

    One that its owner had paused before stays paused.
    """
    found = read_number(number)
    if found is None:
        raise click.BadParameter("A number is one such as NY-4F7K.")
    try:
        movr.resolve_problems(city=found[0], number=found[1])
    except NotFound:
        raise click.ClickException("No vehicle has this number.") from None
    click.echo(f"Nothing is wrong with {full_number(*found)} any more.")


@click.command()
def schema() -> None:
    """Print dbinit.sql: the schema of a cluster that spans the regions."""
    click.echo(multi_region_schema(), nl=False)


@click.command()
def settings() -> None:
    """Print .env.example: every setting with its meaning and its default."""
    click.echo(explain(Config), nl=False)


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(init_db)
    app.cli.add_command(upgrade_db)
    app.cli.add_command(seed)
    app.cli.add_command(check_database)
    app.cli.add_command(send_mail)
    app.cli.add_command(problems)
    app.cli.add_command(resolve_problem)
    app.cli.add_command(schema)
    app.cli.add_command(settings)
