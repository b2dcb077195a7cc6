"""
C{python -m benchmarks.severalnodes.balancer}: a plain balancer of TCP connections, in a process of its own, and how the
bench tells it what to do.
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import Any, cast

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTCP
from twisted.internet.protocol import Factory
from twisted.internet.task import react
from twisted.protocols import portforward
from twisted.protocols.basic import LineOnlyReceiver

from benchmarks.peers import inCheckout
from benchmarks.processes import Program
from benchmarks.services import freePorts

__all__ = ["Balancer", "Leading"]

_LISTENING = "listening"


class Balancer:
    """
    Leads each connection to the next of the nodes, and to the one after that where nobody answers.

    @ivar port: where it listens, on 127.0.0.1.
    @ivar program: its process.
    """

    def __init__(self, folder: Path, to: int) -> None:
        """
        @param to: the port of all nodes.
        @raise RuntimeError: it does not start.
        """
        self.port, orders = freePorts(2)
        command = [sys.executable, "-m", "benchmarks.severalnodes.balancer", str(self.port), str(to), str(orders)]
        self.program = Program(command, folder / "balancer.log", {**os.environ, **inCheckout()})
        self.program.waitFor(lambda said: _LISTENING in said, _LISTENING)
        self._orders = socket.create_connection(("127.0.0.1", orders), 20.0)

    def lead(self, *hosts: str) -> None:
        """Lead what comes from now on to these nodes, in turn."""
        self._say("lead", *hosts)

    def drop(self) -> None:
        """End all connections, at once."""
        self._say("drop")

    def homes(self) -> list[str]:
        """@return: of each connection that there is, to which node it has been led."""
        return self._say("homes").split()

    def _say(self, *words: str) -> str:
        self._orders.sendall(" ".join(words).encode() + b"\n")
        answer = b""
        while not answer.endswith(b"\n"):
            data = self._orders.recv(65536)
            if not data:
                raise RuntimeError("the balancer is gone")
            answer += data
        return answer.decode()

    def close(self) -> None:
        self._orders.close()
        self.program.stop()


class _Dialling(portforward.ProxyClientFactory):
    """One attempt to reach a node for somebody."""

    noisy = False
    server: _Comer

    def clientConnectionFailed(self, connector: Any, reason: Any) -> None:
        """On to the next."""
        self.server.dial()


class _Comer(portforward.ProxyServer):
    """
    A connection that has come.

    @ivar host: the node to which it is led.
    """

    host = ""
    factory: Leading

    def connectionMade(self) -> None:
        self.transport.pauseProducing()
        self.factory.comers.add(self)
        self._left = self.factory.order()
        self.dial()

    def dial(self) -> None:
        """Try the next node; there is an end of them."""
        if not self._left or self not in self.factory.comers:
            self.transport.loseConnection()
            return
        self.host = self._left.pop(0)
        dialling = _Dialling()
        dialling.setServer(self)
        self.factory.reactor.connectTCP(self.host, self.factory.to, dialling)

    def drop(self) -> None:
        """End it, at both sides."""
        if self.peer is not None:
            cast("Any", self.peer.transport).abortConnection()
        cast("Any", self.transport).abortConnection()

    def connectionLost(self, reason: Any) -> None:
        self.factory.comers.discard(self)
        super().connectionLost(reason)


class Leading(Factory[_Comer]):
    """
    All that come. Each is led to the next node, and to the one after that where nobody answers.

    @ivar to: the port of the nodes; C{hosts} are where they are.
    """

    noisy = False
    protocol = _Comer

    def __init__(self, reactor: IReactorTCP, to: int) -> None:
        self.reactor, self.to = reactor, to
        self.hosts: list[str] = []
        self.comers: set[_Comer] = set()
        self._turn = 0

    def order(self) -> list[str]:
        """@return: all nodes, beginning with the one whose turn it is."""
        self._turn = (self._turn + 1) % max(1, len(self.hosts))
        return self.hosts[self._turn :] + self.hosts[: self._turn]


class _Orders(LineOnlyReceiver):
    """What the bench says, a line each; each is answered by a line."""

    delimiter = b"\n"
    factory: _Hearing

    def lineReceived(self, line: bytes) -> None:
        order, *words = line.decode().split()
        leading = self.factory.leading
        if order == "lead":
            leading.hosts = words
        elif order == "drop":
            for comer in list(leading.comers):
                comer.drop()
        homes = [comer.host for comer in leading.comers] if order == "homes" else []
        self.sendLine(" ".join(homes).encode())


class _Hearing(Factory[_Orders]):
    noisy = False
    protocol = _Orders

    def __init__(self, leading: Leading) -> None:
        self.leading = leading


def _balance(reactor: Any, port: str, to: str, orders: str) -> Deferred[None]:
    """Never ends."""
    leading = Leading(reactor, int(to))
    reactor.listenTCP(int(port), leading, backlog=4096, interface="127.0.0.1")
    reactor.listenTCP(int(orders), _Hearing(leading), interface="127.0.0.1")
    print(_LISTENING, flush=True)
    return Deferred()


if __name__ == "__main__":
    react(_balance, sys.argv[1:])
