"""Settings that MovR understands and that would still do harm, and names that nearly are settings.

Nothing is read from the environment here: web/config.py does that.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final

from zxcvbn import zxcvbn

from movr import knows_its_server

# As a power of ten: of 1,500 random secrets of 32 hexadecimal digits none took fewer than 10^27.
# Sentences may take as many: those that ask to be replaced are told by their words.
_LEAST_GUESSES: Final = 20
_PLACEHOLDERS: Final = ("change", "secret", "example", "password", "insecure", "development")
# Whoever writes our name has not left the choice to chance: only as a word by itself, since chance
# comes upon four letters too.
_OUR_NAME: Final = re.compile(r"(?<![a-z0-9])movr(?![a-z0-9])", re.IGNORECASE)
# The library refuses to look at more; a secret that is hard to guess so far does not get easier.
_LONGEST_GUESS: Final = 72
# TRUSTED_PROXY and DB_URL are nearer to what is meant, HOSTNAME and PYTHON_VERSION are farther.
_ALIKE: Final = 0.83


def dangers(settings: Mapping[str, Any], given: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield every setting that would do harm beside the others, with what is wrong with it.

    `settings` are those that are sound by themselves, `given` the names of all that were given.
    """
    if settings.get("DEBUG"):
        # The secret may be the one that everybody can read in web/config.py.
        loopback = settings.get("HOST", "127.0.0.1") in ("127.0.0.1", "::1", "localhost")
        if not loopback and not settings.get("SECRET_KEY"):
            yield "SECRET_KEY", "is needed where HOST lets others than this machine in."
        return
    for name in ("SECRET_KEY", "DB_URI"):
        # Without a secret anybody could sign cookies. Without an address there would be a file in
        # each container, which nobody shares and which goes with the container.
        if name not in given:
            yield name, "is needed outside DEBUG."
    for name in ("SECRET_KEY", "SECRET_KEY_FALLBACKS"):
        value = settings.get(name, ())
        if any(map(_is_guessable, [value] if isinstance(value, str) else value)):
            yield name, "can be guessed: make a random one, as .env.example says."
    uri = settings.get("DB_URI")
    if uri and not knows_its_server(uri):
        # What is between could read and change everything, passwords and all.
        yield "DB_URI", "must have sslmode=verify-full where the database is on another machine."
    if uri and uri.startswith("sqlite:") and "REGION" in settings:
        # Each region would have riders and vehicles that the others do not know.
        yield "REGION", "needs a database that all regions share, which a SQLite file is not."


def _is_guessable(secret: str) -> bool:
    if _OUR_NAME.search(secret) or any(word in secret.lower() for word in _PLACEHOLDERS):
        return True
    return zxcvbn(secret[:_LONGEST_GUESS])["guesses_log10"] < _LEAST_GUESSES


def misspelled(names: Collection[str], known: Collection[str]) -> list[tuple[str, str]]:
    """Return the names that look like a known one, each with the one that may be meant."""
    found = ((name, get_close_matches(name, known, 1, _ALIKE)) for name in sorted(names))
    return [(name, meant[0]) for name, meant in found if meant and name not in known]
