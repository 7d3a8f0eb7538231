"""Jinja for whole pages: without what it does for templates that MovR does not have."""

from collections.abc import Callable, MutableMapping
from types import CodeType, FunctionType
from typing import Any

from flask.templating import Environment
from jinja2 import Environment as JinjaEnvironment
from jinja2 import Template
from jinja2.runtime import Context
from markupsafe import Markup, escape


class _Context(Context):
    def call(self, called: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Call a plain function at once; Jinja would look for how to call it, fifty times a page.

        A function to which Jinja is to pass its context is marked by an attribute.
        """
        if type(called) is not FunctionType or called.__dict__:
            return super().call(called, *args, **kwargs)
        kwargs.pop("_block_vars", None)
        kwargs.pop("_loop_vars", None)
        return called(*args, **kwargs)


class _Template(Template):
    @classmethod
    def from_code(
        cls,
        environment: JinjaEnvironment,
        code: CodeType,
        globals: MutableMapping[str, Any],
        uptodate: Callable[[], bool] | None = None,
    ) -> Template:
        """Return a template that copies nothing that is escaped already, as most of a page is."""
        template = super().from_code(environment, code, globals, uptodate)
        template.root_render_func.__globals__["escape"] = _escape
        return template


def _escape(value: Any) -> Markup:
    return value if type(value) is Markup else escape(value)


class Templates(Environment):
    """Flask's environment for templates, in less time."""

    context_class = _Context
    template_class = _Template

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return the application's globals: no template has any of its own.

        Jinja keeps room for such in front of them, and pays for it with every include and import.
        """
        return self.globals if d is None else super().make_globals(d)
