"""From which address a browser asks, with and without a proxy before the server. No Streamlit here.

Behind a proxy every connection comes from the proxy. It adds the address that it was asked from at
the right end of ``X-Forwarded-For``; whatever stands to the left of that, the browser may have
written itself. So from the right on, and only through proxies that the settings name, the first
address that is none of them is the one that asks.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeAlias

from core.setting_kinds import Network

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

PEER: Final = "lightbox.peer"
"""Where a request's scope says who is connected, before anybody has believed a header."""
_FORWARDED_FOR: Final = b"x-forwarded-for"
_HOUSE: Final = 64
"""Bits of an IPv6 address that a provider gives to one house, which chooses the rest freely."""


def asking_address(scope: Any, proxies: Sequence[Network]) -> str:
    """The address that asks, as people are counted by it; "" where there is none.

    Args:
        scope: Of a request or websocket.
        proxies: Whose word is believed.
    """
    peer = scope.get(PEER) or scope.get("client") or ("", 0)
    lines = (value for name, value in scope.get("headers", ()) if name.lower() == _FORWARDED_FOR)
    return believed(peer[0], b",".join(lines).decode("latin-1"), proxies)


def believed(peer: str, forwarded: str, proxies: Sequence[Network]) -> str:
    """The rightmost address that is no proxy's, as people are counted by it.

    Args:
        peer: Who is connected.
        forwarded: What stands in ``X-Forwarded-For``.
        proxies: Whose word is believed.

    >>> proxies = (ipaddress.ip_network("10.0.0.2/32"),)
    >>> believed("10.0.0.2", "198.51.100.1, 192.0.2.7", proxies)
    '192.0.2.7'
    >>> believed("192.0.2.7", "198.51.100.1", proxies)
    '192.0.2.7'
    >>> believed("10.0.0.2", "198.51.100.1, unknown", proxies)
    '10.0.0.2'
    """
    found = _read(peer)
    if found is None:
        return peer
    for hop in reversed(forwarded.split(",")):
        if not _is_one_of(found, proxies):
            break
        nearer = _read(_without_port(hop.strip()))
        if nearer is None:
            break  # no address: nobody whom we know says who asks
        found = nearer
    return _house(found)


def _read(text: str) -> Address | None:
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _without_port(hop: str) -> str:
    """Of ``192.0.2.7:4711``, ``[2001:db8::1]:4711`` and both without a port, the address."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


def _is_one_of(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)


def _house(address: Address) -> str:
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(ipaddress.ip_network((address, _HOUSE), strict=False))
