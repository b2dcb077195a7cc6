"""C{type = "stcp"}: a TCP port of this machine that leads to a proxy without a port of its own."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory, Protocol
from zope.interface import implementer

from frp.config.schema import table
from frp.config.visitor import VisitorConfig
from frp.interfaces import IStream, IVisitor, IVisitorKind, IVisitorSite

__all__ = ["STCP", "Door", "STCPVisitorConfig"]


@table
class STCPVisitorConfig(VisitorConfig):
    """A TCP port of this machine that leads to a stcp proxy."""


class _User(Protocol):
    """Somebody has connected."""

    transport: IStream

    def __init__(self, site: IVisitorSite, kind: str) -> None:
        self._site = site
        self._kind = kind

    def connectionMade(self) -> None:
        self._site.log.debug("get a new {kind} user connection", kind=self._kind)
        self._site.join(self.transport)


@implementer(IVisitor)
class Door(Factory):
    """The port, where there is one, of a visitor whose users have a connection each."""

    noisy = False

    def __init__(self, config: VisitorConfig, site: IVisitorSite) -> None:
        self._config = config
        self._site = site

    def buildProtocol(self, addr: IAddress | None) -> _User:
        return _User(self._site, self._config.type)

    def open(self) -> None:
        if self._config.bindPort > 0:
            self._site.listen(self._config.bindAddr, self._config.bindPort, self)

    def close(self) -> Deferred[None]:
        return self._site.release()


@implementer(IVisitorKind)
class STCP:
    schema = STCPVisitorConfig
    examples = (
        """
name = "ssh-visitor"
type = "stcp"
serverName = "ssh"
secretKey = "change me"
bindPort = 6000
""",
    )

    visitor = Door
