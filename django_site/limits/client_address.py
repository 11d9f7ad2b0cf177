"""Address of the client that a request came from, for limits."""

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

IPV6_PREFIX = 64
"""One household or server has a network of this length, and all addresses in it to choose from."""


def client_address(request: HttpRequest) -> str | None:
    """The client's address; of IPv6 that of its network. None where the server does not know it.

    Behind ``BEHIND_PROXY`` the nearest proxy vouches for the last entry of ``X-Forwarded-For``, the one before it for
    the entry before that. What stands further left anybody may have written, so ``PROXIES`` entries are believed.
    """
    given = _forwarded(request) or request.META.get("REMOTE_ADDR", "")
    try:
        address = ip_address(given.strip())
    except ValueError:
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
