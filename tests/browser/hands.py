"""Two ways to use a page: with a pointer, and with the keyboard alone."""

from typing import Protocol

from playwright.sync_api import Locator, Page, expect

# Far more than any page has controls.
_MAX_TABS = 150

# Where the focus is: nowhere, on what is looked for, or elsewhere; hidden if the focused element
# and the label around it do not stand out, or something lies on top.
_WHERE_THE_FOCUS_IS = """
(wanted) => {
  const focused = document.activeElement;
  if (focused === document.body) return "nowhere";
  const marks = [focused, focused.closest("label")].filter(Boolean).map((element) => {
    const style = getComputedStyle(element);
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    return outlined || style.boxShadow !== "none";
  });
  const box = focused.getBoundingClientRect();
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  const onTop = top !== null && (focused.contains(top) || top.contains(focused));
  if (!marks.some(Boolean) || !onTop) return `hidden: ${focused.outerHTML}`;
  return focused === wanted ? "here" : "elsewhere";
}
"""


class Hands(Protocol):
    """What a person does to a control that they see."""

    def press(self, control: Locator) -> None:
        """Follow a link, push a button, open a fold."""

    def fill(self, field: Locator, text: str) -> None:
        """Write into an empty field."""

    def choose(self, radio: Locator) -> None:
        """Choose one of several."""

    def select(self, field: Locator, text: str) -> None:
        """Choose one from a list that unfolds."""


class Pointer:
    """A mouse or a finger."""

    def press(self, control: Locator) -> None:
        control.click()

    def fill(self, field: Locator, text: str) -> None:
        field.click()
        field.fill(text)

    def choose(self, radio: Locator) -> None:
        radio.check()

    def select(self, field: Locator, text: str) -> None:
        field.select_option(label=text)


class Keyboard:
    """Tab, Enter, Space and letters; every control that gets the focus on the way must show it."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def press(self, control: Locator) -> None:
        self._reach(control)
        is_button = control.evaluate("element => element.matches('button, input')")
        self._page.keyboard.press("Space" if is_button else "Enter")

    def fill(self, field: Locator, text: str) -> None:
        self._reach(field)
        self._page.keyboard.type(text)

    def choose(self, radio: Locator) -> None:
        self._reach(radio)
        self._page.keyboard.press("Space")
        expect(radio).to_be_checked()

    def select(self, field: Locator, text: str) -> None:
        # Not by typing: a browser that is slow takes the letters for the beginnings of two words.
        self._reach(field)
        self._page.keyboard.press("Home")
        for _ in range(field.locator("option").count()):
            if field.evaluate("element => element.selectedOptions[0].label") == text:
                return
            self._page.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrow keys do not lead to {text}")

    def _reach(self, control: Locator) -> None:
        expect(control).to_be_visible()
        for _ in range(_MAX_TABS):
            self._page.keyboard.press("Tab")
            where = control.evaluate(_WHERE_THE_FOCUS_IS)
            # A browser that is slow paints what has got the focus a moment later.
            for _ in range(20):
                if not where.startswith("hidden"):
                    break
                self._page.wait_for_timeout(50)
                where = control.evaluate(_WHERE_THE_FOCUS_IS)
            # Nowhere is the end of the page: the next Tab begins again.
            assert not where.startswith("hidden"), f"{self._page.url}: the focus is {where}"
            if where == "here":
                return
        raise AssertionError(f"Tab does not lead to {control} on {self._page.url}")
