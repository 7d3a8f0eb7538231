"""QR codes, as pictures that stand in a page: no script draws them and no other site is asked."""

from functools import lru_cache
from typing import Final

import segno
from markupsafe import Markup

# A good many sheets, each picture 3 kB.
_MAX_KEPT: Final = 1024


@lru_cache(_MAX_KEPT)
def code_picture(url: str) -> Markup:
    """Return the code of a URL as SVG, readable when an eighth of it is scratched or dirty."""
    code = segno.make_qr(url, error="m")
    # Without a size: the style sheet gives it one.
    svg = code.svg_inline(omitsize=True, svgclass=None, lineclass=None)
    return Markup(svg)  # noqa: S704 (made of numbers only)
