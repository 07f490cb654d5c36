"""Whether an address belongs to one of a few networks."""

from __future__ import annotations

import ipaddress

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def parse(text: str) -> tuple[Network, ...]:
    """Addresses and networks (``10.0.0.7, 192.168.0.0/16, ::1``), separated by commas.

    :raises ValueError: for what is neither
    """
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())


def contain(networks: tuple[Network, ...], address: str | None) -> bool:
    """Whether one of the networks holds the address; what is no address belongs to none.

    An IPv4 address in IPv6 form (``::ffff:10.0.0.7``) is the IPv4 address.
    """
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if parsed.version == 6 else None
    return any((mapped or parsed) in network for network in networks)
