"""How often a sign-in may be tried: by account and by address. Pure; time is passed in."""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict

from app.errors import TooMany

PER_ACCOUNT, PER_ADDRESS = 10, 30  # tries in a row; one comes back every so many seconds
EVERY_ACCOUNT, EVERY_ADDRESS = 60.0, 20.0
REMEMBERED = 20_000  # names and addresses; the one that was quiet longest is forgotten first


class Limiter:
    """A bucket of tries for each account and each address; a failure costs one of both."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()

    def take(self, account: str, address: str, now: float) -> None:
        """Count a try before it is made, so that tries at once are all counted. Raises TooMany with the wait."""
        asked = (
            ("account", account, PER_ACCOUNT, EVERY_ACCOUNT),
            ("address", network(address), PER_ADDRESS, EVERY_ADDRESS),
        )
        filled = [(kind, name, self._level(kind, name, size, every, now), every) for kind, name, size, every in asked]
        wait = max((1 - level) * every for _, _, level, every in filled)
        if wait > 0:
            raise TooMany(seconds=math.ceil(wait))
        for kind, name, level, _ in filled:
            self._put(kind, name, level - 1, now)

    def forgive(self, account: str, address: str, now: float) -> None:
        """A try that succeeded was none, and the account starts anew."""
        self._buckets.pop(("account", account), None)
        key = ("address", network(address))
        level, then = self._buckets.get(key, (float(PER_ADDRESS), now))
        self._buckets[key] = (min(PER_ADDRESS, level + 1), then)

    def _level(self, kind: str, name: str, size: int, every: float, now: float) -> float:
        level, then = self._buckets.get((kind, name), (float(size), now))
        return min(float(size), level + max(0.0, now - then) / every)

    def _put(self, kind: str, name: str, level: float, now: float) -> None:
        self._buckets[kind, name] = (level, now)
        self._buckets.move_to_end((kind, name))
        while len(self._buckets) > REMEMBERED:
            self._buckets.popitem(last=False)


def network(address: str) -> str:
    """What one visitor commands: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))
    return address
