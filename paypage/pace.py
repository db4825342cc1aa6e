"""How often one address and one link may be asked for (T07), and whose address it is behind proxies."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from aiohttp import web

Network = IPv4Network | IPv6Network
_MINUTE = 60.0
_MOST_HOPS = 20  # of an X-Forwarded-For; nobody has more honest proxies


@dataclass(frozen=True, slots=True)
class Limits:
    """Requests a minute. A benchmark or a demonstration raises them."""

    looks: int = 30  # GET and HEAD, one address
    tries: int = 10  # POST, one address
    tries_a_link: int = 5  # POST, one link, whoever asks


class MovingWindow:
    """At most `most` hits a minute for each key, kept in this process.

    Counted with a clock that only goes forward: when the system's is corrected, nobody is locked out or let in.
    """

    def __init__(self, most: int, now: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._now = now
        self._hits: dict[str, deque[float]] = {}
        self._sweep_at = now() + _MINUTE

    def hit(self, key: str) -> float:
        """Count a hit that is let through: 0.0. Else the seconds until the next one will be; it is not counted."""
        now = self._now()
        if now >= self._sweep_at:
            self._sweep(now)
        hits = self._hits.get(key)
        if hits is None:
            hits = self._hits[key] = deque(maxlen=self._most)
        elif len(hits) == self._most and (wait := hits[0] + _MINUTE - now) > 0:
            return wait  # judged as it is told: rounding may make it 0.0 where hits[0] > now - _MINUTE
        hits.append(now)
        return 0.0

    def __len__(self) -> int:
        return len(self._hits)

    def _sweep(self, now: float) -> None:
        """Forget the keys that were quiet for a minute, so that a flood of addresses leaves nothing behind."""
        self._hits = {key: hits for key, hits in self._hits.items() if hits[-1] > now - _MINUTE}
        self._sweep_at = now + _MINUTE


class Pace:
    """The three limits of the payer's pages together."""

    def __init__(
        self, limits: Limits, trusted: Sequence[Network] = (), now: Callable[[], float] = time.monotonic
    ) -> None:
        self._trusted = tuple(trusted)
        self._looks = MovingWindow(limits.looks, now)
        self._tries = MovingWindow(limits.tries, now)
        self._tries_a_link = MovingWindow(limits.tries_a_link, now)

    def wait(self, request: web.BaseRequest) -> float:
        """Count a request to a payer's page: 0.0, or the seconds its sender should wait."""
        address = client_address(request, self._trusted)
        if request.method != "POST":
            return self._looks.hit(address)
        if request.path.startswith("/unsubscribe/"):  # a mail provider's server clicks for all its customers
            return self._tries_a_link.hit(request.path)
        return self._tries.hit(address) or self._tries_a_link.hit(request.path)


def client_address(request: web.BaseRequest, trusted: Sequence[Network]) -> str:
    """Who is asking: the nearest address that is no trusted proxy.

    X-Forwarded-For is read from its end, as far as trusted proxies wrote it: what a client puts in front is hearsay.
    An IPv6 client counts as its whole /64, which is what one customer gets.
    """
    peer = request.remote or ""
    if not trusted or not _among(peer, tuple(trusted)):
        return _household(peer)
    hops = ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")
    for hop in hops[: -_MOST_HOPS - 1 : -1]:
        address = _bare(hop.strip())
        if _parsed(address) is None:
            break
        peer = address
        if not _among(address, tuple(trusted)):
            break
    return _household(peer)


def _bare(hop: str) -> str:
    """Some proxies add the port: 203.0.113.9:4711, [2001:db8::1]:4711."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


@lru_cache(maxsize=4096)
def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(address)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


@lru_cache(maxsize=4096)
def _household(address: str) -> str:
    found = _parsed(address)
    return str(IPv6Network((int(found), 64), strict=False)) if isinstance(found, IPv6Address) else address


def _among(address: str, networks: tuple[Network, ...]) -> bool:
    found = _parsed(address)
    return found is not None and any(found in network for network in networks)
