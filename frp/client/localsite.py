"""
What frpc gives to everything of it that reaches local services.
"""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.client.described import described
from frp.client.parts import Parts
from frp.errors import LocalServiceDown
from frp.interfaces import ILocalSite, IReactor
from frp.logs import Log
from frp.sockets.local import DIAL_TIMEOUT, LocalEndpoint

__all__ = ["LocalSite"]


@implementer(ILocalSite)
class LocalSite:
    """
    A base for sites.

    @cvar patience: seconds for a connection to a local service.
    """

    patience: ClassVar[float] = DIAL_TIMEOUT

    def __init__(self, reactor: IReactor, log: Log, datagramSize: int, parts: Parts) -> None:
        self.reactor = reactor
        self.log = log
        self.datagramSize = datagramSize
        self._parts = parts

    @property
    def clock(self) -> IReactorTime:
        return self.reactor

    def part(self, name: str) -> Any:
        return self._parts.find(name)

    def local(self, host: str, port: int) -> IStreamClientEndpoint:
        return LocalEndpoint(self.reactor, host, port, self.patience)

    def endpoint(self, description: str) -> IStreamClientEndpoint:
        return described(self.reactor, description)

    def resolve(self, host: str) -> Deferred[str]:
        if isIPAddress(host) or isIPv6Address(host):
            return succeed(host)

        def unknown(failure: Failure) -> NoReturn:
            raise LocalServiceDown(
                f"lookup {host}: no such host", f"lookup {host}: {failure.getErrorMessage()}"
            ) from failure.value

        found: Deferred[str] = self.reactor.resolve(host)
        return found.addErrback(unknown)
