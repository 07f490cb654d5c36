"""An Odoo that answers /json/2 from a table and keeps what it was asked: the transport of a client in a test."""

import json
from collections.abc import Callable
from typing import Any

from odooops.client import Client
from odooops.http_transport import Answer

URL = "https://odoo.example.com"
KEY = "0123456789abcdef0123456789abcdef01234567"


class Refusal(Exception):
    """What an answer may be as well: the status and the body of an error, as Odoo writes it."""

    def __init__(self, status: int, name: str, message: str):
        super().__init__(message)
        self.status = status
        self.body = {
            "name": name,
            "message": message,
            "arguments": [message],
            "context": {},
            "debug": "Traceback (most recent call last):\n  secret = 'planted'\n",
        }


class FakeOdoo:
    """``answers``: "model.method" → what it returns, or a function of the arguments, or a Refusal."""

    def __init__(self, **answers: Any):
        self.answers: dict[str, Any] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.headers: list[dict[str, str]] = []
        for name, answer in answers.items():
            self.on(name.replace("__", "."), answer)

    def on(self, call: str, answer: Any) -> "FakeOdoo":
        """Says what a call gives from now on."""
        self.answers[call] = answer
        return self

    @property
    def client(self) -> Client:
        """A client of this Odoo."""
        return Client(URL, KEY, transport=self)

    def asked(self, call: str) -> list[dict[str, Any]]:
        """The arguments of each time that this was called."""
        return [arguments for name, arguments in self.calls if name == call]

    def __call__(self, url: str, headers: dict[str, str], body: bytes, seconds: float) -> Answer:
        model, method = url.removeprefix(f"{URL}/json/2/").split("/")
        arguments = json.loads(body)
        self.calls.append((f"{model}.{method}", arguments))
        self.headers.append(headers)
        try:
            return Answer(200, json.dumps(self._answer(f"{model}.{method}", arguments)).encode())
        except Refusal as refusal:
            return Answer(refusal.status, json.dumps(refusal.body).encode())

    def _answer(self, call: str, arguments: dict[str, Any]) -> Any:
        answer = self.answers[call]
        if isinstance(answer, Refusal):
            raise answer
        return answer(**arguments) if isinstance(answer, Callable) else answer
