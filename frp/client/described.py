"""
Local services that are given as endpoint strings: C{unix:/run/app.sock}, C{tls:db.example.com:5432}, and whatever an
installed package of Twisted's world adds.
"""

from __future__ import annotations

from typing import Any

import attrs
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import clientFromString
from twisted.internet.interfaces import IProtocolFactory, IStreamClientEndpoint
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import LocalServiceDown
from frp.interfaces import IReactor
from frp.sockets.plain import Entrance

__all__ = ["DescribedEndpoint", "described"]


def described(reactor: IReactor, description: str) -> IStreamClientEndpoint:
    """
    @param description: as for L{clientFromString<twisted.internet.endpoints.clientFromString>}.
    @raise LocalServiceDown: it means nothing.
    """
    try:
        endpoint = clientFromString(reactor, description)
    except Exception as error:
        # Parsers are plugins, and raise what they like.
        raise LocalServiceDown(
            f"{description!r} is no endpoint", f"{description!r} is no endpoint: {type(error).__name__}: {error}"
        ) from error
    return DescribedEndpoint(endpoint, description)


@implementer(IStreamClientEndpoint)
@attrs.frozen
class DescribedEndpoint:
    """An endpoint whose transports are L{IStream<frp.interfaces.IStream>}s."""

    endpoint: IStreamClientEndpoint
    description: str

    def connect(self, factory: IProtocolFactory) -> Deferred[Any]:
        made: Deferred[Any] = self.endpoint.connect(Entrance(factory))
        return made.addCallbacks(lambda stream: stream.first, self._down)

    def _down(self, failure: Failure) -> None:
        raise LocalServiceDown(
            "the local service does not answer", f"dial {self.description}: {failure.getErrorMessage()}"
        ) from failure.value
