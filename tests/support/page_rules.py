"""The rules that every page of the site keeps, each a function from a page to its problems.

They say what HTML, the content security policy, CSRF protection and accessibility ask for.
"""

from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element

from tests.support.page_tree import Page, describe, local

Rule = Callable[[Page], Iterator[str]]

_NO_LABEL_NEEDED = {"hidden", "submit", "button", "reset", "image"}
_URL_ATTRIBUTES = {"href", "src", "action", "formaction", "data", "poster", "cite"}
_BUTTON_TYPES = {"submit", "button", "reset", "image"}


def _kind(element: Element) -> str:
    return element.get("type", "").strip().lower()


def is_well_formed(page: Page) -> Iterator[str]:
    """HTML without a parse error; a missing doctype is one."""
    yield from page.errors


def has_a_head(page: Page) -> Iterator[str]:
    """A language, a title, and a width that phones respect."""
    if not page.root.get("lang", "").strip():
        yield "<html> has no lang"
    head = page.root.find("head")
    titles = [] if head is None else head.findall("title")
    if len(titles) != 1 or not page.content(titles[0]):
        yield "the page needs exactly one non-empty <title> in its head"
    viewports = [meta for meta in page.all("meta") if meta.get("name", "").lower() == "viewport"]
    if not any("width=device-width" in meta.get("content", "") for meta in viewports):
        yield '<meta name="viewport" content="width=device-width, ..."> is missing'


def has_one_h1(page: Page) -> Iterator[str]:
    """Exactly one main heading, and it says something."""
    headings = page.all("h1")
    if len(headings) != 1:
        yield f"the page has {len(headings)} <h1>, not 1"
    yield from (f"{describe(h1)} is empty" for h1 in headings if not page.name(h1))


def has_unique_ids(page: Page) -> Iterator[str]:
    """Each id is one word and belongs to one element."""
    for id_, elements in page.by_id.items():
        if len(elements) > 1:
            yield f'id "{id_}" is used {len(elements)} times'
        if len(id_.split()) != 1:
            yield f'id "{id_}" is empty or contains a space'


def has_no_dangling_reference(page: Page) -> Iterator[str]:
    """What describes, labels or is labelled exists."""
    for element in page.elements:
        for attribute in ("aria-describedby", "aria-labelledby"):
            for id_ in page.referenced(element, attribute):
                if id_ not in page.by_id:
                    yield f'{describe(element)} has {attribute}="{id_}", an id that is not there'
    for label in page.all("label"):
        if "for" in label.attrib and label.attrib["for"] not in page.by_id:
            yield f"{describe(label)} names an id that is not there"


def has_labels(page: Page) -> Iterator[str]:
    """Each control that a user fills in has a label with words in it."""
    for control in page.all("input", "select", "textarea"):
        if control.tag == "input" and _kind(control) in _NO_LABEL_NEEDED:
            continue
        by_attribute = control.get("aria-label", "").strip() or any(
            page.content(target)
            for id_ in page.referenced(control, "aria-labelledby")
            for target in page.by_id.get(id_, [])
        )
        if not by_attribute and not any(map(page.content, page.labels(control))):
            yield f"{describe(control)} has no label"


def has_csrf_tokens(page: Page) -> Iterator[str]:
    """Each form that posts carries a token."""
    for form in page.all("form"):
        if form.get("method", "").strip().lower() != "post":
            continue
        tokens = [
            field
            for field in page.all("input")
            if field.get("name") == "csrf_token"
            and _kind(field) == "hidden"
            and field.get("value", "").strip()
            and (form in page.ancestors(field) or (field.get("form") or None) == form.get("id", ""))
        ]
        if not tokens:
            yield f"{describe(form)} posts without a hidden csrf_token that has a value"


def obeys_content_security_policy(page: Page) -> Iterator[str]:
    """No script, style or handler inside the page: the policy would stop it."""
    for element in page.elements:
        tag = local(element.tag)
        if tag == "script" and "src" not in element.attrib and _kind(element) != "application/json":
            yield f"{describe(element)} is an inline script"
        if tag == "style":
            yield "<style> inside the page"
        for name, value in element.attrib.items():
            attribute = local(name)
            if attribute == "style":
                yield f'{describe(element)} has style="{value}"'
            if attribute.startswith("on"):
                yield f"{describe(element)} has the inline handler {attribute}"
            if attribute in _URL_ATTRIBUTES and _is_script_url(value):
                yield f'{describe(element)} has a javascript: URL in {attribute}="{value}"'


def _is_script_url(value: str) -> bool:
    # Browsers drop control characters and blanks in front, and tabs and line ends anywhere.
    seen = "".join(char for char in value if char not in "\t\r\n")
    return seen.lstrip("".join(map(chr, range(33)))).lower().startswith("javascript:")


def has_alternatives(page: Page) -> Iterator[str]:
    """Each image says what it shows, or alt="" that it only decorates."""
    for image in page.all("img"):
        if "alt" not in image.attrib:
            yield f"{describe(image)} has no alt"


def has_names(page: Page) -> Iterator[str]:
    """Each button and link can be announced."""
    for element in page.elements:
        is_named_thing = (
            element.tag == "button"
            or (element.tag == "a" and "href" in element.attrib)
            or (element.tag == "input" and _kind(element) in _BUTTON_TYPES)
            or element.get("role") in ("button", "link")
        )
        if is_named_thing and not page.name(element):
            yield f"{describe(element)} has no accessible name"


def groups_radios(page: Page) -> Iterator[str]:
    """Each radio button stands in a fieldset whose legend asks the question."""
    for radio in page.all("input"):
        if _kind(radio) != "radio":
            continue
        fieldsets = [parent for parent in page.ancestors(radio) if parent.tag == "fieldset"]
        legends = [legend for fieldset in fieldsets for legend in fieldset.findall("legend")]
        if not any(map(page.content, legends)):
            yield f"{describe(radio)} is not in a <fieldset> with a <legend>"


RULES: tuple[Rule, ...] = (
    is_well_formed,
    has_a_head,
    has_one_h1,
    has_unique_ids,
    has_no_dangling_reference,
    has_labels,
    has_csrf_tokens,
    obeys_content_security_policy,
    has_alternatives,
    has_names,
    groups_radios,
)
