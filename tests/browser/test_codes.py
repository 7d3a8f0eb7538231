"""The sheet of codes on paper: all on one sheet, whatever the paper, and none of them cut."""

import re
import zlib

import pytest
from playwright.sync_api import Page

from movr import MovR
from movr.kinds import VehicleType
from movr.records import Lengths, Place
from tests.browser.screens import OpenPage
from tests.browser.site import CITY, Person, log_in

ON_A_SHEET = 24
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_BOX = re.compile(rb"/MediaBox ?\[([\d. ]+)\]")
# What Chromium begins the drawing of a page with: the scale and the height, and the part of the
# page that may be drawn on.
_BEGIN = re.compile(
    rb"([\d.]+) 0 0 -[\d.]+ 0 ([\d.]+) cm\nq\n([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) re"
)


@pytest.fixture
def sheet(open_page: OpenPage, backend: MovR, person: Person) -> Page:
    """A full sheet, half of it with the longest words."""
    for number in range(ON_A_SHEET):
        is_long = number % 2
        backend.add_vehicle(
            city=CITY,
            owner_id=person.user.id,
            vehicle_type=VehicleType.SKATEBOARD,
            color="W" * Lengths.NAME if is_long else "red",
            brand="Long and wide " * 4 if is_long else "City",
            place=Place("here"),
        )
    page = open_page()
    log_in(page, person, "/vehicles/codes")
    assert page.locator(".code").count() == ON_A_SHEET
    return page


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_sheet_is_printed_on_one_piece_of_paper_whole(sheet: Page, paper: str) -> None:
    printed = sheet.pdf(format=paper)
    boxes = _BOX.findall(printed)
    assert len(boxes) == 1
    *_, width, height = map(float, boxes[0].split())
    pages = [page for page in map(_drawn, _STREAM.findall(printed)) if _BEGIN.match(page)]
    assert len(pages) == 1
    # The white of each card; one that two sheets share would have it on both.
    assert pages[0].split(b"\n").count(b"f") == ON_A_SHEET
    begin = _BEGIN.match(pages[0])
    assert begin
    scale, top, *drawn_on = map(float, begin.groups())
    assert top == height
    left, above, across, down = (scale * each for each in drawn_on)
    # Most printers leave a border of 6 mm, 17 points, at the sides.
    assert 17 <= left < left + across <= width - 17
    assert 17 <= above < above + down <= height - 17


def _drawn(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


def test_each_card_holds_its_code_and_its_words(sheet: Page) -> None:
    sheet.emulate_media(media="print")
    spilt = sheet.locator(".code").evaluate_all(
        """(cards) => cards.filter((card) => {
          const outer = card.getBoundingClientRect();
          return [...card.querySelectorAll("svg, p")].some((part) => {
            const inner = part.getBoundingClientRect();
            return inner.top < outer.top || inner.bottom > outer.bottom
              || inner.left < outer.left || inner.right > outer.right;
          });
        }).length"""
    )
    assert spilt == 0
