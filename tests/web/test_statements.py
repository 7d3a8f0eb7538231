"""The statements of pages are built once, and compiled once."""

from movr.database import reading
from tests.web.world import build_world, calls, path_of


def test_no_page_compiles_a_statement_again(app):
    world = build_world(app)
    compiled = []
    for _ in range(2):
        before = reading._compile.cache_info().misses
        for method, rule in calls(app):
            if method == "GET":
                world.rider.client.get(path_of(rule)).close()
        compiled.append(reading._compile.cache_info().misses - before)
    assert compiled[0] > 5
    assert compiled[1] == 0
