"""The texts of help, terms and privacy that an operator has written, in Markdown."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import mistune
from markupsafe import Markup

NAMES: Final = ("help", "terms", "privacy")
"""The pages; the file of each is called so, with .md behind it."""

_LARGEST_BYTES: Final = 256 * 1024
# Written by an operator, but shown beside forms: HTML in it is text, and links lead to the web.
_to_html: Final = mistune.create_markdown(escape=True, plugins=["table"])


def read(folder: str) -> Mapping[str, Markup]:
    """Return the texts that are in a folder, as HTML; raises ValueError with what is wrong."""
    if not Path(folder).is_dir():
        raise ValueError("must be a folder")
    files = {name: Path(folder, f"{name}.md") for name in NAMES}
    return {name: _read(file) for name, file in files.items() if file.exists()}


def _read(file: Path) -> Markup:
    try:
        raw = file.read_bytes()
    except OSError:
        raise ValueError(f"holds {file.name}, which cannot be read") from None
    if len(raw) > _LARGEST_BYTES:
        raise ValueError(f"holds {file.name}, which is longer than {_LARGEST_BYTES // 1024} kB")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"holds {file.name}, which is not UTF-8") from None
    return Markup(_to_html(text))  # noqa: S704 (HTML in it has been escaped)
