"""Where a request may go: which URLs are one thing to every reader, and which addresses are public.

Written against server-side request forgery: whoever may write a URL into a record must not reach what only this
machine can reach. What could be read in two ways is refused, not interpreted.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from typing import NamedTuple

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Networks = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]

DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_URL = 4096

# RFC 3986, and of it what nobody reads in another way: no userinfo, no escapes in the host, no name but in ASCII.
_URL = re.compile(
    r"(?P<scheme>[a-z]+)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::(?P<port>[0-9]{1,5}))?(?P<rest>[/?][!-\[\]^_`a-z{|}~]*)?",
    re.ASCII | re.IGNORECASE,
)
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.ASCII)
# https://url.spec.whatwg.org/#ends-in-a-number-checker: such a host is an IPv4 address to some, and a name to others.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)

# https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry
_LOCAL: dict[str, str] = {
    "10.0.0.0/8": "private",
    "100.64.0.0/10": "shared by a provider's customers",
    "127.0.0.0/8": "this machine",
    "172.16.0.0/12": "private",
    "192.0.2.0/24": "for documentation",
    "192.168.0.0/16": "private",
    "198.18.0.0/15": "for benchmarks",
    "198.51.100.0/24": "for documentation",
    "203.0.113.0/24": "for documentation",
    "::1/128": "this machine",
    "fc00::/7": "private",
    "2001:db8::/32": "for documentation",
    "3fff::/20": "for documentation",
}
# Nobody's network, whatever is allowed: a cloud's metadata services (credentials of the machine), what is no single
# machine, and IPv6 that carries an IPv4 address in itself.
_NEVER: dict[str, str] = {
    "169.254.0.0/16": "link-local, where clouds keep credentials",
    "100.100.100.200/32": "a cloud's metadata service",
    "168.63.129.16/32": "a cloud's metadata service",
    "192.0.0.0/24": "reserved",
    "192.31.196.0/24": "reserved",
    "192.52.193.0/24": "reserved",
    "192.88.99.0/24": "reserved",
    "192.175.48.0/24": "reserved",
    "0.0.0.0/8": "no machine's address",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved",
    "fd00:ec2::254/128": "a cloud's metadata service",
    "fd20:ce::254/128": "a cloud's metadata service",
    "::ffff:0:0/96": "IPv4 written as IPv6",
    "2001::/23": "reserved",
    "2002::/16": "IPv4 written as IPv6",
    "fe80::/10": "link-local",
    "ff00::/8": "multicast",
}
_LOCAL_NETWORKS = [(ipaddress.ip_network(network), why) for network, why in _LOCAL.items()]
_NEVER_NETWORKS = [(ipaddress.ip_network(network), why) for network, why in _NEVER.items()]
_GLOBAL_IPV6 = ipaddress.ip_network("2000::/3")


class AddressError(ValueError):
    """A URL, an address or a list of networks that is not accepted; the text says why, without the URL."""


class Target(NamedTuple):
    """Where a request goes. ``host`` is a name in lower case or an address; ``url`` holds what may be secret."""

    scheme: str
    host: str
    port: int
    url: str

    @property
    def origin(self) -> str:
        """What may be told of it: scheme, host and port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"


def parse(url: str, ports: Collection[int] | None = None) -> Target:
    """The target of a URL.

    :param ports: the ports that are allowed; None for all
    :raises AddressError: for what is no plain http or https URL
    """
    match = _URL.fullmatch(url) if len(url) <= MAX_URL else None
    if not match:
        raise AddressError(_complaint(url))
    scheme = match["scheme"].lower()
    if scheme not in DEFAULT_PORTS:
        raise AddressError("it begins with neither http:// nor https://")
    port = int(match["port"] or DEFAULT_PORTS[scheme])
    if not 0 < port < 65536 or (ports is not None and port not in ports):
        raise AddressError(f"port {port} is not allowed")
    return Target(scheme, _host(match["host"].lower()), port, url)


def _complaint(url: str) -> str:
    """What is wrong with a URL that is not accepted, without telling any of it: it may hold a password."""
    authority = re.split(r"[/?#]", url.partition("://")[2], maxsplit=1)[0]
    if len(url) > MAX_URL:
        return f"it is longer than {MAX_URL} characters"
    if not url.lower().startswith(("http://", "https://")):
        return "it begins with neither http:// nor https://"
    if "@" in authority:
        return "it has a user name or password in it; give credentials in another way"
    if not url.isascii():
        return "it has characters that are not ASCII; write the host as xn--… and the rest as %…"
    return "it is not written as https://host.example/path"


def _host(text: str) -> str:
    """The host as it is connected to; names are left to the resolver."""
    if text.startswith("["):
        try:
            return str(ipaddress.IPv6Address(text[1:-1]))
        except ValueError:
            raise AddressError("the address in brackets is no IPv6 address") from None
    labels = text.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _ipv4(text)
    if len(text) > 253 or not all(map(_LABEL.fullmatch, labels)):
        raise AddressError("its host is no host name")
    return text


def _ipv4(text: str) -> str:
    """Four decimal numbers without leading zeros: all else is read in several ways (inet_aton(3))."""
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        raise AddressError("its host is a number; write an IPv4 address as 192.0.2.1") from None


def parse_networks(text: str) -> Networks:
    """Networks and addresses (``10.0.0.0/8, fd12::/16``), separated by commas or blanks.

    :raises AddressError: names the first that is neither
    """
    found = []
    for part in text.replace(",", " ").split():
        try:
            found.append(ipaddress.ip_network(part))
        except ValueError:
            raise AddressError(f"{part!r} is no network such as 10.0.0.0/8") from None
    return tuple(found)


def refusal(address: Address, allowed: Networks = ()) -> str:
    """Why ``address`` must not be connected to; empty when it may be.

    :param allowed: local networks that may be reached all the same
    """
    for network, why in _NEVER_NETWORKS:
        if _within(address, network):
            return why
    for network, why in _LOCAL_NETWORKS:
        if _within(address, network):
            return "" if any(_within(address, own) for own in allowed) else why
    if address.version == 6 and address not in _GLOBAL_IPV6:
        return "reserved"
    return "" if address.is_global else "reserved"


def can_be_allowed(address: Address) -> bool:
    """Whether :func:`refusal` would accept the address if its network were allowed."""
    return not refusal(address, (ipaddress.ip_network(address),))


def _within(address: Address, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    return address.version == network.version and address in network
