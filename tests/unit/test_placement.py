"""What a cluster prints of where its rows live, and what is made of it."""

import pytest

from movr.database.placement import (
    Placement,
    faults,
    locality_in,
    notes,
    placement,
    regions_in,
    unknown_cities,
)
from movr.database.schema import region_expression, region_in_catalogue
from movr.regions import CITIES

# In the format of SHOW CREATE TABLE, types and all.
COCKROACHDB = """CREATE TABLE public.users (
	city VARCHAR(32) NOT NULL,
	id UUID NOT NULL,
	region public.crdb_internal_region NOT NULL AS ({expression}) STORED,
	CONSTRAINT pk_users PRIMARY KEY (city ASC, id ASC),
	UNIQUE INDEX uq_users_username (username ASC),
	CONSTRAINT ck_users_active_ride CHECK ((active_ride_city IS NULL) = (active_ride_id IS NULL))
){end}"""
TWO_REGIONS = {"new york": "gcp-us-east1", "boston": "gcp-us-east1", "rome": "gcp-europe-west1"}


@pytest.mark.parametrize(
    ("end", "locality"),
    [
        (" LOCALITY REGIONAL BY ROW AS region", "REGIONAL BY ROW AS region"),
        (' LOCALITY REGIONAL BY ROW AS "region2";', "REGIONAL BY ROW AS region2"),
        (
            " WITH (schema_locked = true) LOCALITY REGIONAL BY ROW AS region;",
            "REGIONAL BY ROW AS region",
        ),
        (" LOCALITY REGIONAL BY ROW", "REGIONAL BY ROW"),
        (" LOCALITY GLOBAL;", "GLOBAL"),
        (" LOCALITY REGIONAL BY TABLE IN PRIMARY REGION", "REGIONAL BY TABLE IN PRIMARY REGION"),
        (
            ' LOCALITY REGIONAL BY TABLE IN "gcp-us-west1"',
            "REGIONAL BY TABLE IN gcp-us-west1",
        ),
        (" WITH (schema_locked = true);", ""),
        ("", ""),
        (" LOCALITY SOMEWHERE NEW", None),
    ],
)
def test_locality_is_read_off_the_end_of_a_table(end: str, locality: str | None):
    assert locality_in(COCKROACHDB.format(expression="", end=end)) == locality


def test_table_that_cannot_be_shown_has_no_known_locality():
    assert locality_in(None) is None


@pytest.mark.parametrize(
    "expression",
    [
        region_expression(TWO_REGIONS),
        "CASE WHEN city IN ('boston':::STRING, 'new york':::STRING) THEN"
        " 'gcp-us-east1':::public.crdb_internal_region WHEN city = 'rome':::STRING THEN"
        " 'gcp-europe-west1':::public.crdb_internal_region END",
        "(CASE WHEN city IN ('boston', 'new york') THEN 'gcp-us-east1'::crdb_internal_region"
        " WHEN city IN ('rome') THEN 'gcp-europe-west1'::crdb_internal_region ELSE NULL END)",
        "CASE\n    WHEN ((city)::text = ANY ((ARRAY['new york'::character varying, 'boston'::"
        "character varying])::text[])) THEN 'gcp-us-east1'::text\n    WHEN ((city)::text ="
        " 'rome'::text) THEN 'gcp-europe-west1'::text\n    ELSE NULL::text\nEND",
    ],
)
def test_region_of_each_city_is_read_in_every_servers_words(expression: str):
    assert regions_in(expression) == TWO_REGIONS


def test_quotes_in_names_survive():
    regions = {"l'aquila": "gcp-europe-west1", "rock 'n' roll": "gcp-us-east1"}
    assert regions_in(region_expression(regions)) == regions


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "gateway_region()",
        "default_to_database_primary_region(gateway_region())::public.crdb_internal_region",
        "CASE WHEN city IN ('rome') THEN x'40':::@100054 END",
        "CASE WHEN city IN (e'r\\u00f6me') THEN 'gcp-europe-west1' END",
        "CASE WHEN city NOT IN ('rome') THEN 'gcp-us-east1' END",
        "CASE WHEN city < 'm' THEN 'gcp-us-east1' END",
        "CASE WHEN city IN ('rome') THEN 'gcp-europe-west1' ELSE 'gcp-us-east1' END",
        "CASE city WHEN 'rome' THEN CASE WHEN true THEN 'a' END END",
        "CASE 'rome' WHEN city THEN 'gcp-europe-west1' END",
        "CASE WHEN city IN ('rome') THEN 'gcp-europe-west1'",
    ],
)
def test_what_is_not_understood_is_unknown(expression: str):
    assert regions_in(expression) is None


def of_users(expression: str, end: str) -> dict[str, Placement]:
    """Where users live, by what a cluster prints."""
    create = COCKROACHDB.format(expression=expression, end=end)
    return {"users": placement(create, {"region": expression, "full_name": "a || b"})}


BY_ROW = " WITH (schema_locked = true) LOCALITY REGIONAL BY ROW AS region;"


def test_table_as_dbinit_makes_it_has_no_fault():
    found = of_users(region_expression(region_in_catalogue()), BY_ROW)
    assert found["users"].is_locked
    assert [*faults(found), *notes(found), *unknown_cities(found)] == []


def test_database_without_regions_has_no_fault():
    found = {"users": placement("CREATE TABLE public.users (city VARCHAR(32));", {})}
    assert [*faults(found), *notes(found), *unknown_cities(found)] == []


@pytest.mark.parametrize(
    "locality", ["GLOBAL", "REGIONAL BY TABLE IN PRIMARY REGION", "REGIONAL BY ROW"]
)
def test_table_whose_rows_do_not_live_at_home_is_a_fault(locality: str):
    found = of_users("", f" LOCALITY {locality}")
    assert list(faults(found)) == [
        f"table users is {locality} and should be REGIONAL BY ROW AS region"
    ]


def test_table_that_is_just_being_changed_is_no_fault():
    assert list(faults({"users": Placement("REGIONAL BY ROW AS region2")})) == []


def test_city_that_one_table_or_column_does_not_know_is_unknown():
    all_cities = region_in_catalogue()
    fewer = {city: all_cities[city] for city in CITIES if city not in ("rome", "boston")}
    for column, other in (("region", "region2"), ("region2", "region")):
        found = {
            "users": Placement("REGIONAL BY ROW AS region", {"region": all_cities}),
            "rides": Placement("REGIONAL BY ROW AS region", {column: fewer, other: all_cities}),
        }
        assert unknown_cities(found) == ["boston", "rome"]
        assert list(faults(found)) == []


def test_city_in_another_region_than_the_catalogues_is_noted():
    moved = region_in_catalogue() | {"rome": "gcp-us-east1", "a city of a later version": "x"}
    found = {"users": Placement("REGIONAL BY ROW AS region", {"region": moved})}
    assert list(notes(found)) == [
        "users has other regions than the catalogue: rome in gcp-us-east1 for gcp-europe-west1"
    ]
    assert [*faults(found), *unknown_cities(found)] == []


def test_what_cannot_be_read_is_noted_and_neither_a_fault_nor_a_reason_to_offer_less():
    for found, note in (
        (of_users("gateway_region()", BY_ROW), "column region of users could not be read"),
        ({"users": Placement(None, {})}, "the locality of users could not be read"),
        (
            {"users": Placement("REGIONAL BY ROW AS crdb_region", {})},
            "column crdb_region of users could not be read",
        ),
    ):
        assert [said for said in notes(found) if said.startswith(note)]
        assert [*faults(found), *unknown_cities(found)] == []
