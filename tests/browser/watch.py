"""Notices what goes wrong in a browser while a test looks at something else.

Errors of scripts and of the console, breaches of the content security policy, requests that fail,
answers that a page needs and does not get, and any request to another host.
"""

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

# Chromium reports a breach on the console in words that change; this line does not.
_REPORT_BREACHES = """
document.addEventListener("securitypolicyviolation", (event) =>
    console.error(`content security policy: ${event.effectiveDirective} ${event.blockedURI}`));
"""


class Watch:
    """The problems of all pages of a browser context, in words."""

    def __init__(self, context: BrowserContext, *origins: str) -> None:
        self.problems: list[str] = []
        # How the URLs begin that a test keeps from being answered.
        self.may_fail: str | tuple[()] = ()
        self._expected = (*(f"{origin}/" for origin in origins), "data:")
        context.add_init_script(_REPORT_BREACHES)
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("request", self._request)
        context.on("requestfailed", self._failed)
        context.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        # That an answer was no success is told here only if no test asked for the page itself.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.problems.append(f"console: {message.text}")

    def _error(self, error: WebError) -> None:
        self.problems.append(f"script: {error.error}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith(self._expected):
            self.problems.append(f"request to another host: {request.url}")

    def _failed(self, request: Request) -> None:
        # Aborted: the browser gave it up itself, because the person went on to another page.
        if request.failure != "net::ERR_ABORTED" and not request.url.startswith(self.may_fail):
            self.problems.append(f"failed: {request.method} {request.url} ({request.failure})")

    def _response(self, response: Response) -> None:
        # A refusal is a page for people; of what pages are made of, everything has to be there.
        is_page = response.request.resource_type == "document"
        if response.status >= (500 if is_page else 400):
            self.problems.append(f"{response.status}: {response.request.method} {response.url}")
