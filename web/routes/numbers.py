"""A vehicle by the number that stands on it, and the sheet of codes for owners to print."""

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from movr.errors import NotFound
from movr.numbers import full_number, read_number
from movr.regions import CITIES
from web.codes import code_picture
from web.geoutils import client_location, is_far
from web.owners import own_vehicles
from web.sessions import login_along, rider_along

blueprint = Blueprint("numbers", __name__)


@blueprint.get("/v")
def find_vehicle() -> ResponseReturnValue:
    """Go to the vehicle with ?number=; four characters alone are a number in the city shown."""
    typed = request.args.get("number", "")
    if not typed:
        return render_template("number.html")
    found = read_number(typed, client_location().city.name)
    return _unknown() if found is None else redirect(_page_of(*found))


@blueprint.get("/v/<number>")
def get_vehicle(number: str) -> ResponseReturnValue:
    """Show the vehicle with this number, to whoever stands before it."""
    found = read_number(number)
    if found is None:
        return _unknown()
    city, number = found
    try:
        with rider_along() as asking:
            vehicle = asking.find_vehicle(city=city, number=number, from_afar=is_far(CITIES[city]))
    except NotFound:
        return _unknown()
    return render_template("vehicle.html", vehicle=vehicle, here=_page_of(city, number))


def _unknown() -> ResponseReturnValue:
    return render_template("number.html", unknown=True), 404


def _page_of(city: str, number: str) -> str:
    return url_for(".get_vehicle", number=full_number(city, number))


@blueprint.get("/vehicles/codes")
def get_codes() -> ResponseReturnValue:
    """Show a page of the owner's vehicles as codes to print, a sheet of paper for each page."""
    with login_along() as (asking, owner):
        page = own_vehicles(asking, owner)
    # The site's own URL, if there is one: stickers outlive the host that the owner happens to use.
    site = current_app.config["SITE_URL"] or request.host_url.rstrip("/")
    codes = [
        (vehicle, code_picture(site + url_for(".get_vehicle", number=number)))
        for vehicle in page.rows
        if vehicle.number and (number := full_number(vehicle.city, vehicle.number))
    ]
    where = site.partition("://")[2] + url_for(".find_vehicle")
    return render_template("codes.html", page=page, codes=codes, where=where)
