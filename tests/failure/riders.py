"""Riders who start and end one ride after another, and send a form again until it is answered."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from threading import Event
from time import monotonic, sleep
from uuid import uuid4

import requests

from tests.failure.browser import leads_to
from tests.failure.history import Action, Answer, Call, look
from tests.failure.service import CITY, Person

# A page that is 503 asks for a few seconds, which would be most of the time that the run takes.
_PAUSE_S = 0.25
_TAKEN = "Someone just took that one"
# How many of the times that riders could look at the pages they do.
_CURIOSITY = 0.25
_VEHICLE = re.compile(r'class="vehicle-card( is-unavailable)?"\s+id="v([^"]+)"')


class Rider:
    """One person who rides; `ride` is for a thread of its own."""

    def __init__(self, person: Person, vehicles: Sequence[str], seed: int) -> None:
        self._browser = person.browser
        self._vehicles = vehicles
        self._random = Random(seed)
        self.name = str(person.user.id)
        self.calls: list[Call] = []
        """All that was asked for and told. Rides are known by the ids that the rider chose."""
        self.surprises: list[str] = []
        """Answers that should not be: neither done, nor try again, nor too late for it."""
        # When the form was sent that is not answered yet, and the times of those that were.
        self._sent: float | None = None
        self._answered: list[tuple[float, float]] = []

    def ride(self, stop: Event) -> None:
        """Go on until told to stop, between two forms: a ride may be left open.

        A rider who has met with a surprise does not go on: what follows would only confuse.
        """
        while not stop.is_set() and not self.surprises:
            vehicle, ride = self._random.choice(self._vehicles), str(uuid4())
            started = self._start(vehicle, ride)
            self._perhaps_look()
            if started and not stop.is_set():
                self._end(vehicle, ride)
                self._perhaps_look()

    def was_waiting_at(self, moment: float) -> bool:
        """Whether a form was under way then: sent before, not answered until after."""
        if (sent := self._sent) is not None and sent < moment:
            return True
        return any(sent < moment < answered for sent, answered in self._answered)

    def _start(self, vehicle: str, ride: str) -> bool:
        """Start a ride; False if somebody else rides the vehicle."""

        def meaning(answer: requests.Response) -> Answer | None:
            if leads_to(answer, "/rides"):
                return Answer.DONE
            is_taken = answer.status_code == 409 and _TAKEN in answer.text
            return Answer.TAKEN if is_taken else None

        form = {"city": CITY, "ride_id": ride}
        call = Call(Action.START, monotonic(), rider=self.name, vehicle=vehicle, ride=ride)
        return self._send(call, f"/rides/start/{vehicle}", form, meaning) is Answer.DONE

    def _end(self, vehicle: str, ride: str) -> None:
        def meaning(answer: requests.Response) -> Answer | None:
            return Answer.DONE if leads_to(answer, f"/rides/{ride}?city={CITY}") else None

        form = {"city": CITY, "location": "Spui"}
        call = Call(Action.END, monotonic(), rider=self.name, vehicle=vehicle, ride=ride)
        self._send(call, f"/rides/end/{ride}", form, meaning)

    def _send(
        self,
        call: Call,
        path: str,
        fields: dict[str, str],
        meaning: Callable[[requests.Response], Answer | None],
    ) -> Answer | None:
        """Send the same form until the answer is another than to try again; what it means."""
        while True:
            self._sent = sent = monotonic()
            answer = self._browser.submit(path, fields)
            self._sent = None
            answered = monotonic()
            self._answered.append((sent, answered))
            means = meaning(answer)
            if means is not None:
                self.calls.append(replace(call, sent=sent, answered=answered, answer=means))
                return means
            # The form may have been carried out all the same.
            self.calls.append(replace(call, sent=sent))
            if answer.status_code != 503 or "Retry-After" not in answer.headers:
                self._wonder(answer)
                return None
            sleep(_PAUSE_S)

    def _perhaps_look(self) -> None:
        """At times, see which ride is running and which vehicles are free, if pages can be had."""
        if self._random.random() > _CURIOSITY:
            return
        sent = monotonic()
        page = self._browser.get("/rides")
        if page.status_code == 200:
            running = re.search(r'action="/rides/end/([^"]+)"', page.text)
            ride = running and running[1]
            self.calls.append(look(sent, monotonic(), bool(ride), rider=self.name, ride=ride))
        sent = monotonic()
        page = self._browser.get("/vehicles")
        answered = monotonic()
        if page.status_code == 200:
            for unavailable, vehicle in _VEHICLE.findall(page.text):
                self.calls.append(look(sent, answered, bool(unavailable), vehicle=vehicle))

    def _wonder(self, answer: requests.Response) -> None:
        where = answer.headers.get("Location", "")
        self.surprises.append(
            f"{answer.request.method} {answer.request.path_url}: {answer.status_code} {where}"
        )
