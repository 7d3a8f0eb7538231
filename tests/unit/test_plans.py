"""What is read off plans that a CockroachDB v26.1 of three regions has printed.

The files in explained/ are its answers to EXPLAIN ANALYZE, for riders at home in gcp-europe-west1.
"""

from pathlib import Path

import pytest

from movr.check import Step, Trial, Verdict, judged
from movr.database.explaining import Explained
from movr.database.plans import Plan, read_plan
from movr.home_actions import Action, actions
from movr.home_scenes import cast_of
from web.check_db import table

FOLDER = Path(__file__).with_name("explained")
HOME = "gcp-europe-west1"
EVERYWHERE = {HOME, "gcp-us-east1", "gcp-us-west1"}
PLANS = {
    "add_user": Plan(frozenset({HOME}), 0, False, ("users@uq_users_username",)),
    "add_vehicle": Plan(frozenset({HOME}), 1, False, ()),
    "get_user": Plan(frozenset({HOME}), 1, False, ()),
    "get_vehicles": Plan(frozenset({HOME}), 2, False, ()),
    "login-away": Plan(frozenset(EVERYWHERE), 0, False, ()),
    "start_ride": Plan(frozenset({HOME}), 1, False, ()),
    # It was recorded in part: of its last scan nobody knows how much of the table it reads.
    "get_rides-cut": Plan(frozenset({HOME}), 4, None, ()),
}


def text_of(name: str) -> str:
    return FOLDER.joinpath(f"{name}.txt").read_text(encoding="utf-8")


def test_every_recorded_plan_is_read():
    assert {path.stem for path in FOLDER.iterdir()} == PLANS.keys()


@pytest.mark.parametrize("name", PLANS)
def test_plan_says_where_and_how_much_was_read(name: str):
    assert read_plan(text_of(name)) == PLANS[name]


def test_full_scan_is_found():
    text = text_of("start_ride")
    spans = next(line for line in text.splitlines() if "spans:" in line)
    full = text.replace(spans, f"{spans.partition('spans:')[0]}spans: FULL SCAN")
    assert read_plan(full).full_scan is True
    limited = text.replace(spans, f"{spans.partition('spans:')[0]}spans: LIMITED SCAN")
    assert read_plan(limited).full_scan is False


@pytest.mark.parametrize(
    "text", ["", "Update on vehicles  (cost=0.15..8.17 rows=1)\nExecution Time: 0.2 ms"]
)
def test_what_cannot_be_read_is_not_guessed(text: str):
    assert read_plan(text) == Plan(None, None, None, ())


@pytest.mark.parametrize("line", ["regions:", "KV rows decoded:", "spans:"])
def test_plan_that_says_it_in_other_words_is_not_guessed(line: str):
    text = text_of("get_user").replace(line, "other words:").replace("rows decoded", "rows seen")
    plan = read_plan(text)
    assert None in (plan.regions, plan.rows_read, plan.full_scan)


def action_named(name: str) -> Action:
    (action,) = [each for each in actions(cast_of("amsterdam")) if each.name == name]
    return action


def step(
    action: str, plan: str, sql: str = "SELECT 1 FROM users", error: str | None = None
) -> Step:
    trial = Trial(cast_of("amsterdam"), action_named(action))
    return judged(trial, Explained(sql, plan, error))


def test_statement_that_leaves_home_without_leave_is_a_fault():
    found = step("get_user", text_of("login-away"))
    assert found.verdict is Verdict.FAULT
    assert found.remark == "It leaves home for gcp-us-east1, gcp-us-west1."


def test_statement_that_may_leave_home_says_why():
    found = step("authenticate away from home", text_of("login-away"))
    assert (found.verdict, "nothing of the rider but the name" in found.remark) == ("ok", True)
    unseen = step("add_user", text_of("add_user"))
    assert unseen.verdict is Verdict.OK
    assert unseen.remark.startswith(
        "The plan does not say where it asks users@uq_users_username: a username is unique"
    )


def test_login_at_home_stays_there_though_one_away_from_home_may_not():
    assert step("authenticate at home", text_of("login-away")).verdict is Verdict.FAULT


def test_statement_whose_plan_says_nothing_is_not_taken_for_one_at_home():
    assert step("get_user", "").verdict is Verdict.UNKNOWN
    failed = step("get_user", "", error="UniqueViolation 23505")
    assert (failed.verdict, failed.remark) == ("?", "It could not be run: UniqueViolation 23505.")


def test_table_has_a_line_for_each_statement():
    tried = [
        step("get_vehicles", text_of("get_vehicles"), "SELECT vehicles.id FROM vehicles WHERE 1"),
        step("start_ride", text_of("start_ride"), "UPDATE vehicles SET status='unavailable'"),
        step("get_user", text_of("login-away"), "SELECT users.id FROM users"),
        step("add_user", "", "INSERT INTO users (city) VALUES (1)"),
    ]
    assert [" ".join(line.split()) for line in table(tried)] == [
        "action statement regions rows read full scan",
        f"get_vehicles SELECT vehicles {HOME} 2 no",
        f"start_ride UPDATE vehicles {HOME} 1 no",
        f"get_user SELECT users {HOME}, gcp-us-east1, gcp-us-west1 0 no"
        " FAULT: It leaves home for gcp-us-east1, gcp-us-west1.",
        "add_user INSERT users ? ? ? ?: The plan does not say where.",
    ]
