"""The statements of pages are built once, and compiled once."""

from tests.web.world import build_world, calls, path_of


def test_no_page_compiles_a_statement_again(app):
    world = build_world(app)
    compiled = world.movr._home.reading.get_execution_options()["compiled_cache"]
    kept = []
    for _ in range(2):
        for method, rule in calls(app):
            if method == "GET":
                world.rider.client.get(path_of(rule)).close()
        kept.append(set(compiled))
    assert len(kept[0]) > 5
    assert kept[0] == kept[1]
