"""Odoo as programs call it: ``/json/2`` with an API key, every failure told in one line that never shows the key.

https://www.odoo.com/documentation/19.0/developer/reference/external_api.html
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from .http_transport import Answer, NotReached, post
from .stack.errors import StackError
from .text import one_line, whole

SECONDS = 60.0
PAGE = 500
DATABASE_HEADER = "X-Odoo-Database"
# What an HTTP header can carry; Odoo's own keys are 40 hexadecimal digits.
KEY = re.compile(r"[\x21-\x7e]{8,512}")

Transport = Callable[[str, dict[str, str], bytes, float], Answer]


class OdooError(StackError):
    """Odoo gave no usable answer."""


class Refused(OdooError):
    """Odoo does not do what was asked, and says why."""


class NotAllowed(OdooError):
    """The key is not known, or its user lacks the role."""


class NotInstalled(OdooError):
    """This Odoo has no such model or method."""


class BadTarget(StackError):
    """An address or key that no request is sent with."""


@dataclass(frozen=True)
class Client:
    """One Odoo: its address, whose key it is, and which database when it has several."""

    url: str
    key: str = field(repr=False)
    database: str | None = None
    transport: Transport = post

    def __post_init__(self) -> None:
        if not KEY.fullmatch(self.key):
            raise BadTarget("the API key is empty or holds characters that no key has: copy it again")

    def call(self, model: str, method: str, /, ids: Sequence[int] | None = None, **arguments: Any) -> Any:
        """What the public method ``method`` returns, called on the records ``ids``; raises OdooError."""
        body = dict(arguments) if ids is None else {"ids": list(ids), **arguments}
        headers = {
            "Authorization": f"bearer {self.key}",
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": "odooops",
        }
        if self.database:
            headers[DATABASE_HEADER] = self.database
        address = f"{self.url}/json/2/{model}/{method}"
        answer = self.transport(address, headers, json.dumps(body).encode(), SECONDS)
        return self._read(answer, model, method)

    def search_all(
        self,
        model: str,
        domain: Sequence[Any] = (),
        fields: Sequence[str] = (),
        *,
        order: str = "id",
        limit: int | None = None,
    ) -> list[dict[str, Any]]:
        """The records that match, in pages, at most ``limit``; ``order`` has to tell all of them apart."""
        return [*self._pages(model, list(domain), list(fields), order, limit)]

    def _pages(
        self, model: str, domain: list[Any], fields: list[str], order: str, limit: int | None
    ) -> Iterator[dict[str, Any]]:
        offset = 0
        while limit is None or offset < limit:
            size = PAGE if limit is None else min(PAGE, limit - offset)
            page = self.call(
                model, "search_read", domain=domain, fields=fields, offset=offset, limit=size, order=order
            )
            yield from page
            if len(page) < size:
                return
            offset += size

    def _read(self, answer: Answer, model: str, method: str) -> Any:
        try:
            content = json.loads(answer.body)
        except ValueError:
            raise self._not_odoo(answer) from None
        if answer.status == 200:
            return content
        raise self._error(answer.status, content if isinstance(content, dict) else {}, model, method)

    def _not_odoo(self, answer: Answer) -> StackError:
        if 300 <= answer.status < 400:
            return OdooError(
                f"{self.url} sends us elsewhere ({answer.status}), and a key follows no redirect: "
                "use the address that it leads to"
            )
        if answer.status >= 500:
            return NotReached(
                f"what is in front of Odoo at {self.url} has no answer from it ({answer.status})"
            )
        return OdooError(
            f"{self.url} has no /json/2 ({answer.status}): is it Odoo 19 with the addon rpc? "
            "Where it has several databases, name one (ODOOOPS_DATABASE, or database in the profile)"
        )

    def _error(self, status: int, content: dict[str, Any], model: str, method: str) -> OdooError:
        """Of what Odoo says the message alone: ``debug`` is a traceback."""
        message = str(content.get("message") or "no reason given").replace(self.key, "…")
        name = str(content.get("name", "")).rpartition(".")[2]
        if status == 401:
            return NotAllowed(
                f"{self.url} does not know the API key, or it has expired: make one in Odoo under "
                "OdooOps › Governance › API Keys, then odooops profile add"
            )
        if status == 403:
            return NotAllowed(whole(message))
        if status == 404 and name != "MissingError":
            return NotInstalled(self._absent(model, method))
        if status < 500:
            return Refused(whole(message))
        return OdooError(
            f"{model}.{method} failed in Odoo ({name or status}): {one_line(message)}; its log says more"
        )

    def _absent(self, model: str, method: str) -> str:
        what = f"{model}.{method}"
        if not model.startswith("odooops."):
            return f"Odoo at {self.url} has no {what}"
        return (
            f"Odoo at {self.url} has no {what}: install or upgrade the addon odooops_base there, "
            "or use the odooops command of its version"
        )


def check_url(url: str, *, is_plain_allowed: bool = False) -> str:
    """The address without a slash at its end; raises BadTarget when a key must not be sent there."""
    parts = _split(url)
    if parts.scheme == "http" and not is_plain_allowed and not _is_loopback(parts.hostname or ""):
        raise BadTarget(
            f"{url} is not encrypted, the key could be read on the way: use https, or write insecure = true "
            "into the profile"
        )
    return url.rstrip("/")


def _split(url: str):
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable or re.search(r"[\s\x00-\x1f\\]", url):
        raise BadTarget(f"{one_line(url, 80)!r} is no address of an Odoo: write https://odoo.example.com")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise BadTarget("the address of an Odoo has no user, password, query or fragment")
    return parts


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
