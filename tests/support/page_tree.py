"""A parsed page and the questions that the rules of page_rules.py ask about it.

The parser is html5lib, which reads as browsers do and reports each error of the HTML standard.
"""

from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from xml.etree.ElementTree import Element

import html5lib
from html5lib.constants import E as PARSE_ERRORS

# Their text is no part of the name of what they stand in.
_SILENT = {"script", "style", "template", "select", "textarea", "datalist"}
_VALUE_IS_NAME = {"button", "submit", "reset"}


def local(name: str) -> str:
    """The name of a tag or an attribute without the namespace that SVG brings."""
    return name.rpartition("}")[2]


def describe(element: Element) -> str:
    """The start tag, shortened to what helps to find it."""
    shown = ("id", "name", "type", "href", "action", "src", "for", "class")
    attributes = "".join(
        f' {key}="{element.attrib[key]}"' for key in shown if key in element.attrib
    )
    return f"<{local(element.tag)}{attributes}>"


class Page:
    """A page as a tree in document order, with the way up and an index of ids."""

    def __init__(self, html: str) -> None:
        parser = html5lib.HTMLParser(namespaceHTMLElements=False)
        self.root: Element = parser.parse(html)
        self.errors = [_explain(error, html) for error in parser.errors]
        # Comments are nodes too, and their tag is not a string.
        self.elements = [node for node in self.root.iter() if isinstance(node.tag, str)]
        self._parents = {child: parent for parent in self.root.iter() for child in parent}
        self.by_id: dict[str, list[Element]] = defaultdict(list)
        for element in self.elements:
            if "id" in element.attrib:
                self.by_id[element.attrib["id"]].append(element)

    def all(self, *tags: str) -> list[Element]:
        """The elements with these tags, those inside SVG left out."""
        return [element for element in self.elements if element.tag in tags]

    def ancestors(self, element: Element) -> Iterator[Element]:
        """Parents of an element, the nearest first."""
        while (parent := self._parents.get(element)) is not None:
            yield parent
            element = parent

    def referenced(self, element: Element, attribute: str) -> list[str]:
        """The ids that an attribute such as aria-describedby lists."""
        return element.get(attribute, "").split()

    def labels(self, control: Element) -> list[Element]:
        """The label elements of a control: those that name its id and those around it."""
        own = control.get("id")
        return [
            label
            for label in self.all("label")
            if (own is not None and label.get("for") == own)
            or ("for" not in label.attrib and label in self.ancestors(control))
        ]

    def name(self, element: Element) -> str:
        """What a screen reader calls it, by aria-labelledby, aria-label, value or content."""
        targets = self.referenced(element, "aria-labelledby")
        by_reference = [self.content(found) for id_ in targets for found in self.by_id.get(id_, [])]
        own = _own_name(element)
        return " ".join([*by_reference]).strip() or own.strip() or self.content(element)

    def content(self, element: Element) -> str:
        """The text that is spoken for what stands inside an element."""
        parts = [element.text or ""] if _text_counts(element) else []
        for child in element:
            parts.append(self._spoken(child))
            parts.append((child.tail or "") if _text_counts(element) else "")
        return " ".join("".join(parts).split())

    def _spoken(self, child: Element) -> str:
        if not isinstance(child.tag, str) or child.tag in _SILENT:
            return ""
        if child.get("aria-hidden") == "true" or "hidden" in child.attrib:
            return ""
        own = _own_name(child)
        return f" {own} " if own.strip() else self.content(child)


@lru_cache(maxsize=8)
def parsed(html: str) -> Page:
    """A page as a tree; it is asked by the rules first, and several times by the test itself."""
    return Page(html)


def _own_name(element: Element) -> str:
    """The name that the element's attributes give it."""
    if element.get("aria-label", "").strip():
        return element.attrib["aria-label"]
    if element.tag == "img" or (element.tag == "input" and element.get("type") == "image"):
        return element.get("alt", "")
    if element.tag == "input" and element.get("type") in _VALUE_IS_NAME:
        # Browsers write "Submit" or "Reset" on such a button where the page says nothing.
        default = "" if element.get("type") == "button" else element.attrib["type"]
        return element.get("value", default)
    return ""


def _text_counts(element: Element) -> bool:
    """Whether text directly inside is spoken; of a drawing only its title is."""
    return "}" not in element.tag or local(element.tag) == "title"


def _explain(error: tuple[tuple[int, int], str, dict[str, object]], html: str) -> str:
    (line, _), code, details = error
    lines = html.replace("\r\n", "\n").split("\n")
    source = lines[line - 1].strip() if 0 < line <= len(lines) else ""
    message = PARSE_ERRORS.get(code, code) % (details or {})
    return f"line {line}: {message} Near: {source[:100]}"
