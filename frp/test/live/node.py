"""
A node of a server that is nothing but its links, as a program: C{python -m frp.test.live.node}. It says on which port
it waits for others, and answers each question with all that there is room for.
"""

from __future__ import annotations

from itertools import repeat

from twisted.internet import reactor as installed
from twisted.internet.interfaces import IHalfCloseableProtocol, IPullProducer
from twisted.internet.protocol import Protocol
from zope.interface import implementer

from frp.interfaces import IStream
from frp.logs import Log
from frp.server.cluster.links import Asked, Links
from frp.server.cluster.overtls import OverTLS, TLSSettings
from frp.session.greeting import handOver
from frp.sockets.eager import eager
from frp.test.sockets.authority import Fields

__all__ = ["SECRET", "Fountain", "main"]

SECRET = "what all nodes know"


@implementer(IPullProducer, IHalfCloseableProtocol)
class Fountain(Protocol):
    """
    Sends for as long as anybody takes it, and throws away what comes.

    @ivar heard: how many bytes that was.
    """

    transport: IStream

    def __init__(self) -> None:
        self.heard = 0
        self._pieces = repeat(bytes(65536))

    def connectionMade(self) -> None:
        self.transport.registerProducer(self, False)

    def resumeProducing(self) -> None:
        self.transport.write(next(self._pieces))

    def stopProducing(self) -> None:
        """Nobody takes it any more."""

    def dataReceived(self, data: bytes) -> None:
        self.heard += len(data)

    def readConnectionLost(self) -> None:
        """It goes on."""

    def writeConnectionLost(self) -> None:
        """It has ended."""


def answer(asked: Asked) -> None:
    """Yes, and very much."""
    stream = asked.accept()
    stream.widen()
    handOver(stream, Fountain())


def main() -> None:
    """Run, until it is ended."""
    reactor = eager(installed)
    log = Log("frp.test")
    way = OverTLS(reactor, TLSSettings("127.0.0.1", 0, SECRET, Fields()), log)
    links = Links(reactor, "b", "b", way, log, answer, lambda user, said: None)
    links.start().addCallback(lambda _: print(f"port {way.port}.", flush=True))
    reactor.run()


if __name__ == "__main__":
    main()
