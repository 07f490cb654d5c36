"""Secrets that tests plant, and how they are found again, however they are spelled. Needs nothing of Odoo.

The data that the OWASP Logging Cheat Sheet says to leave out:
https://cheatsheetseries.owasp.org/cheatsheets/Logging_Cheat_Sheet.html#data-to-exclude
"""

from __future__ import annotations

import base64
import json
import urllib.parse
from collections.abc import Iterator
from typing import NamedTuple


class Planted(NamedTuple):
    """A secret, and a text that holds it as it would be found."""

    name: str
    value: str
    text: str

    @property
    def line(self) -> str:
        """The text where there may be one line only."""
        return " ".join(self.text.split())

    def spellings(self) -> Iterator[bytes]:
        yield self.value.encode()
        yield urllib.parse.quote(self.value).encode()
        yield urllib.parse.quote_plus(self.value).encode()
        yield base64.b64encode(self.value.encode())
        yield json.dumps(self.value)[1:-1].encode()
        yield self.value.replace(" ", "").encode()

    def places(self, data: bytes) -> list[bytes]:
        """Where it is, with what stands around it."""
        found = {data.find(spelling) for spelling in self.spellings()} - {-1}
        return [data[max(0, at - 200) : at + 100] for at in sorted(found)]


def _named(name: str, value: str, text: str = "{}") -> Planted:
    return Planted(name, value, text.format(value))


_JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJwbDRudGVkIn0.cGw0bnRlZC1zaWduYXR1cmU"
_ODOO_KEY = "9f786850e387550fdab836ed7e6dc881de23001b"

FORMS: tuple[Planted, ...] = (
    _named("password", "pl4nted-password", "password={}"),
    _named("password of a dictionary", "pl4nted-in-dict", "{{'new_password': '{}', 'active': True}}"),
    _named("password of JSON", "pl4nted-in-json", '{{"login": "a", "password": "{}"}}'),
    _named("session id", "pl4nted-session_id-" + "aB3-_" * 13),
    _named("session cookie", "pl4nted-cookie", "Cookie: tz=UTC; session_id={}"),
    _named("API key of Odoo", _ODOO_KEY, "Authorization: bearer {}"),
    _named("API key", "pl4nted-api-key", "X-Api-Key: {}"),
    _named("JSON Web Token", _JWT),
    _named("card number", "4111 1111 1111 1111"),
    _named("bank account", "DE89 3704 0044 0532 0130 00"),
    _named("e-mail address", "pl4nted@example.com"),
    _named("SQL literal", "pl4nted-literal", "ERROR: syntax error\nLINE 1: SELECT '{}'::int"),
    _named("key of a row", "pl4nted-key", "DETAIL:  Key (login)=({}) already exists."),
    _named("query string", "pl4nted-query", "GET /web/login?{} HTTP/1.1"),
    _named("basic authentication", "cGw0bnRlZDpiYXNpYw==", "Basic {}"),
    _named("URL with a password", "pl4nted-in-url", "https://bob:{}@db.example.com/x"),
    _named(
        "private key",
        "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCpl4nted",
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----",
    ),
)
# What nobody recognises: it may go where nothing of a caller's leaves the process at all.
FORMLESS = _named("a value without a form", "xq7pl4ntedzz")
