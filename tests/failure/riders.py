"""Riders who start and end one ride after another, and send a form again until it is answered."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from threading import Event
from time import monotonic, sleep
from uuid import uuid4

import requests

from tests.failure.browser import leads_to
from tests.failure.service import CITY, Person

# A page that is 503 asks for a few seconds, which would be most of the time that the run takes.
_PAUSE_S = 0.25
_TAKEN = "Someone was faster"


@dataclass
class Diary:
    """What a rider has asked for and been told. Rides are known by the ids that the rider chose."""

    starts_tried: int = 0
    started: set[str] = field(default_factory=set)
    refused: int = 0
    ends_tried: int = 0
    ended: set[str] = field(default_factory=set)
    sent_again: int = 0
    surprises: list[str] = field(default_factory=list)
    """Answers that should not be: neither done, nor try again, nor too late for this vehicle."""


class Rider:
    """One person who rides; `ride` is for a thread of its own."""

    def __init__(self, person: Person, vehicles: Sequence[str], seed: int) -> None:
        self._browser = person.browser
        self._vehicles = vehicles
        self._random = Random(seed)
        self.diary = Diary()
        # When the form was sent that is not answered yet, and the times of those that were.
        self._sent: float | None = None
        self._answered: list[tuple[float, float]] = []

    def ride(self, stop: Event) -> None:
        """Go on until told to stop, between two forms: a ride may be left open.

        A rider who has met with a surprise does not go on: what follows would only confuse.
        """
        while not stop.is_set() and not self.diary.surprises:
            ride_id = self._start()
            if ride_id is not None and not stop.is_set():
                self._end(ride_id)

    def was_waiting_at(self, moment: float) -> bool:
        """Whether a form was under way then: sent before, not answered until after."""
        if (sent := self._sent) is not None and sent < moment:
            return True
        return any(sent < moment < answered for sent, answered in self._answered)

    def _start(self) -> str | None:
        """Start a ride on any vehicle; None if somebody else rides it."""
        ride_id = str(uuid4())
        self.diary.starts_tried += 1
        path = f"/rides/start/{self._random.choice(self._vehicles)}"
        answer = self._send(path, {"city": CITY, "ride_id": ride_id})
        if leads_to(answer, "/rides"):
            self.diary.started.add(ride_id)
            return ride_id
        if answer.status_code == 409 and _TAKEN in answer.text:
            self.diary.refused += 1
        else:
            self._wonder(answer)
        return None

    def _end(self, ride_id: str) -> None:
        self.diary.ends_tried += 1
        answer = self._send(f"/rides/end/{ride_id}", {"city": CITY, "location": "Spui"})
        if leads_to(answer, f"/rides/{ride_id}?city={CITY}"):
            self.diary.ended.add(ride_id)
        else:
            self._wonder(answer)

    def _send(self, path: str, fields: dict[str, str]) -> requests.Response:
        """Send the same form until the answer is another than to try again."""
        while True:
            self._sent = sent = monotonic()
            answer = self._browser.submit(path, fields)
            self._sent = None
            self._answered.append((sent, monotonic()))
            if answer.status_code != 503:
                return answer
            if "Retry-After" not in answer.headers:
                self._wonder(answer)
            self.diary.sent_again += 1
            sleep(_PAUSE_S)

    def _wonder(self, answer: requests.Response) -> None:
        where = answer.headers.get("Location", "")
        self.diary.surprises.append(
            f"{answer.request.method} {answer.request.path_url}: {answer.status_code} {where}"
        )
