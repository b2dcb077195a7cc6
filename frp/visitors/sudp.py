"""C{type = "sudp"}: a UDP port of this machine that leads to a proxy without a port of its own."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocol
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.config.schema import table
from frp.config.visitor import VisitorConfig
from frp.errors import FRPError
from frp.interfaces import IVisitor, IVisitorKind, IVisitorSite
from frp.session.datagrams import Losses
from frp.session.linkkeeper import LinkKeeper
from frp.sockets.userport import UserPort
from frp.wire.address import authority
from frp.wire.dialect import Packet

__all__ = ["SUDP", "SUDPVisitorConfig"]


@table
class SUDPVisitorConfig(VisitorConfig):
    """A UDP port of this machine that leads to a sudp proxy."""


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
        self._connecting: Deferred[IProtocol] | None = None
        self._keeper = LinkKeeper(
            site.dialect, site.clock, self.losses, self.answer, self._connect, self._lost, self._failed, eager=False
        )

    # Life

    def open(self) -> None:
        config = self._config
        self._site.bind(config.bindAddr, config.bindPort, self)
        self._site.log.info("sudp start to work, listen on {where}", where=authority(config.bindAddr, config.bindPort))

    def close(self) -> Deferred[None]:
        """Nobody is served without the port, so that the connection ends, too."""
        self._keeper.stop()
        if self._connecting is not None:
            self._connecting.cancel()
        self.losses.say()
        return self._site.release()

    # The connection

    def usersSent(self, packets: list[Packet], total: int) -> None:
        self._keeper.send(packets)

    def _connect(self) -> Deferred[IProtocol]:
        self._connecting = self._site.connect(Factory.forProtocol(self._keeper.protocol))
        return self._connecting

    def _failed(self, failure: Failure) -> None:
        if isinstance(failure.value, FRPError):
            self._site.log.warn("newVisitorConn to frps error: {reason}, try to reconnect", reason=failure.value.detail)
        else:
            self._site.log.failure("newVisitorConn to frps error", failure)
        self._keeper.link.forget("the visited proxy cannot be reached")

    def _lost(self, why: str) -> None:
        self._site.log.info("sudp worker is closed: {reason}", reason=why)


@implementer(IVisitorKind)
class SUDP:
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

    visitor = _Door
