"""An address that was confirmed is told that its account has another one now."""

from datetime import timedelta

import pytest

from tests.web.mails.office import ONE_SENT, SITE, change_password, send_mail, waiting
from tests.web.site import PASSWORD, dump, is_redirect, join, log_in, new_browser

OTHER = "another@example.com"
SUBJECT = "Your email address was changed · MovR"


def change_address(person, email=OTHER, password=PASSWORD):
    fields = {"first_name": "Ada", "last_name": "Byron", "email": email, "password": password}
    return person.client.submit(f"/users/change/{person.user.id}", fields)


def by_recipient(post):
    return dict(zip(post.recipients, [mail["Subject"] for mail in post.mails], strict=True))


def test_both_addresses_get_a_mail_and_the_former_one_does_not_learn_the_new_one(app, rider, post):
    assert is_redirect(change_address(rider), f"/users/{rider.user.id}")
    post.wait_for(2)
    assert by_recipient(post) == {
        rider.user.email: SUBJECT,
        OTHER: "Confirm your email address · MovR",
    }
    (mail,) = [mail for mail in post.mails if mail["Subject"] == SUBJECT]
    text = mail.get_content()
    assert mail["To"] == rider.user.email
    assert text.startswith(f"Hello,\n\nYour MovR account {rider.user.username} has another")
    assert f"\n{SITE}/login\n" in text
    assert OTHER not in text
    assert "ask for help" not in text
    assert waiting(app) == 0


def test_whoever_cannot_log_in_any_more_reads_whom_to_ask(app, rider, post):
    app.config["CONTACT"] = "help@movr.example"
    change_address(rider)
    post.wait_for(2)
    (mail,) = [mail for mail in post.mails if mail["Subject"] == SUBJECT]
    assert "ask for help: help@movr.example\n" in mail.get_content()


@pytest.mark.parametrize("how", ["wrong password", "same address"])
def test_an_address_that_stays_is_told_nothing(app, rider, post, how):
    if how == "wrong password":
        change_address(rider, password="wrong")
    else:
        change_address(rider, rider.user.email)
    assert waiting(app) == 0
    assert post.mails == []


def test_an_address_whose_domain_is_written_in_another_case_is_told_nothing(app, rider, post):
    change_address(rider, rider.user.email.replace("example", "EXAMPLE"))
    assert waiting(app) == 0
    assert SUBJECT not in [mail["Subject"] for mail in post.mails]


def test_an_address_that_was_never_confirmed_is_told_nothing(app, post):
    person = join(app)
    change_address(person)
    change_address(person, "third@example.com")
    assert waiting(app) == 0
    assert {mail["Subject"] for mail in post.mails} == {"Confirm your email address · MovR"}


def test_it_is_told_later_if_it_cannot_be_told_at_once_and_then_it_is_kept_no_longer(
    app, rider, post, later
):
    post.refuse_with[rider.user.email] = "451 Later, please"
    change_address(rider)
    assert waiting(app) == 1
    assert rider.user.email in str(dump(rider.movr)["mails"])
    post.refuse_with.clear()
    later(timedelta(minutes=6))
    assert send_mail(app).output == ONE_SENT
    assert post.recipients == [OTHER, rider.user.email]
    assert rider.user.email not in str(dump(rider.movr))


def test_an_address_that_is_back_is_told_nothing(app, rider, post, later):
    post.refuse_with[rider.user.email] = "451 Later, please"
    change_address(rider)
    assert waiting(app) == 1
    change_address(rider, rider.user.email)
    post.refuse_with.clear()
    later(timedelta(minutes=6))
    send_mail(app)
    assert waiting(app) == 0
    assert SUBJECT not in [mail["Subject"] for mail in post.mails]


def test_a_closed_account_keeps_no_former_address(app, rider, post):
    post.refuse_with[rider.user.email] = "451 Later, please"
    change_address(rider)
    assert waiting(app) == 1
    rider.movr.remove_user(city="amsterdam", user_id=rider.user.id, password=PASSWORD)
    assert rider.user.email not in str(dump(rider.movr))


def test_who_has_the_password_can_change_it_back(app, rider, post):
    change_address(rider)
    browser = new_browser(app)
    assert is_redirect(log_in(browser, rider.user.username), "/vehicles")
    here = type(rider)(rider.user, browser, rider.movr)
    change_password(here)
    answer = change_address(here, rider.user.email, "four larger ships")
    assert is_redirect(answer, f"/users/{rider.user.id}")
    back = rider.movr.get_user(city="amsterdam", user_id=rider.user.id)
    assert (back.email, back.is_confirmed) == (rider.user.email, True)
    waiting(app)
