"""Loki's HTTP API: https://grafana.com/docs/loki/latest/reference/loki-http-api/"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..web import Server, ServerError, garbled
from .prometheus import Series, series

PAGE = 1000


@dataclass(frozen=True)
class Line:
    """One log line: nanoseconds since the epoch, labels and structured metadata together, and what was said."""

    time_ns: int
    labels: dict[str, str]
    text: str

    @property
    def key(self) -> tuple:
        """What tells it from every other line; Loki keeps no two lines with the same."""
        return self.time_ns, self.text, tuple(sorted(self.labels.items()))


def newest(server: Server, logql: str, since_ns: int, until_ns: int, limit: int) -> list[Line] | list[Series]:
    """The newest ``limit`` lines of a period, oldest first; series when the query counts lines. Raises ServerError."""
    data = _ask(server, logql, since_ns, until_ns, limit, "backward")
    if data.get("resultType") in ("matrix", "vector", "scalar"):
        return series(server, data)
    return _lines(server, data)


def all_since(server: Server, logql: str, since_ns: int, until_ns: int) -> Iterator[Line]:
    """Every line of a period, oldest first, page by page; raises ServerError."""
    seen: set[tuple] = set()
    while True:
        page = _lines(server, _ask(server, logql, since_ns, until_ns, PAGE, "forward"))
        fresh = [line for line in page if line.key not in seen]
        yield from fresh
        if len(page) < PAGE:
            return
        # The next page begins with the last moment of this one, which may go on there. When a page has
        # nothing new, a single moment holds more lines than a page: Loki gives no way to the rest of them.
        last = page[-1].time_ns
        since_ns = last if fresh and last > since_ns else last + 1
        seen = {line.key for line in page if line.time_ns == last}


def _ask(
    server: Server, logql: str, since_ns: int, until_ns: int, limit: int, direction: str
) -> dict[str, Any]:
    params = {
        "query": logql,
        "start": str(since_ns),
        "end": str(until_ns),
        "limit": str(limit),
        "direction": direction,
    }
    try:
        return server.get("/loki/api/v1/query_range", params)["data"]
    except (KeyError, TypeError):
        raise garbled(server) from None


def _lines(server: Server, data: dict[str, Any]) -> list[Line]:
    try:
        if data["resultType"] != "streams":
            raise ServerError("this query counts log lines, which cannot be followed: leave out --follow")
        found = [
            Line(int(at), stream["stream"], text)
            for stream in data["result"]
            for at, text, *_ in stream["values"]
        ]
    except (KeyError, TypeError, ValueError):
        raise garbled(server) from None
    return sorted(found, key=lambda line: line.time_ns)
