"""frps' half of a proxy whose users each have a connection of their own."""

from __future__ import annotations

from collections.abc import Awaitable

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory, Protocol
from zope.interface import implementer

from frp.interfaces import IServerProxy, IServerSite, IStream
from frp.wire.messages import NewProxy

__all__ = ["Joining"]


class _User(Protocol):
    """Somebody has come."""

    transport: IStream

    def __init__(self, site: IServerSite) -> None:
        self._site = site

    def connectionMade(self) -> None:
        self._site.join(self.transport)


@implementer(IServerProxy)
class Joining(Factory):
    """Whoever comes is joined with the client. A subclass opens the door, and is the factory of it."""

    noisy = False

    def __init__(self, message: NewProxy, site: IServerSite) -> None:
        self._message = message
        self._site = site

    def buildProtocol(self, addr: IAddress | None) -> _User:
        return _User(self._site)

    def open(self) -> str | Awaitable[str]:
        raise NotImplementedError

    def close(self) -> Deferred[None]:
        return self._site.release()
