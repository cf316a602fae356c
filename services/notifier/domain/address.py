"""Which addresses of webhook endpoints the ledger calls: those of the internet. Pure.

That a text is an address at all is looked at where it is taken in (`shared/kernel/urls.py`). A name is resolved when it
is called, and what it stands for is looked at then (`channels/resolving.py`).
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from msgspec import Struct

from services.notifier.domain.errors import EndpointUrlNotAllowed
from shared.kernel.urls import LOOPBACK_HOSTS, check_callable

IpAddress = IPv4Address | IPv6Address


class Address(Struct, frozen=True):
    """Where an endpoint is: the address as given, its host in lower case, and whether it is this machine itself."""

    url: str
    host: str
    loopback: bool


def address_of(url: str) -> Address:
    """The address in a text; raises UrlNotPossible, and EndpointUrlNotAllowed for one that is not called.

    Logs of older programs hold texts that nobody has looked at.
    """
    check_callable(url)
    host = (urlsplit(url).hostname or "").lower()
    loopback = host in LOOPBACK_HOSTS
    literal = _literal(host)
    if literal is not None and not loopback and not is_public(literal):
        raise EndpointUrlNotAllowed(field="/url")
    return Address(url, host, loopback)


def is_public(address: IpAddress) -> bool:
    """Whether an address is one of the internet: none of this machine, of a private net, or of many receivers."""
    return all(one.is_global and not one.is_multicast for one in (address, *_inside(address)))


def _inside(address: IpAddress) -> tuple[IPv4Address, ...]:
    """IPv4 addresses that an IPv6 address carries: mapped, 6to4, Teredo, or behind a translator (64:ff9b::/96)."""
    if isinstance(address, IPv4Address):
        return ()
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address.packed[:12] == bytes.fromhex("0064ff9b") + bytes(8):
        found.append(IPv4Address(address.packed[12:]))
    return tuple(one for one in found if one is not None)


def _literal(host: str) -> IpAddress | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
