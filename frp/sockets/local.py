"""Local services by host and port."""

from __future__ import annotations

from typing import NoReturn

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import LocalServiceDown
from frp.interfaces import IReactor
from frp.sockets.addresses import dialFault, endpointFor
from frp.values import frozen
from frp.wire.address import authority

__all__ = ["DIAL_TIMEOUT", "LocalEndpoint"]

#: Seconds for the connection to a local service.
DIAL_TIMEOUT = 10


@implementer(IStreamClientEndpoint)
@frozen
class LocalEndpoint:
    """A local service."""

    reactor: IReactor
    host: str
    port: int
    timeout: float = DIAL_TIMEOUT

    def connect(self, factory: IProtocolFactory) -> Deferred[IProtocol]:
        endpoint = endpointFor(self.reactor, self.host, self.port, self.timeout)
        return endpoint.connect(factory).addErrback(self._down)

    def _down(self, failure: Failure) -> NoReturn:
        why = dialFault(authority(self.host, self.port), failure)
        raise LocalServiceDown("the local service does not answer", why) from failure.value
