"""Where a client is taken to be: a table of what balancers send, and what the pages then show."""

import pytest
from flask import Flask

from movr.regions import CITIES, REGIONS
from web.app import create_app
from web.config import Config
from web.geoutils import client_location, locate

EAST, WEST, EUROPE = "gcp-us-east1", "gcp-us-west1", "gcp-europe-west1"
LONG = "x" * 10_000

# What WSGI makes of UTF-8 bytes in a header.
WASHINGTON_UTF8 = "Wàshington".encode().decode("latin-1")
PARIS_UTF8 = "París".encode().decode("latin-1")

# In the order of the hints: REGION; chosen, X-City, X-City-Lat-Long, home -> city, reason,
# elsewhere.
TABLE = [
    # Nothing is known: the first city.
    (None, None, "", "", None, "new york", "first", None),
    (EAST, None, "", "", None, "new york", "first", None),
    (WEST, None, "", "", None, "san francisco", "first", None),
    (EUROPE, None, "", "", None, "amsterdam", "first", None),
    # What the rider chose comes before all headers.
    (None, "rome", "Paris", "52.3676,4.9041", "boston", "rome", "chosen", None),
    (EUROPE, "rome", "Boston", "42.3601,-71.0589", "seattle", "rome", "chosen", None),
    (None, "washington dc", "", "", None, "washington dc", "chosen", None),
    (WEST, "rome", "", "", None, "rome", "chosen", None),
    (WEST, "rome", "Seattle", "", "los angeles", "rome", "chosen", None),
    (None, "gotham", "", "", None, "new york", "first", None),
    (None, "Rome", "", "", None, "new york", "first", None),
    # The city's name, in any capitals.
    (None, None, "Seattle", "", None, "seattle", "city header", None),
    (None, None, "seattle", "", None, "seattle", "city header", None),
    (None, None, "SEATTLE", "", None, "seattle", "city header", None),
    (None, None, "san FRANCISCO", "", None, "san francisco", "city header", None),
    (None, None, "Los Angeles", "", None, "los angeles", "city header", None),
    (None, None, "Boston", "", None, "boston", "city header", None),
    (None, None, "Amsterdam", "", None, "amsterdam", "city header", None),
    # Blanks and punctuation.
    (None, None, "  New   York ", "", None, "new york", "city header", None),
    (None, None, "new-york", "", None, "new york", "city header", None),
    (None, None, "New_York", "", None, "new york", "city header", None),
    (None, None, "\tRome\t", "", None, "rome", "city header", None),
    # The capital of the United States, as each balancer writes it.
    (None, None, "WASHINGTON, D.C.", "", None, "washington dc", "city header", None),
    (None, None, "Washington, D. C.", "", None, "washington dc", "city header", None),
    (None, None, "Washington D.C.", "", None, "washington dc", "city header", None),
    (None, None, "Washington", "", None, "washington dc", "city header", None),
    (None, None, "washington dc", "", None, "washington dc", "city header", None),
    # Other names of a city.
    (None, None, "New York City", "", None, "new york", "city header", None),
    (None, None, "Brooklyn", "", None, "new york", "city header", None),
    (None, None, "Roma", "", None, "rome", "city header", None),
    (None, None, "Parijs", "", None, "paris", "city header", None),
    # Accents: as such, as UTF-8 bytes that were taken for Latin-1, composed or not.
    (None, None, "París", "", None, "paris", "city header", None),
    (None, None, PARIS_UTF8, "", None, "paris", "city header", None),
    (None, None, WASHINGTON_UTF8, "", None, "washington dc", "city header", None),
    (None, None, "Amste\u0301rdam", "", None, "amsterdam", "city header", None),
    (None, None, "Séattle", "", None, "seattle", "city header", None),
    (None, None, "Rome\u0301", "", None, "rome", "city header", None),
    # Percent-encoding, as CloudFront sends it.
    (None, None, "New%20York", "", None, "new york", "city header", None),
    (None, None, "Los%20Angeles", "", None, "los angeles", "city header", None),
    (None, None, "Par%C3%ADs", "", None, "paris", "city header", None),
    (None, None, "Washington%2C%20D.C.", "", None, "washington dc", "city header", None),
    (None, None, "%", "", None, "new york", "first", None),
    (None, None, "%FF%FE", "", None, "new york", "first", None),
    # What balancers send when they do not know.
    (None, None, "?", "0.000000,0.000000", None, "new york", "first", None),
    (None, None, "?", "0.000000,0.000000", "rome", "rome", "home", None),
    (EUROPE, None, "?", "0.000000,0.000000", None, "amsterdam", "first", None),
    (None, None, "   ", "", None, "new york", "first", None),
    # A city that MovR does not serve: the nearest one, by its coordinates.
    (None, None, "Mountain View", "37.386051,-122.083851", None, "san francisco", "nearest", None),
    (None, None, "Cambridge", "42.373611,-71.110556", None, "boston", "nearest", None),
    (None, None, "Baltimore", "39.290385,-76.612189", None, "washington dc", "nearest", None),
    (None, None, "Philadelphia", "39.952583,-75.165222", None, "new york", "nearest", None),
    (None, None, "San Diego", "32.715736,-117.161087", None, "los angeles", "nearest", None),
    (None, None, "Portland", "45.523064,-122.676483", None, "seattle", "nearest", None),
    (None, None, "Utrecht", "52.090736,5.121420", None, "amsterdam", "nearest", None),
    (None, None, "London", "51.507351,-0.127758", None, "paris", "nearest", None),
    (None, None, "Napoli", "40.851775,14.268124", None, "rome", "nearest", None),
    (None, None, "", "37.386051,-122.083851", "rome", "san francisco", "nearest", None),
    (None, None, "Suva", "-18.1416,178.4419", None, "san francisco", "nearest", None),
    (None, None, "Tokyo", "35.6895,139.6917", None, "seattle", "nearest", None),
    (None, None, "Fiji", "-17,-179.99", None, "san francisco", "nearest", None),
    # The name decides where both are given.
    (None, None, "Rome", "52.3676,4.9041", None, "rome", "city header", None),
    # Coordinates with blanks, without decimals, percent-encoded, at the edges of the world.
    (None, None, "", " 52.3 , 4.9 ", None, "amsterdam", "nearest", None),
    (None, None, "", "42,-71", None, "boston", "nearest", None),
    (None, None, "", "41.9%2C12.5", None, "rome", "nearest", None),
    (None, None, "", "90,0", None, "amsterdam", "nearest", None),
    (None, None, "", "0.1,0.1", None, "rome", "nearest", None),
    # Coordinates that are none.
    (None, None, "", "999,999", "rome", "rome", "home", None),
    (None, None, "", "90.1,0", None, "new york", "first", None),
    (None, None, "", "0,180.1", None, "new york", "first", None),
    (None, None, "", "nan,nan", None, "new york", "first", None),
    (None, None, "", "37.38,nan", None, "new york", "first", None),
    (None, None, "", "inf,-inf", None, "new york", "first", None),
    (None, None, "", "1e400,2", None, "new york", "first", None),
    (None, None, "", "37.386051", None, "new york", "first", None),
    (None, None, "", "37.386051,", None, "new york", "first", None),
    (None, None, "", ",", None, "new york", "first", None),
    (None, None, "", "37,38,39", None, "new york", "first", None),
    (None, None, "", "N37,W122", None, "new york", "first", None),
    (None, None, "", "'; DROP TABLE users; --", None, "new york", "first", None),
    # Ten kilobytes of anything are nothing.
    (None, None, LONG, "", "seattle", "seattle", "home", None),
    (None, None, "Rome" + " " * 10_000, "", None, "new york", "first", None),
    (None, None, "", "41.9,12.5" + "0" * 10_000, None, "new york", "first", None),
    (None, None, LONG, LONG, None, "new york", "first", None),
    # Names that only look like ours.
    (None, None, "Paris, Texas", "33.660939,-95.555513", None, "washington dc", "nearest", None),
    (None, None, "Romeo", "", None, "new york", "first", None),
    (None, None, "<script>alert(1)</script>", "", None, "new york", "first", None),
    (None, None, "new york\x00", "", None, "new york", "city header", None),
    # Home, when nothing else is known.
    (None, None, "", "", "paris", "paris", "home", None),
    (EUROPE, None, "", "", "paris", "paris", "home", None),
    (None, None, "Gotham", "", "paris", "paris", "home", None),
    (EUROPE, None, "", "", "boston", "amsterdam", "first", None),
    (None, None, "", "", "gotham", "new york", "first", None),
    # A container of one region: its own cities only, and a word on where the others are served.
    (EUROPE, None, "Rome", "41.9,12.5", None, "rome", "city header", None),
    (EUROPE, None, "Boston", "", None, "amsterdam", "first", "boston"),
    (EUROPE, None, "Boston", "", "rome", "rome", "home", "boston"),
    (EUROPE, None, "Boston", "42.3601,-71.0589", None, "paris", "nearest", "boston"),
    (EUROPE, None, "Cambridge", "42.373611,-71.110556", None, "paris", "nearest", "boston"),
    (
        EAST,
        None,
        "Mountain View",
        "37.386051,-122.083851",
        None,
        "washington dc",
        "nearest",
        "san francisco",
    ),
    (EAST, None, "London", "51.507351,-0.127758", None, "boston", "nearest", "paris"),
    (WEST, None, "Seattle", "", "rome", "seattle", "city header", None),
    (WEST, None, "?", "0.000000,0.000000", "rome", "san francisco", "first", None),
]


