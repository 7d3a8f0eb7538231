"""How a setting is declared and explained, and rules for its value.

The settings themselves are in web/config.py.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import field, fields
from inspect import cleandoc, getsource
from textwrap import indent
from typing import Any, Final, TypeVar, cast

from limits import RateLimitItem, parse_many
from limits.errors import ConfigurationError
from limits.storage import storage_from_string
from marshmallow.fields import Field, Integer
from marshmallow.validate import Length, Range, Regexp

T = TypeVar("T")

_HEAD: Final = """\
# Every setting of MovR, with what it does and what it is if you leave it out.
# Copy this file to .env, or set the variables in the environment, which comes first.
# MovR refuses to start with a wrong or missing value, and lists all that is wrong.
# Change the words in web/config.py: `make settings` writes this file from them.
"""
# In the source of a class: the heading of a group, or a setting with its explanation.
_SOURCE: Final = re.compile(r'(?ms)^    (?:(# --- [^\n]+)|([A-Z_]+): .*?^    """(.*?)""")$')

SECRET: Final = Length(min=32, error="needs at least 32 characters")
HEADER: Final = Regexp(r"[A-Za-z0-9-]+$", error="must be the name of a header")
CONTACT: Final = Regexp(
    r"(https?://[^\s\"<>/]+\.[^\s\"<>]+|[^\s\"<>@:/]+@[^\s\"<>@:/]+\.[^\s\"<>@:/]+)\Z",
    error="must be an email address or a URL, such as help@example.com or https://example.com/help",
)
TILES: Final = Regexp(
    # A host, perhaps with {s}, or none, which means MovR's own; then a path.
    r"(https?://(\{s\}\.)?[A-Za-z0-9.-]+(:\d+)?)?/(?!/)"
    # With all three placeholders, in any order, and nothing that would end a Content Security
    # Policy.
    r"(?=\S*\{z\})(?=\S*\{x\})(?=\S*\{y\})[^\s,;'\"]*\Z",
    error="must be a URL of map tiles, such as https://tiles.example/{{z}}/{{x}}/{{y}}.png",
)


def setting(
    rule: Field[T],
    default: str | float | Callable[[Any], Any] | None,
    *,
    secret: bool = False,
    example: str | None = None,
) -> T:
    """Return a dataclass field for a setting, whose value is read by `rule`.

    The default is read by it as well, unless it is None or derives a value from the other settings.
    In .env.example, an `example` stands in place of the default.
    """
    text = "" if default is None or callable(default) else str(default)
    value: Any = None if default is None or callable(default) else rule.deserialize(text)
    about = {"rule": rule, "default": default, "example": example or text}
    return cast("T", field(default=value, repr=not secret, metadata=about))


def explain(settings: type[Any]) -> str:
    """Return .env.example for a dataclass of settings, with their explanations."""
    examples = {each.name: each.metadata["example"] for each in fields(settings)}
    paragraphs = [_HEAD]
    for heading, name, words in _SOURCE.findall(getsource(settings)):
        comment = indent(cleandoc(words), "# ")
        paragraphs.append(f"{heading}\n" if heading else f"{comment}\n{name}={examples[name]}\n")
    return "\n".join(paragraphs)


def whole(minimum: int, maximum: int | None = None) -> Integer:
    """Return the rule for a whole number."""
    return Integer(validate=Range(minimum, maximum))


class CommaSeparated(Field[tuple[str, ...]]):
    """Words separated by commas, with a rule for each of them."""

    def __init__(self, rule: Callable[[str], Any] = str, **together: Any) -> None:
        """Take the rule for each word; `together` is passed to marshmallow's field."""
        super().__init__(**together)
        self._rule = rule

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> tuple[str, ...]:
        words = tuple(word.strip() for word in str(value).split(",") if word.strip())
        for word in words:
            self._rule(word)
        return words


class Rates(Field[tuple[RateLimitItem, ...]]):
    """Rates as the `limits` library writes them, or none."""

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> tuple[RateLimitItem, ...]:
        if str(value).lower() == "off":
            return ()
        with suppress(ValueError):
            rates = tuple(parse_many(str(value)))
            if all(rate.amount >= 1 for rate in rates):
                return rates
        raise ValueError("must be off, or rates such as: 20 per hour; 100 per day")


def usable_storage(uri: str) -> None:
    """Raise ValueError unless the library can count there."""
    try:
        # The library's other stores have sockets without a timeout.
        if uri.partition("://")[0] not in ("memory", "redis", "rediss"):
            raise ValueError
        storage_from_string(uri)
    except (ConfigurationError, ValueError):
        # The library's message may quote the URL, which may contain a password.
        raise ValueError("must be a storage that this installation can use.") from None
