"""How tests are told of a cluster, and what they make of dbinit.sql there."""

import re

import pytest
from sqlalchemy import make_url

from movr.regions import REGIONS
from tests.support.cluster import Cluster, dbinit, read_addresses


def test_addresses_are_those_of_the_regions_in_the_catalogues_order():
    addresses = read_addresses(
        "one:26257, two:26258,cockroachdb://ada:b%40c@three:1/x?sslmode=require"
    )
    assert list(addresses) == list(REGIONS)
    assert [(url.host, url.port) for url in addresses.values()] == [
        ("one", 26257),
        ("two", 26258),
        ("three", 1),
    ]
    cluster = Cluster(addresses)
    first, *_, last = REGIONS
    assert (
        cluster.uri(first, "movr_test") == "cockroachdb://root@one:26257/movr_test?sslmode=disable"
    )
    assert cluster.uri(last, "y") == "cockroachdb://ada:b%40c@three:1/y?sslmode=require"


@pytest.mark.parametrize("text", ["one:26257", "one:1,two:2", "one:1,two:2,three:3,four:4"])
def test_each_region_needs_an_address(text: str):
    with pytest.raises(ValueError, match="needs one for each of gcp-us-east1"):
        read_addresses(text)


def test_statements_are_those_of_the_file_for_another_database():
    statements = dbinit("movr_test_1")
    assert "CREATE DATABASE IF NOT EXISTS movr_test_1\n" in statements[0]
    assert statements[1] == "USE movr_test_1"
    tables = [each for each in statements if "CREATE TABLE" in each]
    assert sum("LOCALITY REGIONAL BY ROW AS region" in each for each in tables) == 5
    # Each is one statement, and comments are all that comes before it.
    for statement in statements:
        sql = re.sub(r"^--.*$", "", statement, flags=re.MULTILINE).strip()
        assert sql.split()[0] in ("CREATE", "USE", "INSERT")
        assert ";" not in sql


def test_tables_can_be_as_they_were_before_a_city_came():
    before = "\n".join(dbinit("movr_test_1", without="rome"))
    assert "'rome'" not in before
    assert before.count("'paris'") == 5


def test_address_is_one_that_the_application_takes():
    uri = Cluster(read_addresses("a:1,b:2,c:3")).uri("gcp-us-west1", "movr_test")
    assert make_url(uri).drivername == "cockroachdb"
