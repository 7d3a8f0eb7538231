"""What check-db makes of a cluster's answers to SHOW."""

from movr.database.cluster import (
    Verdict,
    lease_of,
    node_findings,
    region_findings,
    region_of,
    survival_findings,
)
from movr.regions import CITIES, REGIONS

EAST, WEST, EUROPE = REGIONS
ROME = CITIES["rome"]


def verdicts(findings) -> list[tuple[str, str]]:
    return [(str(finding.verdict), finding.text) for finding in findings]


def test_region_without_a_node_is_a_fault():
    rows = [{"region": EAST, "zones": ["b", "a"]}, {"region": EUROPE, "zones": []}]
    assert verdicts(node_findings(rows)) == [
        ("ok", f"There are nodes in {EAST} (a, b)."),
        ("FAULT", f"There is no node in {WEST}."),
        ("ok", f"There are nodes in {EUROPE} (no zone)."),
    ]


def test_database_has_the_regions_of_the_catalogue_and_perhaps_more():
    rows = [{"region": region, "primary": region == EAST} for region in REGIONS]
    assert verdicts(region_findings(rows)) == [("ok", f"The primary region is {EAST}.")]
    more = [*rows, {"region": "gcp-asia-east1", "primary": False}]
    assert all(finding.verdict is Verdict.OK for finding in region_findings(more))
    fewer = verdicts(region_findings(rows[1:]))
    assert [verdict for verdict, _ in fewer] == ["FAULT", "FAULT"]
    assert f"no region {EAST}: upgrade-db adds it" in fewer[0][1]
    assert fewer[1][1] == f"The primary region is not said, and should be {EAST}."


def test_survival_goal_is_told():
    rows = [{"database": "movr", "survival_goal": "zone"}]
    assert verdicts(survival_findings(rows)) == [
        ("ok", "The database survives the failure of a zone.")
    ]


def test_lease_away_from_home_is_a_fault():
    def verdict(locality: str | None) -> str:
        (finding,) = lease_of([{"lease_holder_locality": locality}], "users", ROME)
        return str(finding.verdict)

    assert verdict(f"region={EUROPE},zone=b") == "ok"
    assert verdict(f"region={EAST},zone=b") == "FAULT"
    assert verdict("") == verdict(None) == "?"
    (nothing,) = lease_of([], "users", ROME)
    assert nothing.verdict is Verdict.UNKNOWN


def test_region_is_read_off_a_locality():
    assert region_of("cloud=gcp,region=gcp-us-east1,zone=us-east1-b") == EAST
    assert region_of("zone=us-east1-b") is region_of("") is None
