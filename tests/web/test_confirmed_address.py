"""Confirming an email address: the mail that asks for it, its link, and asking once more."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from itsdangerous import URLSafeTimedSerializer

from movr.kinds import MailKind
from tests.web.site import (
    PASSWORD,
    Person,
    SiteClient,
    asks_for_login,
    browser_at,
    dump,
    heading,
    is_redirect,
    log_in,
    new_browser,
    words,
)
from web.mail_links import confirmation
from web.mail_texts import compose

NEW = {
    "city": "rome",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "email": "ada@example.com",
    "username": "ada",
    "password": "an engine of difference",
}
PROMPT = "Not confirmed yet."


def kinds(person: Person) -> list[MailKind]:
    """What is to be mailed to the people of a city."""
    return [mail.kind for mail in person.movr.get_due_mails(city=person.user.city)]


def link(app, person: Person) -> str:
    """The address that a mail to somebody has now."""
    with app.app_context():
        user = person.movr.get_user(city=person.user.city, user_id=person.user.id)
        return f"/email/confirm/{confirmation(user)}"


def is_confirmed(person: Person) -> bool:
    return person.movr.get_user(city=person.user.city, user_id=person.user.id).is_confirmed


def change_address(person: Person, email: str, browser: SiteClient | None = None):
    fields = {"first_name": "Ada", "last_name": "Byron", "email": email, "password": PASSWORD}
    return (browser or person.client).submit(f"/users/change/{person.user.id}", fields)


def test_a_new_account_is_asked_to_confirm_and_may_ride_without(app, visitor, movr):
    visitor.submit("/register", NEW)
    (mail,) = movr.get_due_mails(city="rome")
    assert mail.kind is MailKind.CONFIRM_ADDRESS
    assert visitor.get("/vehicles").status_code == 200
    assert PROMPT in words(visitor.get("/users/me", follow_redirects=True))


def test_a_mail_tells_a_stranger_no_name_that_somebody_typed(app, visitor, movr):
    # With letters that the mail's link cannot have by chance.
    name = "Adélaïde"
    visitor.submit("/register", NEW | {"first_name": name})
    (mail,) = movr.get_due_mails(city="rome")
    with app.app_context():
        text = compose(mail, movr.get_user(city="rome", user_id=mail.user_id)).get_content()
    assert text.startswith("Hello,\n")
    assert name not in text


def test_a_sign_up_that_is_refused_mails_nobody(rider, visitor, movr):
    taken = NEW | {"username": rider.user.username}
    assert visitor.submit("/register", taken).status_code == 409
    assert movr.get_due_mails(city="rome") == ()


def test_the_link_confirms_once_its_button_is_pressed_on_any_device(app, rider, visitor):
    assert PROMPT in words(rider.client.get(f"/users/{rider.user.id}"))
    page = visitor.get(link(app, rider))
    assert heading(page) == "Confirm your email address"
    assert rider.user.email not in page.text
    assert not is_confirmed(rider)
    for _ in range(2):
        assert is_redirect(visitor.press(page, "Yes, this is my address"), "/")
        assert is_confirmed(rider)
    confirmed = f"Thank you. Your email address {rider.user.email} is confirmed."
    assert confirmed in words(visitor.get("/"))
    assert PROMPT not in words(rider.client.get(f"/users/{rider.user.id}"))


def test_whoever_is_logged_in_comes_back_to_the_profile(app, rider):
    assert is_redirect(rider.client.submit(link(app, rider)), "/users/me")


def test_another_address_is_another_one_to_confirm(app, rider):
    first = link(app, rider)
    rider.client.submit(first)
    change_address(rider, rider.user.email)
    assert kinds(rider) == []
    assert is_confirmed(rider)
    change_address(rider, "another@example.com")
    assert set(kinds(rider)) == {MailKind.CONFIRM_ADDRESS, MailKind.ADDRESS_CHANGED}
    assert not is_confirmed(rider)
    page = rider.client.submit(first)
    assert (page.status_code, heading(page)) == (410, "This link no longer works")
    assert not is_confirmed(rider)
    rider.client.submit(link(app, rider))
    assert is_confirmed(rider)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("how", ["forged", "old", "of nobody", "changed", "nonsense"])
def test_a_link_that_is_not_good_confirms_nothing(app, rider, monkeypatch, how, method):
    good = link(app, rider).rpartition("/")[2]
    payload = [rider.user.city, rider.user.id.hex, rider.user.email_hash]
    foreign = URLSafeTimedSerializer("not the secret of this site", salt="movr.confirm-address")
    own = URLSafeTimedSerializer(app.secret_key, salt="movr.confirm-address")
    with monkeypatch.context() as patch:
        then = (datetime.now(UTC) - timedelta(days=7, minutes=1)).timestamp()
        patch.setattr("itsdangerous.timed.time.time", lambda: then)
        old = own.dumps(payload)
    token = {
        "forged": foreign.dumps(payload),
        "old": old,
        "of nobody": own.dumps([rider.user.city, uuid4().hex, rider.user.email_hash]),
        # The last letter of all has bits that nobody reads.
        "changed": f"{'A' if good[0] != 'A' else 'B'}{good[1:]}",
        "nonsense": "x" * 500,
    }[how]
    page = rider.client.submit(f"/email/confirm/{token}", method=method)
    if (how, method) != ("of nobody", "GET"):
        assert (page.status_code, heading(page)) == (410, "This link no longer works")
    assert not is_confirmed(rider)


def test_a_link_outlives_the_change_of_the_secret(app, rider):
    address = link(app, rider)
    app.config["SECRET_KEY_FALLBACKS"] = (app.config["SECRET_KEY"],)
    app.config["SECRET_KEY"] = "another secret, which signs what comes from now on"
    browser = new_browser(app)
    assert heading(browser.get(address)) == "Confirm your email address"


def test_the_mail_is_sent_again_a_few_times(rider):
    page = rider.client.get(f"/users/{rider.user.id}")
    for _ in range(3):
        assert is_redirect(rider.client.press(page, "Send the link"), "/users/me")
    sent = f"We've sent an email to {rider.user.email}."
    assert sent in words(rider.client.get(f"/users/{rider.user.id}"))
    before = dump(rider.movr)
    assert len(before["mails"]) == 3
    page = rider.client.press(page, "Send the link")
    assert (page.status_code, heading(page)) == (429, "Too many emails")
    assert int(page.headers["Retry-After"]) > 0
    # Nor can strangers be sent any number of mails by changing the address to theirs.
    assert change_address(rider, "stranger@example.com").status_code == 429
    assert dump(rider.movr) == before


def test_an_address_gets_a_few_mails_from_all_accounts_and_networks_together(app, rider, movr):
    for number in range(8):
        browser = browser_at(app, f"198.51.100.{number}")
        fields = NEW | {"username": f"ada-{number}"}
        assert is_redirect(browser.submit("/register", fields), "/vehicles")
    assert len(movr.get_due_mails(city="rome")) == 6
    page = browser.press(browser.get("/users/me", follow_redirects=True), "Send the link")
    assert (page.status_code, heading(page)) == (429, "Too many emails")
    assert change_address(rider, NEW["email"].upper()).status_code == 429
    assert change_address(rider, "another@example.com").status_code != 429
    assert len(movr.get_due_mails(city="rome")) == 6


def test_what_is_confirmed_is_not_asked_for_again(app, rider):
    page = rider.client.get(f"/users/{rider.user.id}")
    rider.client.submit(link(app, rider))
    rider.client.press(page, "Send the link")
    assert kinds(rider) == []
    shown = words(rider.client.get(f"/users/{rider.user.id}"))
    assert f"Your email address {rider.user.email} is confirmed already." in shown
    assert "We've sent" not in shown


def test_without_a_mail_server_nobody_is_asked(new_app, config, app, rider):
    without = new_app(type(config)(SECRET_KEY=config.SECRET_KEY, DB_URI=config.DB_URI))
    without.test_client_class = app.test_client_class
    browser = new_browser(without)
    log_in(browser, rider.user.username)
    assert PROMPT not in words(browser.get(f"/users/{rider.user.id}"))
    assert browser.submit("/email/send-again").status_code == 404
    change_address(rider, "another@example.com", browser)
    other = new_browser(without)
    other.submit("/register", NEW)
    assert dump(rider.movr)["mails"] == []
    assert asks_for_login(new_browser(without).submit("/email/send-again"))
