"""Who may ask the web server, and from where."""

from __future__ import annotations

from collections import OrderedDict
from hmac import compare_digest
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IReactorTime
from twisted.web.server import Request

from frp.config.common import WebServerConfig
from frp.values import define
from frp.wire.address import isHere

__all__ = ["Guard", "isOpen"]

#: So many wrong passwords within so many seconds, and the address is not listened to for the rest of that time.
GUESSES = 10
WINDOW = 60.0

#: Of so many addresses it is known at once that they guess. The oldest are forgotten first.
MAX_GUESSERS = 1024


@define
class _Guesser:
    """One address, or network of IPv6, from which wrong passwords come."""

    since: float
    count: int = 0


class Guard:
    """Knows the password, and those who guess at it."""

    def __init__(self, config: WebServerConfig, clock: IReactorTime) -> None:
        self._user = config.user.encode()
        self._password = config.password.encode()
        # Whoever may be asked from everywhere has names that are not known here.
        self._named = bool(config.user or config.password) or isOpen(config)
        self._port = config.port
        self._secure = config.tls is not None
        self._clock = clock
        self._guessers: OrderedDict[str, _Guesser] = OrderedDict()

    def admits(self, request: Request) -> bool:
        """Whether who asks has the password, or needs none. The headers must be there."""
        if not self._user and not self._password:
            return True
        user = compare_digest(request.getUser(), self._user)
        return compare_digest(request.getPassword(), self._password) and user

    def listens(self, request: Request) -> bool:
        """Whether what comes behind the headers is worth keeping."""
        return not self.waits(request) and self.admits(request)

    def waits(self, request: Request) -> float:
        """@return: for how many seconds nothing is believed that comes from there; mostly 0."""
        guesser = self._guessers.get(_whence(request))
        if guesser is None or guesser.count < GUESSES:
            return 0
        return max(0.0, guesser.since + WINDOW - self._clock.seconds())

    def guessed(self, request: Request) -> None:
        """A password was wrong. To have none at all is no guess: that is how a browser finds out that it needs one."""
        if not request.getHeader("authorization"):
            return
        whence, now = _whence(request), self._clock.seconds()
        guesser = self._guessers.get(whence)
        if guesser is None or now - guesser.since >= WINDOW:
            self._guessers.pop(whence, None)
            guesser = self._guessers[whence] = _Guesser(now)
        guesser.count += 1
        while len(self._guessers) > MAX_GUESSERS:
            self._guessers.popitem(last=False)

    def foreign(self, request: Request) -> bool:
        """
        Whether a page of another site has made a browser ask, which sends the password of the user of that browser
        along. C{Sec-Fetch-Site} says so where the way is a safe one; else C{Origin} does, which is compared with the
        name that was asked for, also where a reverse proxy has put another one in its place.
        """
        site = request.getHeader("sec-fetch-site")
        if site:
            return site not in ("same-origin", "none")
        origin = request.getHeader("origin")
        if not origin:
            return False
        names = (request.getHeader("host"), request.getHeader("x-forwarded-host"))
        try:
            return urlsplit(origin).netloc not in [name for name in names if name]
        except ValueError:  # it is none
            return True

    def rebound(self, request: Request) -> bool:
        """
        Whether a page may have asked whose name was first that of its own site, and then that of this machine: to a
        browser both are one site. Where there is no password, because only this machine may ask, nothing else stands in
        its way. Its port is ours then, which that of a reverse proxy with a name is not.
        """
        if self._named:
            return False
        try:
            asked = urlsplit(f"//{request.getHeader('host') or ''}")
            port = asked.port or (443 if self._secure else 80)
        except ValueError:  # there is no such address
            return True
        return port == self._port and not _isSafe(asked.hostname or "localhost")


def _isSafe(host: str) -> bool:
    """Whether it is an address, or a name that nobody else can give to one."""
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return True


def isOpen(config: WebServerConfig) -> bool:
    """Whether everybody on the network may do everything."""
    return not (config.user or config.password or isHere(config.addr))


def _whence(request: Request) -> str:
    peer = request.getClientAddress()
    host = peer.host if isinstance(peer, IPv4Address | IPv6Address) else ""
    return str(ip_network((host.partition("%")[0], 64), strict=False)) if ":" in host else host
