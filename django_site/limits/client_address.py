"""Address of the client that a request came from, for limits."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

IPV6_PREFIX = 64
"""One household or server has a network of this length, and all addresses in it to choose from."""
WITH_PORT = re.compile(r"\[(?P<v6>[^\]]+)\](:\d+)?|(?P<v4>[\d.]+):\d+")


def client_address(request: HttpRequest) -> str | None:
    """The client's address; of IPv6 that of its network. None where the server does not know it.

    Behind ``BEHIND_PROXY`` the nearest proxy vouches for the last entry of ``X-Forwarded-For``, the one before it for
    the entry before that. What stands further left anybody may have written, so ``PROXIES`` entries are believed.
    Where the entry is no address, that of the nearest proxy counts.
    """
    address = _parsed(_forwarded(request)) or _parsed(request.META.get("REMOTE_ADDR", ""))
    if address is None:
        return None
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ip_network((int(address), IPV6_PREFIX), strict=False).network_address)
    return str(address)


def _forwarded(request: HttpRequest) -> str:
    if not settings.BEHIND_PROXY:
        return ""
    entries = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    return entries[-settings.PROXIES] if len(entries) >= settings.PROXIES else ""


def _parsed(entry: str) -> IPv4Address | IPv6Address | None:
    """Some proxies add the port (``203.0.113.9:51234``, ``[2001:db8::1]:443``)."""
    with_port = WITH_PORT.fullmatch(entry.strip())
    try:
        return ip_address(with_port["v6"] or with_port["v4"] if with_port else entry.strip())
    except ValueError:
        return None
