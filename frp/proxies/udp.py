"""
C{type = "udp"}: a UDP port of the server, passed on to a local service.
"""

from __future__ import annotations

from socket import if_nametoindex
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import MessageLengthError
from twisted.internet.interfaces import IDelayedCall
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.config.schema import table
from frp.errors import NoWorkStream
from frp.interfaces import IProxyKind, IServerProxy, IServerSite, IStream
from frp.proxies.localdatagrams import LocalDatagrams
from frp.proxies.remoteport import RemotePort, RemotePortConfig
from frp.session.datagrams import DatagramLink, Losses, sendingProblem
from frp.transports.datagram import BurstProtocol
from frp.wire.messages import NewProxy
from frp.wire.packets import Address, Packet

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
        """As L{IProxyKind.serverProxy<frp.interfaces.IProxyKind.serverProxy>}."""
        return _Port(message, site)


@implementer(IServerProxy)
class _Port(BurstProtocol):
    """frps' half: the port, and one work stream at a time for all of its users."""

    transport: Any

    def __init__(self, message: NewProxy, site: IServerSite) -> None:
        self._message = message
        self._site = site
        self._losses = Losses(site.clock, site.log)
        self._link = DatagramLink(site.clock, self._losses, self._answered, self._streamLost)
        self._timer: IDelayedCall | None = None
        self._wideAddresses = False
        self._startedAt = 0.0
        self._closed = False

    # Life

    def open(self) -> str:
        """As L{IServerProxy.open<frp.interfaces.IServerProxy.open>}."""
        port = self._site.bind(self._message.remote_port, self)
        self._wideAddresses = ":" in self.transport.getHost().host
        self._site.log.info("udp proxy listen port [{port}]", port=port)
        self._later(START, self._fetch)
        return f":{port}"

    def close(self) -> Deferred[Any]:
        """As L{IServerProxy.close<frp.interfaces.IServerProxy.close>}."""
        self._closed = True
        self._later(0, None)
        self._link.close()
        self._losses.say()
        return self._site.release()

    def _later(self, seconds: float, call: Any) -> None:
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

    def burstReceived(self, burst: list[Packet]) -> None:
        size = self._site.datagramSize
        total = 0
        for place, (data, user) in enumerate(burst):
            if len(data) > size:
                # The reference's reads cut them, too, without a word.
                self._losses.count(f"only the first {size} bytes (udpPacketSize) of longer ones are passed on")
                burst[place] = (data[:size], user)
            total += len(data)
        if self._wideAddresses:
            burst = [(data, (user[0].removeprefix("::ffff:"), user[1])) for data, user in burst]
        self._link.send(burst)
        self._site.meter.carried(total, 0)
        self._site.meter.dropped = self._losses.total

    def _answered(self, packets: list[Packet]) -> None:
        write = self.transport.write
        total = 0
        for data, user in packets:
            try:
                write(data, self._reached(user) if self._wideAddresses else user)
            except (OSError, MessageLengthError, ValueError, OverflowError) as error:
                self._losses.count(sendingProblem(error))
            else:
                total += len(data)
        self._site.meter.carried(0, total)
        self._site.meter.dropped = self._losses.total

    def _reached(self, user: Address) -> Any:
        """
        Where a socket for both families reaches a user. What the peer names as a zone must never be looked up
        elsewhere.
        """
        host, _, zone = user[0].partition("%")
        if zone:
            return host, user[1], 0, int(zone) if zone.isdigit() else if_nametoindex(zone)
        return host if ":" in host else f"::ffff:{host}", user[1]