@pytest.mark.parametrize(
    ("region", "chosen", "city_header", "lat_long", "home", "city", "reason", "elsewhere"),
    TABLE,
    ids=[f"{number}-{row[5]}-{row[6]}" for number, row in enumerate(TABLE)],
)
def test_hints_lead_to_a_city(region, chosen, city_header, lat_long, home, city, reason, elsewhere):
    offered = REGIONS[region] if region else tuple(CITIES.values())
    location = locate(
        offered, chosen=chosen, city_header=city_header, lat_long_header=lat_long, home=home
    )
    assert (location.city.name, str(location.reason)) == (city, reason)
    assert (location.elsewhere and location.elsewhere.name) == elsewhere


@pytest.mark.parametrize("city", CITIES.values(), ids=str)
def test_each_city_is_found_by_its_name_and_by_its_own_coordinates(city):
    offered = tuple(CITIES.values())
    nowhere = {"chosen": None, "city_header": "", "lat_long_header": "", "home": None}
    by_name = locate(offered, **nowhere | {"city_header": city.label})
    point = f"{city.centre.latitude:.6f},{city.centre.longitude:.6f}"
    by_point = locate(offered, **nowhere | {"lat_long_header": point})
    assert by_name.city is by_point.city is city


def location_of(app: Flask, **headers: str) -> tuple[str, str]:
    with app.test_request_context(
        "/", headers={k.replace("_", "-"): v for k, v in headers.items()}
    ):
        location = client_location()
        return location.city.name, str(location.reason)


