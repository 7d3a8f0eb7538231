"""The page of a refused form has a URL that can be opened again."""

from tests.web.world import FORMS, build_world


def test_page_of_every_refused_form_can_be_reloaded_by_its_url(app):
    refused = set()
    for endpoint in FORMS:
        # A new one, because some forms log out.
        browser, path, fields = build_world(app).forms()[endpoint]
        # Nothing but what the page itself fills in.
        empty = {name: value if name == "city" else "" for name, value in fields.items()}
        if browser.submit(path, empty).status_code == 422:
            refused.add(endpoint)
            assert browser.get(path, follow_redirects=True).status_code == 200, endpoint
    assert refused >= {
        *("accounts.register", "accounts.change_user", "accounts.remove_user"),
        *("rides.end_ride", "vehicles.add_vehicle", "vehicles.change_vehicle"),
    }
