"""Where a request comes from, by itself or as a trusted proxy tells it, and the rules of Host and Origin."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from app.config import LOOPBACK, Settings
from app.errors import ForeignOrigin, UnknownHost

FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Via", "X-Real-IP")
FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}
WILDCARDS = {"0.0.0.0", "::"}  # noqa: S104 - not bound to here: nobody may call us by these names


@dataclass(frozen=True)
class Caller:
    """``host`` is what the browser has in its address bar: name and, where it is not the scheme's own, port."""

    address: str
    host: str
    secure: bool
    proxied: bool


def caller_of(request: web.Request, settings: Settings) -> Caller:
    """X-Forwarded headers count from proxies that TRUSTED_PROXIES names; from anyone else they are air."""
    own, address = request.headers, request.remote or ""
    hosts = own.getall(hdrs.HOST, [])
    caller = Caller(
        address=address,
        host=hosts[0] if len(hosts) == 1 else "",
        secure=request.secure,
        proxied=any(name in own for name in FORWARDED),
    )
    if not caller.proxied or not trusted(address, settings):
        return caller
    return Caller(
        address=_first_untrusted(own.getall("X-Forwarded-For", []), address, settings),
        host=_last(own.get("X-Forwarded-Host", "")) or caller.host,
        secure=_last(own.get("X-Forwarded-Proto", "")).lower() == "https" or caller.secure,
        proxied=True,
    )


def trusted(address: str, settings: Settings) -> bool:
    """Whether ``address`` is one of TRUSTED_PROXIES."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found in ipaddress.ip_network(each, strict=False) for each in settings.trusted_proxies)


def _last(values: str) -> str:
    """What the nearest proxy wrote: the ones before it are the client's word."""
    return values.rpartition(",")[2].strip()


def _first_untrusted(lines: list[str], peer: str, settings: Settings) -> str:
    """The chain read from our end: the first address that is no proxy of ours is the client."""
    for part in reversed(",".join(lines).split(",")):
        address = part.strip()
        if address and not trusted(address, settings):
            return address if _is_address(address) else peer
    return peer


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def check_host(caller: Caller, settings: Settings) -> None:
    """Names we do not know are refused: else a foreign page's own name could be pointed at us (DNS rebinding)."""
    name = _name(caller.host)
    known = LOOPBACK | {each.lower() for each in settings.allowed_hosts} | ({settings.host.lower()} - WILDCARDS)
    if name not in known:
        raise UnknownHost(host=name or "?")


def _name(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def check_origin(request: web.Request, caller: Caller, *, without: bool) -> None:
    """A browser names the page that sends: on writes and socket handshakes it must be one of ours.

    ``without``: whether a request that names none may pass (a script with a token, or open mode). Raises ForeignOrigin.
    """
    if request.method in {hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS} and not is_socket(request):
        return
    origin, site = request.headers.get(hdrs.ORIGIN), request.headers.get("Sec-Fetch-Site", "")
    ours = origin is not None and _authority(origin) == caller.host.lower()
    allowed = ours or (origin is None and (without or site == "same-origin"))
    if not allowed or site in {"cross-site", "same-site"}:
        raise ForeignOrigin


def is_socket(request: web.Request) -> bool:
    return request.headers.get(hdrs.UPGRADE, "").lower() == "websocket"


def _authority(origin: str) -> str | None:
    """Name and port of an origin; None for "null" and for what is none."""
    scheme, separator, rest = origin.partition("://")
    return rest.lower() if separator and scheme in {"http", "https"} else None