def app_of(**settings: str) -> Flask:
    config = Config.from_mapping({"DEBUG": "1", "DB_URI": "sqlite:///unused.db", **settings})
    return create_app(config)


def test_google_clouds_headers_are_read_if_nothing_else_is_set():
    app = app_of()
    assert location_of(app, X_City="Rome") == ("rome", "city header")
    assert location_of(app, X_City_Lat_Long="37.386051,-122.083851") == ("san francisco", "nearest")
    assert location_of(app, CF_IPCity="Rome") == ("new york", "first")


def test_cloudflares_headers_are_read_and_no_others():
    app = app_of(BALANCER="cloudflare")
    assert location_of(app, CF_IPCity="Rome") == ("rome", "city header")
    both = {"CF_IPLatitude": "37.38605", "CF_IPLongitude": "-122.08385"}
    assert location_of(app, **both) == ("san francisco", "nearest")
    assert location_of(app, CF_IPLatitude="37.38605") == ("new york", "first")
    assert location_of(app, X_City="Rome") == ("new york", "first")


def test_cloudfronts_headers_are_read():
    app = app_of(BALANCER="cloudfront")
    assert location_of(app, CloudFront_Viewer_City="San%20Francisco") == (
        "san francisco",
        "city header",
    )


def test_headers_may_have_names_of_ones_own():
    app = app_of(CITY_HEADER="Client-City", CITY_LAT_LONG_HEADERS="Client-Lat, Client-Long")
    assert location_of(app, Client_City="Rome") == ("rome", "city header")
    assert location_of(app, Client_Lat="41.9", Client_Long="12.5") == ("rome", "nearest")
    assert location_of(app, X_City="Paris") == ("new york", "first")


def test_no_header_is_believed_without_a_balancer():
    app = app_of(BALANCER="none")
    assert location_of(app, X_City="Rome", X_City_Lat_Long="41.9,12.5") == ("new york", "first")
