"""Functions in templates get what they are called with, and the context if they ask for it."""

from flask import Flask
from jinja2 import pass_context
from jinja2.runtime import Context


@pass_context
def asking(context: Context, word: str) -> str:
    return f"{word} {context['greeted']}"


def plain(word: str, **others: str) -> str:
    return f"{word} {others}"


def test_only_functions_that_ask_for_the_context_get_it(app: Flask):
    source = (
        "{% block all %}{% for name in ('Ada',) %}{% set greeted = name %}"
        "{{ asking('Hello') }} {{ plain('Hello', to=name) }} {{ 'Hello'.replace('l', name) }}"
        "{% endfor %}{% endblock %}"
    )
    written = app.jinja_env.from_string(source).render(asking=asking, plain=plain)
    assert written == "Hello Ada Hello {&#39;to&#39;: &#39;Ada&#39;} HeAdaAdao"
