"""
C{type = "sudp"}: a UDP port of this machine that leads to a proxy without a port of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.config.schema import table
from frp.config.visitor import VisitorConfig
from frp.errors import FRPError
from frp.interfaces import IVisitor, IVisitorKind, IVisitorSite
from frp.session.datagrams import DatagramLink, Losses
from frp.sockets.userport import UserPort
from frp.wire.dialect import Packet

__all__ = ["SUDP", "SUDPVisitorConfig"]

#: Seconds of silence after which the connection to the proxy is given up. The other client sends a Ping every 30 s; we
#: never do, for there it would be taken for a datagram.
SILENT = 60

#: Seconds until the next attempt after one that failed. What comes in between waits.
RETRY = 1


@table
class SUDPVisitorConfig(VisitorConfig):
    """A UDP port of this machine that leads to a sudp proxy."""


@implementer(IVisitorKind)
class SUDP:
    """The kind."""

    schema = SUDPVisitorConfig
    examples = (
        """
name = "dns-visitor"
type = "sudp"
serverName = "dns"
secretKey = "change me"
bindPort = 6053
""",
    )

    def visitor(self, config: Any, site: IVisitorSite) -> IVisitor:
        """As L{IVisitorKind.visitor<frp.interfaces.IVisitorKind.visitor>}."""
        return _Door(config, site)


@implementer(IVisitor)
class _Door(UserPort):
    """
    The port, and one connection to the proxy for all of its users: made when the first datagram comes, and given up
    when nothing is heard on it any more.
    """

    def __init__(self, config: SUDPVisitorConfig, site: IVisitorSite) -> None:
        super().__init__(site.datagramSize, Losses(site.clock, site.log))
        self._config = config
        self._site = site
        self._link = DatagramLink(site.dialect, site.clock, self.losses, self.answer, self._streamLost)
        self._startedAt = 0.0
        self._connecting: Deferred[Any] | None = None
        self._timer: IDelayedCall | None = None  # of the silence, or of the pause after a failure
        self._closed = False

    # Life

    def open(self) -> None:
        """As L{IVisitor.open<frp.interfaces.IVisitor.open>}."""
        config = self._config
        self._site.bind(config.bindAddr, config.bindPort, self)
        self._site.log.info("sudp start to work, listen on {host}:{port}", host=config.bindAddr, port=config.bindPort)

    def close(self) -> Deferred[Any]:
        """
        As L{IVisitor.close<frp.interfaces.IVisitor.close>}. Nobody is served without the port, so that the connection
        ends, too.
        """
        self._closed = True
        self._later(0, None)
        connecting, self._connecting = self._connecting, None
        if connecting is not None:
            connecting.cancel()
        self._link.close()
        self.losses.say()
        return self._site.release()

    def _later(self, seconds: float, call: Callable[[], object] | None) -> None:
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()
        if call is not None:
            self._timer = self._site.clock.callLater(seconds, call)

    # The connection

    def usersSent(self, packets: list[Packet], total: int) -> None:
        self._link.send(packets)
        # While the timer of a pause runs, that one connects.
        if not self._link.connected and self._connecting is None and self._timer is None:
            self._connect()

    def _connect(self) -> None:
        self._timer = None
        if not self._link.waiting:
            return
        self._connecting = connecting = self._site.connect(Factory.forProtocol(self._link.protocol))
        connecting.addCallbacks(self._connected, self._notConnected)

    def _connected(self, _: object) -> None:
        self._connecting = None
        self._startedAt = self._site.clock.seconds()
        if self._link.connected:
            self._later(SILENT, self._look)

    def _notConnected(self, failure: Failure) -> None:
        self._connecting = None
        if self._closed:
            return
        if isinstance(failure.value, FRPError):
            self._site.log.warn("newVisitorConn to frps error: {reason}, try to reconnect", reason=failure.value.detail)
        else:
            self._site.log.failure("newVisitorConn to frps error", failure)
        self._link.forget("the visited proxy cannot be reached")
        self._later(RETRY, self._connect)

    def _look(self) -> None:
        silent = self._site.clock.seconds() - self._link.heardAt
        if silent < SILENT:
            self._later(SILENT - silent, self._look)
        else:
            self._timer = None
            self._link.close()
            self._site.log.info("sudp worker is closed: nothing came for {seconds} s, not even a ping", seconds=SILENT)

    def _streamLost(self, why: str) -> None:
        self._site.log.info("sudp worker is closed: {reason}", reason=why)
        # A server that drops us at once may go on with it.
        lived = self._site.clock.seconds() - self._startedAt
        self._later(0 if lived >= RETRY else RETRY, self._connect)
