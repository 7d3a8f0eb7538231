"""Settings that are valid but dangerous, and names that look like a misspelled setting.

Nothing here reads the environment: web/config.py does.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final

from zxcvbn import zxcvbn

from movr import knows_its_server
from web.mail_server import MailServer

# As a power of ten. Of 1,500 random secrets of 32 hexadecimal digits, none needed fewer than 10^27
# guesses. Some sentences need as many; placeholders among them are recognised by their words.
_LEAST_GUESSES: Final = 20
_PLACEHOLDERS: Final = ("change", "secret", "example", "password", "insecure", "development")
# A secret that contains our name was not drawn at random. Only as a separate word, because four
# letters may occur by chance.
_OUR_NAME: Final = re.compile(r"(?<![a-z0-9])movr(?![a-z0-9])", re.IGNORECASE)
# The library looks at no more characters than this; more would not make a secret easier to guess.
_LONGEST_GUESS: Final = 72
# TRUSTED_PROXY and DB_URL are closer than this to a setting, HOSTNAME and PYTHON_VERSION are not.
_ALIKE: Final = 0.83


def dangers(settings: Mapping[str, Any], given: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield each setting that is dangerous in combination with the others, and why.

    `settings` are the valid ones, `given` the names of all that were set.
    """
    if "MAIL_URI" in settings and "MAIL_FROM" not in given:
        yield "MAIL_FROM", "is needed with MAIL_URI."
    if settings.get("DEBUG"):
        # The default secret is public: it is in web/config.py.
        loopback = settings.get("HOST", "127.0.0.1") in ("127.0.0.1", "::1", "localhost")
        if not loopback and not settings.get("SECRET_KEY"):
            yield "SECRET_KEY", "is needed where HOST lets others than this machine in."
        return
    for name in ("SECRET_KEY", "DB_URI"):
        # Without a secret, anyone could sign cookies. Without a database URL, each container would
        # have a file of its own, which is lost with the container.
        if name not in given:
            yield name, "is needed outside DEBUG."
    for name in ("SECRET_KEY", "SECRET_KEY_FALLBACKS"):
        value = settings.get(name, ())
        if any(map(_is_guessable, [value] if isinstance(value, str) else value)):
            yield name, "can be guessed: make a random one, as .env.example says."
    yield from _dangers_of_mail(settings, given)
    uri = settings.get("DB_URI")
    if uri and not knows_its_server(uri):
        # Anyone on the network in between could read and change everything, passwords included.
        yield "DB_URI", "must have sslmode=verify-full where the database is on another machine."
    if uri and uri.startswith("sqlite:") and "REGION" in settings:
        # Each region would have its own riders and vehicles, unknown to the others.
        yield "REGION", "needs a database that all regions share, which a SQLite file is not."


def _dangers_of_mail(
    settings: Mapping[str, Any], given: Collection[str]
) -> Iterator[tuple[str, str]]:
    if "MAIL_URI" not in settings:
        return
    # Mails hold links by which whoever reads them gets into an account.
    if not MailServer.at(settings["MAIL_URI"]).is_private:
        yield "MAIL_URI", "must be smtps:// or end in ?starttls where it is on another machine."
    if "SITE_URL" not in given:
        yield "SITE_URL", "is needed with MAIL_URI."
    elif not settings.get("SITE_URL", "https:").startswith("https:"):
        yield "SITE_URL", "must begin with https:// outside DEBUG."


def _is_guessable(secret: str) -> bool:
    if _OUR_NAME.search(secret) or any(word in secret.lower() for word in _PLACEHOLDERS):
        return True
    return zxcvbn(secret[:_LONGEST_GUESS])["guesses_log10"] < _LEAST_GUESSES


def misspelled(names: Collection[str], known: Collection[str]) -> list[tuple[str, str]]:
    """Return each name that is close to a known one, with that one."""
    found = ((name, get_close_matches(name, known, 1, _ALIKE)) for name in sorted(names))
    return [(name, meant[0]) for name, meant in found if meant and name not in known]
