"""The manifest and its icons, the service worker, and the page for when there is no connection."""

import struct

from tests.web.site import new_browser, words


def test_manifest_names_icons_of_the_sizes_that_it_says(app):
    client = new_browser(app)
    manifest = client.get("/manifest.webmanifest")
    assert manifest.mimetype == "application/manifest+json"
    icons = manifest.json["icons"]
    assert {icon["purpose"] for icon in icons} == {"any", "maskable"}
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in icons}
    for icon in icons:
        picture = client.get(icon["src"])
        assert picture.status_code == 200
        if picture.mimetype == "image/png":
            width, height = struct.unpack(">II", picture.data[16:24])
            assert icon["sizes"] == f"{width}x{height}"


def test_service_worker_is_asked_for_again_and_changes_with_what_its_page_loads(app):
    client = new_browser(app)
    script = client.get("/service-worker.js")
    assert script.mimetype == "text/javascript"
    assert script.cache_control.no_cache
    page = client.get("/offline").text
    for url in script.text.splitlines()[-1].removeprefix("// ").split():
        assert f'"{url}"' in page


def test_offline_page_is_the_same_for_everybody(app):
    page = new_browser(app).get("/offline")
    assert "You're offline" in words(page)
    assert "Set-Cookie" not in page.headers
    assert "Cookie" not in page.vary
