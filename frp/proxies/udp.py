"""
C{type = "udp"}: a UDP port of the server, passed on to a local service.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.config.schema import Problem, table
from frp.errors import NoWorkStream
from frp.interfaces import IProxyKind, IServerProxy, IServerSite, IStream
from frp.proxies.localdatagrams import LocalDatagrams, endpointProblem
from frp.proxies.remoteport import RemotePort, RemotePortConfig
from frp.session.datagrams import DatagramLink, Losses
from frp.sockets.userport import UserPort
from frp.wire.dialect import Packet
from frp.wire.messages import NewProxy

__all__ = ["UDP", "UDPConfig"]

#: Seconds until the first work stream is asked for. A client that has not read our answer to its registration yet would
#: close it.
START = 0.5

#: Seconds until another one is asked for, after there was none, or one that did not live as long.
RETRY = 1

#: Seconds of silence after which a work stream is given up. The client sends a Ping every 30 s.
SILENT = 60


@table
class UDPConfig(RemotePortConfig):
    """A UDP port of the server, passed on to a local service."""

    def problems(self, at: str, allowed: Collection[str]) -> Iterator[Problem]:
        """Datagrams need an address."""
        yield from endpointProblem(self)


@implementer(IProxyKind)
class UDP(RemotePort):
    """The kind."""

    schema = UDPConfig
    examples = (
        """
name = "dns"
type = "udp"
localPort = 53
remotePort = 6053
""",
    )

    clientProxy = LocalDatagrams

    def serverProxy(self, message: NewProxy, site: IServerSite) -> IServerProxy:
        return _Port(message, site)


@implementer(IServerProxy)
class _Port(UserPort):
    """frps' half: the port, and one work stream at a time for all of its users."""

    def __init__(self, message: NewProxy, site: IServerSite) -> None:
        super().__init__(site.datagramSize, Losses(site.clock, site.log))
        self._message = message
        self._site = site
        self._link = DatagramLink(site.dialect, site.clock, self.losses, self._answered, self._streamLost)
        self._timer: IDelayedCall | None = None
        self._startedAt = 0.0
        self._closed = False

    # Life

    async def open(self) -> str:
        port = await self._site.bind(self._message.remote_port, self)
        self._site.log.info("udp proxy listen port [{port}]", port=port)
        self._later(START, self._fetch)
        return f":{port}"

    def close(self) -> Deferred[None]:
        self._closed = True
        self._later(0, None)
        self._link.close()
        self.losses.say()
        return self._site.release()

    def _later(self, seconds: float, call: Callable[[], object] | None) -> None:
        """At most one thing is to come: fetching a stream, or looking whether it is silent."""
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()
        if call is not None:
            self._timer = self._site.clock.callLater(seconds, call)

    # Work streams

    def _fetch(self) -> None:
        self._site.workStream(None, None).addCallbacks(self._fetched, self._notFetched)

    def _fetched(self, stream: IStream) -> None:
        if self._closed:
            stream.abortConnection()
            return
        self._later(SILENT, self._look)
        self._startedAt = self._site.clock.seconds()
        self._site.handOver(stream, self._link.protocol())

    def _notFetched(self, failure: Failure) -> None:
        failure.trap(NoWorkStream)
        if not self._closed:
            self._site.log.warn("failed to get work connection: {reason}", reason=str(failure.value))
            self._later(RETRY, self._fetch)

    def _look(self) -> None:
        silent = self._site.clock.seconds() - self._link.heardAt
        if silent < SILENT:
            self._later(SILENT - silent, self._look)
        else:
            self._link.close()
            self._streamLost(f"nothing came for {SILENT} s, not even a ping")

    def _streamLost(self, why: str) -> None:
        self._site.log.warn("read from workConn for udp error: {reason}", reason=why)
        lived = self._site.clock.seconds() - self._startedAt
        self._later(0 if lived >= RETRY else RETRY, self._fetch)

    # Datagrams

    def usersSent(self, packets: list[Packet], total: int) -> None:
        self._link.send(packets)
        self._site.meter.carried(total, 0)
        self._site.meter.dropped = self.losses.total

    def _answered(self, packets: list[Packet]) -> None:
        self._site.meter.carried(0, self.answer(packets))
        self._site.meter.dropped = self.losses.total
