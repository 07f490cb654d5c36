"""Paths of requests without the secrets in them.

Odoo puts tokens into paths: ``/survey/start/<string:survey_token>``, ``/web/content/<int:id>-<string:unique>``.
Whoever has such a path may do what its owner may; it must not leave the process.
"""

from __future__ import annotations

import re
import urllib.parse
from typing import NamedTuple

from . import semconv
from .metrics import OTHER
from .secret_patterns import REDACTED

# More of a path is not shown, and not compared with its route.
MAX_PATH = 1000

# <converter(arguments):name>, as in werkzeug's rules
_PLACEHOLDER = re.compile(r"<(?:(?P<converter>\w+)(?:\([^)]*\))?:)?(?P<name>\w+)>")
_SECRET = re.compile(r"token|secret|passw|key|hash|code|unique|uuid|signature", re.IGNORECASE)


# What a segment of somebody else's path may be to be shown: words, a small number, a version.
_PLAIN_WORDS = re.compile(r"\.?(?:[A-Z]{1,8}|[A-Z]?[a-z]{1,16})(?:[._-]?[A-Z]?[a-z]{1,16}){0,3}", re.ASCII)
_PLAIN_NUMBER = re.compile(r"v?\d{1,6}(?:\.\d{1,3}){0,2}", re.ASCII)
# Of Odoo itself. What a proxy says of the client's scheme is text of whoever calls.
_SCHEMES = frozenset({"http", "https"})
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Target(NamedTuple):
    """Where a request goes: the URL as it may be shown, host and port."""

    url: str
    host: str
    port: int | None


def target(url: str) -> Target:
    """The target of an outgoing request, without credentials, query and whatever may be a token in its path.

    Nobody tells which parts of a foreign path are secret (those of webhooks are), so that only words,
    small numbers and versions are shown of it.
    """
    try:
        parts = urllib.parse.urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return Target(REDACTED, "", None)
    path = _plain_path(parts.path)
    name = f"[{host}]" if ":" in host else host
    shown = f"{parts.scheme}://{name}{f':{port}' if port else ''}{path}"
    return Target(shown, host, port or _DEFAULT_PORTS.get(parts.scheme))


def _plain_path(path: str) -> str:
    return "/".join(map(_plain, path[:MAX_PATH].split("/")))


def _plain(segment: str) -> str:
    is_plain = not segment or _PLAIN_WORDS.fullmatch(segment) or _PLAIN_NUMBER.fullmatch(segment)
    return segment if is_plain else REDACTED


def known_scheme(scheme: str | None) -> str | None:
    """The scheme by which Odoo was called, as a name that tells few series apart."""
    return scheme if scheme is None or scheme in _SCHEMES else OTHER


def has_secrets(route: str) -> bool:
    """Whether a part of the route is called a token, a key, a code and the like."""
    return bool(_SECRET.search(route))


def path_without_secrets(path: str | None, route: str | None) -> str | None:
    """The path with ``REDACTED`` in place of what its route calls a token, a key, a code and the like.

    Without a route that says so (the database is down, nothing fits), only what cannot be one is shown.

    :param route: as ``http.route``: ``/survey/start/<string:survey_token>``
    """
    if not path:
        return path
    if not route or route == semconv.FALLBACK_ROUTE:
        return _plain_path(path)
    if not has_secrets(route):
        return path
    match = re.fullmatch(_pattern(route), path, re.DOTALL) if len(path) <= MAX_PATH else None
    if not match:
        return REDACTED
    parts, end = [], 0
    for name, value in match.groupdict().items():
        if value is not None and _SECRET.search(name):
            parts += [path[end : match.start(name)], REDACTED]
            end = match.end(name)
    return "".join((*parts, path[end:]))


def _pattern(route: str) -> str:
    """A regular expression for the paths of a route, with a group for each placeholder.

    A value ends where the sign that follows it first appears, so that there is one way to read a path.
    """
    parts, end = [], 0
    for placeholder in _PLACEHOLDER.finditer(route):
        following = re.escape(route[placeholder.end() : placeholder.end() + 1])
        inside = ".+" if placeholder["converter"] == "path" else f"[^/{following}]+"
        parts += [re.escape(route[end : placeholder.start()]), f"(?P<{placeholder['name']}>{inside})"]
        end = placeholder.end()
    return "".join((*parts, re.escape(route[end:]), "/?"))
