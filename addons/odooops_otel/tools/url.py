"""Paths of requests without the secrets in them.

Odoo puts tokens into paths: ``/survey/start/<string:survey_token>``, ``/web/content/<int:id>-<string:unique>``.
Whoever has such a path may do what its owner may; it must not leave the process.
"""

from __future__ import annotations

import re

REDACTED = "REDACTED"
# More of a path is not shown, and not compared with its route.
MAX_PATH = 1000

# <converter(arguments):name>, as in werkzeug's rules
_PLACEHOLDER = re.compile(r"<(?:(?P<converter>\w+)(?:\([^)]*\))?:)?(?P<name>\w+)>")
_SECRET = re.compile(r"token|secret|passw|key|hash|code|unique|uuid|signature", re.IGNORECASE)


def has_secrets(route: str) -> bool:
    """Whether a part of the route is called a token, a key, a code and the like."""
    return bool(_SECRET.search(route))


def path_without_secrets(path: str | None, route: str | None) -> str | None:
    """The path with ``REDACTED`` in place of what its route calls a token, a key, a code and the like.

    :param route: as ``http.route``: ``/survey/start/<string:survey_token>``
    """
    if not path or not route or not has_secrets(route):
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
