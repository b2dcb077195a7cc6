"""
frps, frpc and their users in one memory, with faults that have names.

A test of a whole tunnel takes milliseconds and no port of the machine::

    network = Network()
    server = network.server()
    echo = network.echo()
    client = network.client(proxies=[{"name": "a", "type": "tcp", "localPort": echo.port, "remotePort": 6000}])
    user = network.user(6000)
    user.send(b"hello")
    network.settle()
    assert user.received == b"hello"
    network.carrier(client).silence()
    network.advance(60)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.client.service import FRPClient
from frp.config.clientfile import clientFromValues
from frp.config.proxy import ProxyConfig
from frp.config.serverfile import serverFromValues
from frp.config.visitor import VisitorConfig
from frp.kinds import Registry
from frp.server.service import FRPServer
from frp.server.shared import Shared
from frp.server.whole.fellows import Fellows
from frp.sockets.layer import Layer
from frp.testing.links import End, Link
from frp.testing.memory import MemoryReactor
from frp.testing.talk import Talk

if TYPE_CHECKING:
    from frp.testing.natlab import Host

__all__ = ["Network", "Service", "User"]

_registry = Registry()

P = TypeVar("P", bound=Protocol)


@implementer(IHalfCloseableProtocol)
class User(Protocol):
    """
    One side of a connection, in the hands of a test: somebody who uses a proxy, or a connection of a local service.

    @ivar ended: whether the other side has said that it sends no more.
    @ivar lost: why the connection is over, or None.
    @ivar refused: why it never was, or None.
    @ivar port: the port that was dialled; 0 for a connection of a service.
    """

    transport: End
    port = 0

    def __init__(self, answer: Callable[[User, bytes], object] | None = None, *, closes: bool = False) -> None:
        """
        @param answer: is called with every piece that comes.
        @param closes: whether it closes when the other side has ended, as most services do.
        """
        self._pieces: list[bytes] = []
        self.ended = False
        self.lost: Failure | None = None
        self.refused: Failure | None = None
        self._answer = answer
        self._closes = closes

    @property
    def received(self) -> bytes:
        """Every byte until now, or since a test has set it."""
        # Joined when somebody looks: a copy of all for each piece of a large body takes minutes.
        self._pieces = [b"".join(self._pieces)]
        return self._pieces[0]

    @received.setter
    def received(self, received: bytes) -> None:
        self._pieces = [received]

    def dataReceived(self, data: bytes) -> None:
        self._pieces.append(data)
        if self._answer is not None:
            self._answer(self, data)

    def readConnectionLost(self) -> None:
        self.ended = True
        if self._closes:
            self.close()

    def writeConnectionLost(self) -> None:
        """We said so."""

    def connectionLost(self, reason: Failure | None = None) -> None:
        self.lost = reason

    @property
    def closed(self) -> bool:
        """Whether nothing comes any more: it was refused, the other side has ended, or all is over."""
        return self.ended or self.lost is not None or self.refused is not None

    @property
    def _connected(self) -> End:
        """@raise AssertionError: there never was a connection."""
        transport: End | None = self.transport
        if transport is None:
            why = (
                "has not answered this user yet" if self.refused is None else "refused this user: nobody listens there"
            )
            raise AssertionError(f"port {self.port} {why}")
        return transport

    def send(self, data: bytes) -> None:
        """
        Write bytes.

        @raise AssertionError: there never was a connection. So do the other methods.
        """
        self._connected.write(data)

    def end(self) -> None:
        """Say that no more will come from here, and go on receiving."""
        self._connected.loseWriteConnection()

    def close(self) -> None:
        """Close when all is sent."""
        self._connected.loseConnection()

    def abort(self) -> None:
        """Reset the connection."""
        self._connected.abortConnection()


class Service(Factory):
    """
    A service on a port, behind a proxy.

    @ivar port: where it listens.
    @ivar users: its connections, the oldest first.
    """

    noisy = False

    def __init__(self, answer: Callable[[User, bytes], object] | None) -> None:
        self.port = 0
        self.users: list[User] = []
        self._answer = answer

    def buildProtocol(self, addr: object) -> User:
        user = User(self._answer, closes=True)
        self.users.append(user)
        return user


class _Dialling(Factory):
    noisy = False

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol

    def startedConnecting(self, connector: object) -> None:
        """On its way."""

    def buildProtocol(self, addr: object) -> Any:
        return self._protocol

    def clientConnectionFailed(self, connector: object, reason: Failure) -> None:
        self._protocol.refused = reason


class Network:
    """
    Both services, users and local services in one L{MemoryReactor<frp.testing.memory.MemoryReactor>}. Nothing happens
    but by L{settle} and L{advance}; what this class makes is settled when it is returned.

    Configurations are given as the nested mappings that a file would hold, and checked like one. Two defaults differ:
    frpc uses no TLS, which is faster, and its C{serverPort} is the C{bindPort} of the server that was started last.

    @ivar reactor: the reactor and clock of everybody.
    @ivar servers: every server that was started; @ivar clients: every client.
    @ivar failures: the clients that gave up, and why.
    """

    def __init__(self, registry: Registry | None = None) -> None:
        """
        @param registry: where proxy types, transports and authenticators are found; by default as the programs do.
        """
        self.reactor = MemoryReactor()
        self.registry = registry or _registry
        self.servers: list[FRPServer] = []
        self.clients: list[FRPClient] = []
        self.failures: dict[FRPClient, Failure] = {}
        self.bindPort = 7000

    # Who takes part

    def server(self, *, fellows: Fellows | None = None, **settings: Any) -> FRPServer:
        """
        Start frps.

        @param fellows: the other workers, where it is to be one of several.
        @raise Exception: what kept it from starting.
        """
        values = {"bindPort": self.bindPort, **settings}
        self.bindPort = values["bindPort"]
        config = serverFromValues(values, registry=self.registry).config
        shared = Shared.inMemory(self.reactor, config, probe=self.reactor.probe)
        if fellows is not None:
            shared = attrs.evolve(shared, fellows=fellows)
        server = FRPServer(self.reactor, config, self.registry, shared)
        self.servers.append(server)
        server.startService()
        self.settle()
        outcome = _now(server.started)
        if isinstance(outcome, Failure):
            self.servers.remove(server)
            outcome.raiseException()
        return server

    def client(
        self,
        *,
        proxies: Iterable[Mapping[str, Any]] = (),
        host: Host | None = None,
        unstarted: Callable[[FRPClient], object] | None = None,
        **settings: Any,
    ) -> FRPClient:
        """
        Start frpc, towards the server that was started last. It need not succeed.

        @param host: where it runs, which matters to its datagrams only.
        @param unstarted: is given the client before it is started.
        """
        transport = {"tls": {"enable": False}, **settings.pop("transport", {})}
        values = {"serverPort": self.bindPort, **settings, "transport": transport, "proxies": list(proxies)}
        config = clientFromValues(values, registry=self.registry).config
        client = FRPClient(host or self.reactor, config, self.registry)
        client.ended.addErrback(lambda failure: self.failures.update({client: failure}))
        self.clients.append(client)
        if unstarted is not None:
            unstarted(client)
        client.startService()
        self.settle()
        return client

    def proxies(self, *tables: Mapping[str, Any]) -> list[ProxyConfig]:
        """@return: what L{FRPClient.update<frp.client.service.FRPClient.update>} takes."""
        return clientFromValues({"proxies": list(tables)}, registry=self.registry).config.proxies

    def visitors(self, *tables: Mapping[str, Any]) -> list[VisitorConfig]:
        """@return: the same for visitors."""
        return clientFromValues({"visitors": list(tables)}, registry=self.registry).config.visitors

    def service(self, answer: Callable[[User, bytes], object] | None = None, port: int = 0) -> Service:
        """
        Start a service.

        @param answer: is called with each of its users and every piece that comes.
        @param port: 0 takes any.
        """
        service = Service(answer)
        service.port = self.reactor.listenTCP(port, service).getHost().port
        return service

    def echo(self, port: int = 0) -> Service:
        """Start a service that says back what it hears."""
        return self.service(User.send, port)

    def user(self, port: int) -> User:
        """Connect to a port."""
        user = User()
        user.port = port
        return self.dial(port, user)

    def dial(self, port: int, protocol: P) -> P:
        """Connect a protocol to a port. Where nobody answers, the Failure is its C{refused}."""
        self.reactor.connectTCP("127.0.0.1", port, _Dialling(protocol))
        self.settle()
        return protocol

    # Time

    def settle(self) -> None:
        """Let everything happen that needs no time."""
        self.reactor.settle()

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.reactor.spend(seconds)

    def until(self, condition: Callable[[], object]) -> None:
        """
        Let threads work that are none of the reactor's, such as those of WSGI and ASGI applications, until something is
        true. They need real time, and the clock of the test stands still meanwhile.

        @raise AssertionError: it is not true after ten seconds.
        """
        end = monotonic() + 10
        self.settle()
        while not condition():
            if monotonic() > end:
                raise AssertionError("the threads have not done it in ten seconds")
            self.reactor.awaitThread(0.05)

    # Faults

    def links(self, port: int) -> list[Link]:
        """The open connections to a port, the oldest first."""
        return [link for link in self.reactor.links if link.port == port]

    def carrier(self, client: FRPClient) -> Link:
        """The newest connection to a client's server: the only one with tcpMux, where there is one client."""
        return self.links(client.config.serverPort)[-1]

    def refuse(self, port: int) -> None:
        """Nobody answers on this port any more; what is connected stays so."""
        self.reactor.refused.add(port)

    def silence(self, where: int | str) -> None:
        """Whoever dials this port, or this address, hears nothing, as behind a firewall."""
        self.reactor.silent.add(where)

    def mute(self, port: int, after: int) -> None:
        """Who connects to this port hears so many bytes, and nothing more; of datagrams, all hear so many."""
        self.reactor.muted[port] = after

    def allow(self, where: int | str) -> None:
        """The port, or the address, answers again."""
        self.reactor.silent.discard(where)
        if isinstance(where, int):
            self.reactor.refused.discard(where)
            self.reactor.muted.pop(where, None)

    # The end

    def stop(self) -> list[str]:
        """
        Stop both services. Users and local services of the test are closed.

        @return: what was left behind: connections and delayed calls, as texts. A test wants none.
        """
        services: list[Any] = [*self.clients, *self.servers]
        stopping = DeferredList([service.stopService() for service in services if service.running])
        self.advance(1 + max((service.config.gracePeriod for service in services), default=0))
        left = [] if stopping.called else ["a service that does not stop"]
        for link in list(self.reactor.links):
            for end in (link.client, link.server):
                if isinstance(_innermost(end.protocol), User | Talk):
                    end.abortConnection()
        self.advance(1)
        left += [repr(link) for link in self.reactor.links]
        left += [str(call) for call in self.reactor.getDelayedCalls()]
        return left


def _now(deferred: Deferred[Any]) -> object:
    """@return: the result, or a Failure that says that there is none yet."""
    results: list[object] = []
    deferred.addBoth(results.append)
    return results[0] if results else Failure(AssertionError("it has not happened"))


def _innermost(protocol: object) -> object:
    """@return: who receives in the end, where layers such as TLS stand between."""
    while isinstance(protocol, Layer):
        protocol = protocol.protocol
    return protocol
