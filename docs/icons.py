"""Draws the icons of an installed MovR from its favicon: `python -m docs.icons`, in the root.

A maskable icon, and Apple's, fills its square, because the system cuts the shape; what must be seen
stays within the inner four fifths (https://www.w3.org/TR/appmanifest/#icon-masks).
"""

from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.support import chromium

FOLDER = Path(__file__).resolve().parent.parent / "static/img"
CORNERS = 'rx="7"'
WHOLE, INNER = 'viewBox="0 0 32 32"', 'viewBox="-5 -5 42 42"'
SQUARE, LARGER = '<rect width="32" height="32"', '<rect x="-5" y="-5" width="42" height="42"'


def main() -> None:
    """Write the four files."""
    round_ = (FOLDER / "favicon.svg").read_text()
    full = round_.replace(CORNERS, "").replace(WHOLE, INNER).replace(SQUARE, LARGER)
    with sync_playwright() as playwright, chromium.launch(playwright) as browser:
        page = browser.new_page()
        for name, svg in {
            "icon-192": round_,
            "icon-512": round_,
            "icon-maskable-512": full,
            "icon-touch-180": full,
        }.items():
            size = int(name.rpartition("-")[2])
            page.set_viewport_size({"width": size, "height": size})
            sized = svg.replace('width="32" height="32">', f'width="{size}" height="{size}">', 1)
            page.set_content(f'<body style="margin:0;line-height:0">{sized}')
            page.screenshot(path=FOLDER / f"{name}.png", omit_background=True)


if __name__ == "__main__":
    main()
