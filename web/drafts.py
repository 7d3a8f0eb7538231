"""Keeps what was typed into a form that arrived too late, until its page is shown again.

The draft is part of the signed session cookie, so it is short and holds no password. Only forms
sent from our own pages are kept: no other site may fill in a form for a rider to send.
"""

import json
from typing import Any, Final
from urllib.parse import urlsplit

from flask import current_app, flash, request, session, url_for
from werkzeug.datastructures import MultiDict

from web.claims import claimed_login
from web.security import is_safe_path
from web.translation import gettext

DRAFT: Final = "draft"

# Listed by name, so that no unexpected field is kept, a password above all.
_FIELDS: Final = frozenset(
    (
        *("location", "latitude", "longitude", "pin_shown", "ride_count", "end_time"),
        *("form_id", "type", "color", "brand", "kind", "words"),
        *("first_name", "last_name", "email", "username", "city"),
    )
)
# Browsers keep cookies of up to 4 kB; encoding makes the draft a third longer.
_MAX_BYTES: Final = 2000

# The page of each form that is not shown at its own URL.
_PAGES: Final = {
    "rides.cancel_ride": "rides.get_rides",
    "rides.end_ride": "rides.get_rides",
    "logins.logout": "home.home",
    "logins.end_session": "accounts.get_me",
    "logins.end_sessions": "accounts.get_me",
    "accounts.remove_user": "accounts.get_me",
    "vehicles.remove_vehicle": "accounts.get_me",
    "emails.send_again": "accounts.get_me",
    "vehicles.resume_vehicle": "accounts.get_me",
}
_TO_LOG_IN: Final = ("logins.login", "accounts.register")
_FOR_VISITORS: Final = (
    *(*_TO_LOG_IN, "home.choose_city", "emails.confirm_email"),
    *("passwords.forgot_password", "passwords.reset_password"),
)


def keep_draft() -> str:
    """Keep the fields of the form that was sent, and return the path of its page."""
    page = _page_of_form()
    fields = {name: text for name, text in request.form.items() if name in _FIELDS and text}
    if len(json.dumps(fields)) > _MAX_BYTES:
        fields = {}
    session[DRAFT] = {"page": urlsplit(page).path, "fields": fields}
    return page


def _page_of_form() -> str:
    rule, after = request.url_rule, request.form.get("next")
    if rule is not None and "GET" in (rule.methods or ()):
        page = request.full_path.removesuffix("?")
        return page if is_safe_path(page) else request.path
    if request.endpoint in _PAGES:
        return url_for(_PAGES[request.endpoint])
    return after if after and is_safe_path(after) else url_for("vehicles.get_vehicles")


def draft_waits() -> bool:
    """Return whether a draft waits for a login."""
    return DRAFT in session


def take_draft() -> MultiDict[str, str] | None:
    """Return the draft for the form of this page, and forget it."""
    draft: dict[str, Any] = session.get(DRAFT, {})
    if draft.get("page") != request.path:
        return None
    del session[DRAFT]
    return MultiDict(draft["fields"]) if draft["fields"] else None


def return_expired_form() -> str | None:
    """Keep a form whose token is from another session, and return the path of its page.

    None if the form may not be kept, or the browser keeps no cookies.
    """
    keeps_cookies = current_app.config["SESSION_COOKIE_NAME"] in request.cookies
    for_visitors = request.endpoint in _FOR_VISITORS
    if not _is_from_own_page() or (for_visitors and not keeps_cookies):
        return None
    # The login may be void; then the page asks for a new one, as always.
    logged_in = claimed_login() is not None
    if request.endpoint in _TO_LOG_IN and (logged_in or draft_waits()):
        # The rider has logged in meanwhile, in another tab.
        return _page_of_form()
    page = keep_draft()
    if not logged_in and not for_visitors:
        return url_for("logins.login", next=page)
    flash(gettext("This form had expired. Check it and send it again."), "warning")
    if not session[DRAFT]["fields"]:
        del session[DRAFT]
    return page


def _is_from_own_page() -> bool:
    sender = request.headers.get("Origin") or request.headers.get("Referer", "")
    its = urlsplit(sender)
    return (its.scheme, its.netloc) == (request.scheme, request.host)
