"""One tunnel: a client with one proxy, from the first dial to the end."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.python.failure import Failure

from frp.client.running import Phase, RunningProxy
from frp.client.service import FRPClient
from frp.config.client import ClientConfig
from frp.errors import AuthError, FRPError, Refused, Unavailable
from frp.exposing.target import Served
from frp.interfaces import IReactor
from frp.kinds import Registry
from frp.logs import Log
from frp.wire.address import authority

__all__ = ["GRACE", "Tunnel"]

#: Seconds that an application has, when its tunnel is closed, to put away what it has.
GRACE = 5


class Tunnel:
    """
    A way from the world to what is exposed. When the connection to frps is lost it is made anew, by itself.

    @ivar name: of the proxy.
    """

    def __init__(
        self, reactor: IReactor, config: ClientConfig, registry: Registry, *, web: bool, served: Served | None = None
    ) -> None:
        """
        @param config: of a client with one proxy.
        @param web: whether its users speak HTTP.
        @param served: what answers them, where that is a part of the program.
        """
        (self._proxy,) = config.proxies
        self.name = self._proxy.name
        self._client = client = FRPClient(reactor, config, registry)
        self._web = web
        self._served = served
        self._address = ""
        self._addresses: list[str] = []
        self._opening: Deferred[Tunnel] | None = None
        self._deadline: IDelayedCall | None = None
        client.watchers.append(self._changed)
        client.ended.addErrback(self._gaveUp)

    def __repr__(self) -> str:
        return f"<Tunnel {self.url} to {self.name!r}: {self.status}>"

    @property
    def remoteAddress(self) -> str:
        """Where users reach it, as frps has said it: C{":6000"}, C{"web.example.com"}; empty where it does not say."""
        return self._address

    @property
    def url(self) -> str:
        """
        Where users reach it: C{"http://web.example.com"}, C{"tcp://frps.example.com:6000"}; for a type without a place
        of its own the type and the name, C{"stcp:NAME"}.
        """
        if not self._addresses:
            return f"{self._proxy.type}:{self.name}"
        first = self._addresses[0]
        return first.replace("tcp://", "http://", 1) if self._web else first

    @property
    def status(self) -> str:
        """C{"running"}, or the word of C{frpc status} for what keeps it from that."""
        session = self._client.session
        running = None if session is None else session.proxies.get(self.name)
        return "not connected" if running is None else running.phase.value

    def logTo(self, log: Log) -> None:
        """Say what happens here, and not where Twisted says it. To be called before L{open}."""
        self._client.log = log

    def open(self, timeout: float) -> Deferred[Tunnel]:
        """
        Dial, log in, and register.

        @param timeout: in seconds.
        @return: fires with this tunnel when users can come; fails with L{FRPError<frp.errors.FRPError>}. Then all is
            over.
        """
        self._opening = opening = Deferred[Tunnel](lambda _: self._fail(CancelledError()))
        self._deadline = self._client.clock.callLater(timeout, self._late, timeout)
        self._client.startService()
        return opening

    def close(self) -> Deferred[object]:
        """
        Take no more users, and leave.

        @return: fires when all is closed.
        """
        opening = self._settle()
        if opening is not None:
            opening.cancel()
        return self._client.stopService().addBoth(self._closed)

    def _closed(self, result: object) -> object:
        ended = None if self._served is None else self._served.ended
        if ended is None or ended.called:
            return result
        return ended.addTimeout(GRACE, self._client.clock).addBoth(lambda _: result)

    # On the way

    def _changed(self, running: RunningProxy) -> None:
        if running.phase is Phase.RUNNING:
            self._address, self._addresses = running.remoteAddress, running.addresses
            self._soon(self._opened)
        elif running.phase is Phase.START_ERROR:
            self._soon(self._fail, Refused(f"frps at {self._server} refuses the tunnel: {running.error}"))

    def _gaveUp(self, failure: Failure) -> None:
        error = (failure.value and failure.value.__cause__) or failure.value
        why = error.detail if isinstance(error, FRPError) else f"{type(error).__name__}: {error}"
        kind = Refused if isinstance(error, Refused | AuthError) else Unavailable
        gaveUp = kind(f"no tunnel through frps at {self._server}: {why}")
        gaveUp.__cause__ = error
        self._soon(self._fail, gaveUp)

    def _late(self, timeout: float) -> None:
        self._deadline = None
        what = "the login is not answered" if self._client.session is None else "the proxy is not answered for"
        self._fail(Unavailable(f"no tunnel through frps at {self._server} within {timeout:g} seconds: {what}"))

    # What is decided

    def _soon(self, decide: Callable[..., None], *arguments: object) -> None:
        """Not in this turn: the client is in the middle of something."""
        self._client.clock.callLater(0, decide, *arguments)

    def _opened(self) -> None:
        opening = self._settle()
        if opening is not None:
            opening.callback(self)

    def _fail(self, error: BaseException) -> None:
        opening = self._settle()
        if opening is not None:
            self._client.stopService().addBoth(self._failed, opening, error)

    @staticmethod
    def _failed(_: object, opening: Deferred[Tunnel], error: BaseException) -> None:
        if not opening.called:
            opening.errback(error)

    def _settle(self) -> Deferred[Tunnel] | None:
        """@return: who waits for the opening, if it is not decided yet."""
        deadline, self._deadline = self._deadline, None
        if deadline is not None:
            deadline.cancel()
        opening, self._opening = self._opening, None
        return opening

    @property
    def _server(self) -> str:
        config = self._client.config
        return authority(config.serverAddr, config.serverPort)
