"""One HTTP request that Odoo sent: what is noted of it, and what is told."""

from __future__ import annotations

from typing import NamedTuple

from . import otlp, semconv, url


class Call(NamedTuple):
    """A request that was answered or failed; the URL as it was sent, which must not leave the process."""

    span_id: bytes
    parent_span_id: bytes
    method: str
    url: str
    started_at: int  # ns since the epoch; 0 without a record: no span tells it
    duration: float  # s
    status: int  # 0 when there was no answer
    error_type: str | None  # the exception's class

    @property
    def kind(self) -> int:
        return otlp.KIND_CLIENT

    @property
    def name(self) -> str:
        """The name of its span: the method alone, since a foreign path has no route.

        https://opentelemetry.io/docs/specs/semconv/http/http-spans/#name
        """
        return self.method if self.method in semconv.HTTP_METHODS else "HTTP"

    @property
    def failure(self) -> str | None:
        """``error.type``: to a client every status from 400 on is an error."""
        return self.error_type or (str(self.status) if self.status >= 400 else None)

    def metric_key(self) -> tuple[str | int | None, ...]:
        """The values of the attributes of ``http.client.request.duration``."""
        target = url.target(self.url)
        return self._known_method, target.host, target.port, self.status or None, self.failure

    def attributes(self) -> dict[str, otlp.Value | None]:
        target = url.target(self.url)
        return {
            "http.request.method": self._known_method,
            "server.address": target.host,
            "server.port": target.port,
            "url.full": target.url,
            "http.response.status_code": self.status or None,
            "error.type": self.failure,
        }

    @property
    def _known_method(self) -> str:
        return self.method if self.method in semconv.HTTP_METHODS else "_OTHER"
