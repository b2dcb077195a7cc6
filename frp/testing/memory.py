"""A reactor whose TCP connections, and UDP ports, lie in memory, and whose time is the test's."""

from __future__ import annotations

import errno
from bisect import insort
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import partial
from itertools import count
from queue import Empty, SimpleQueue
from threading import current_thread
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.base import DelayedCall
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import (
    CannotListenError,
    ConnectionAborted,
    ConnectionRefusedError,
    NotConnectingError,
    TimeoutError,
    UserError,
)
from twisted.internet.interfaces import IConnector, IDelayedCall, IListeningPort, IProtocolFactory
from twisted.internet.testing import MemoryReactorClock
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.interfaces import IReactor
from frp.testing.datagrams import MemoryUDPPort
from frp.testing.links import Link

__all__ = ["MemoryReactor"]


@implementer(IListeningPort)
class _Port:
    def __init__(self, reactor: MemoryReactor, number: int, factory: Any, interface: str) -> None:
        self._reactor = reactor
        self.number = number
        self.factory = factory
        self._host = IPv4Address("TCP", interface or "0.0.0.0", number)

    def startListening(self) -> None:
        if self.number in self._reactor.ports or self.number in self._reactor.taken:
            taken = OSError(errno.EADDRINUSE, "Address already in use")
            raise CannotListenError(self._host.host, self.number, taken)
        self._reactor.ports[self.number] = self
        self.factory.doStart()

    def stopListening(self) -> Deferred[None]:
        if self._reactor.ports.get(self.number) is not self:
            return succeed(None)
        del self._reactor.ports[self.number]
        closed: Deferred[None] = Deferred()

        def close() -> None:
            self.factory.doStop()
            closed.callback(None)

        self._reactor.callLater(0, close)
        return closed

    def getHost(self) -> IPv4Address:
        return self._host


@implementer(IConnector)
class _Connector:
    """One attempt to connect."""

    def __init__(self, reactor: MemoryReactor, far: IPv4Address, factory: Any, timeout: float | None) -> None:
        self._reactor = reactor
        self._far = far
        self._factory = factory
        self._link: Link | None = None
        self._timeout = timeout
        self._attempt: IDelayedCall | None = None

    def connect(self) -> None:
        self._factory.doStart()
        self._factory.startedConnecting(self)
        if not self._reactor.silent.isdisjoint((self._far.host, self._far.port)):
            self._attempt = self._reactor.callLater(self._timeout or 120, self._fail, TimeoutError())
        else:
            self._attempt = self._reactor.callLater(0, self._reach)

    def _reach(self) -> None:
        self._attempt = None
        port = self._reactor.ports.get(self._far.port)
        if port is None or self._far.port in self._reactor.refused:
            self._fail(ConnectionRefusedError())
            return
        near = IPv4Address("TCP", "127.0.0.1", next(self._reactor.ephemeral))
        protocol = self._factory.buildProtocol(self._far)
        if protocol is None:
            self._fail(UserError())
            return
        self._link = link = self._reactor.linked(near, self._far)
        self._reactor.callLater(0, self._accept, port, link)
        link.client.begin(protocol)

    def _accept(self, port: _Port, link: Link) -> None:
        end = link.server
        end.says = self._reactor.muted.get(port.number, end.says)
        protocol = port.factory.buildProtocol(end.getPeer()) if self._reactor.ports.get(port.number) is port else None
        if protocol is None:
            end.connected = True
            end.protocol = _NOBODY
            end.connectionLost(Failure(ConnectionAborted()))
        else:
            end.begin(protocol)

    def _fail(self, why: Exception) -> None:
        self._attempt = None
        self._factory.clientConnectionFailed(self, Failure(why))
        self._factory.doStop()

    def stopConnecting(self) -> None:
        if self._attempt is None:
            raise NotConnectingError("it is not connecting")
        self._attempt.cancel()
        self._fail(UserError())

    def disconnect(self) -> None:
        if self._link is None:
            self.stopConnecting()
        else:
            self._link.client.loseConnection()

    def getDestination(self) -> IPv4Address:
        return self._far


class _Nobody:
    """Where nobody answers."""

    def connectionLost(self, reason: Failure) -> None:
        pass


_NOBODY = _Nobody()


def _path(address: Any) -> str:
    return str(getattr(address, "path", address))


class _Call(DelayedCall):
    """One whose time may change tells its C{resetter} of that, also where it comes later."""

    def reset(self, secondsFromNow: float) -> None:
        super().reset(secondsFromNow)
        self.resetter(self)

    def delay(self, secondsLater: float) -> None:
        super().delay(secondsLater)
        self.resetter(self)


@implementer(IReactor)
class MemoryReactor(MemoryReactorClock):
    """
    Connects what dials with what listens, whatever the address: only the number of the port counts, unless an address
    is C{silent}.

    @ivar udpPorts: the UDP sockets, by their ports.
    @ivar links: every connection that is open, the oldest first.
    @ivar taken: ports that another program has: they cannot be listened to.
    @ivar refused: ports on which nobody answers although somebody listens.
    @ivar silent: ports, and addresses, that swallow what dials them.
    @ivar way: asked about each datagram, after how many seconds it arrives; it may do so more than once, or never.
    @ivar muted: ports, and how many bytes who answers there says in each connection, or by datagrams in all, before
        nothing of it arrives any more.
    """

    def __init__(self) -> None:
        MemoryReactorClock.__init__(self)
        # Some things here mean "never" by 0.
        self.rightNow = 1_700_000_000.0
        self.ports: dict[int, _Port] = {}
        self.udpPorts: dict[int, MemoryUDPPort] = {}
        self.links: list[Link] = []
        self.taken: set[int] = set()
        self.refused: set[int] = set()
        self.silent: set[int | str] = set()
        self.way: Callable[[bytes], Collection[float]] = lambda datagram: (0.0,)
        self.muted: dict[int, int] = {}
        self._sockets: dict[str, int] = {}
        self.ephemeral = count(40000)
        self._free = count(20000)
        self._sorted = True  # the calls are
        self._thread = current_thread()
        self._fromThreads: SimpleQueue[Callable[[], object]] = SimpleQueue()

    def listenTCP(self, port: int, factory: IProtocolFactory, backlog: int = 50, interface: str = "") -> Any:
        listening = _Port(self, port or self._any(), factory, interface)
        listening.startListening()
        return listening

    def connectTCP(
        self,
        host: str,
        port: int,
        factory: Any,
        timeout: float | None = 30,
        bindAddress: tuple[str, int] | None = None,
    ) -> Any:
        address = IPv4Address("TCP", "127.0.0.1" if host in ("0.0.0.0", "localhost") else host, port)
        connector = _Connector(self, address, factory, timeout)
        connector.connect()
        return connector

    def listenUNIX(
        self, address: Any, factory: Any, backlog: int = 50, mode: int = 0o666, wantPID: bool = False
    ) -> Any:
        """
        A Unix socket is a TCP port of which only its path is told.

        @raise CannotListenError: another program has it.
        """
        try:
            return self.listenTCP(self.behind(address), factory)
        except CannotListenError as error:
            raise CannotListenError(None, _path(address), error.socketError) from None

    def connectUNIX(self, address: Any, factory: Any, timeout: float | None = 30, checkPID: bool = False) -> Any:
        """As L{listenUNIX} says."""
        return self.connectTCP("127.0.0.1", self.behind(address), factory, timeout)

    def behind(self, address: Any) -> int:
        """@return: the port behind a Unix socket, for faults; always the same one for a path."""
        path = _path(address)
        if path not in self._sockets:
            self._sockets[path] = self._any()
        return self._sockets[path]

    def _any(self) -> int:
        return next(n for n in self._free if n not in self.ports and n not in self.taken)

    def listenUDP(self, port: int, protocol: Any, interface: str = "", maxPacketSize: int = 8192) -> Any:
        bound = MemoryUDPPort(self, port or next(self.ephemeral), protocol, maxPacketSize)
        bound.startListening()
        return bound

    def callFromThread(self, callable: Any, *args: Any, **kwargs: Any) -> None:
        """It is called in the next turn. There need not be another thread; what one says waits until then."""
        if current_thread() is self._thread:
            self.callLater(0, callable, *args, **kwargs)
        else:
            self._fromThreads.put(partial(callable, *args, **kwargs))

    def awaitThread(self, seconds: float) -> None:
        """Wait, in real time, until a thread has something to say, and let it happen."""
        with suppress(Empty):
            self.callLater(0, self._fromThreads.get(timeout=seconds))
        self.settle()

    def getThreadPool(self) -> Any:
        """The same for what is deferred to a thread: it is done at once."""
        return self

    def callInThread(self, callable: Any, *args: Any, **kwargs: Any) -> None:
        callable(*args, **kwargs)

    def suggestThreadPoolSize(self, size: int) -> None:
        """One is enough."""

    def callInThreadWithCallback(self, done: Any, act: Any, *args: Any, **kwargs: Any) -> None:
        """Do it, and tell C{done} whether it succeeded, and what came of it."""
        try:
            result = act(*args, **kwargs)
        except Exception:
            done(False, Failure())
        else:
            done(True, result)

    def linked(self, near: IPv4Address, far: IPv4Address) -> Link:
        """A connection begins."""
        link = Link(self, near, far)
        self.links.append(link)
        return link

    def closed(self, link: Link) -> None:
        """An end of a connection is gone."""
        if not link.open and link in self.links:
            self.links.remove(link)

    def probe(self, port: int) -> Exception | None:
        """@return: why the port cannot be listened to."""
        if port in self.ports or port in self.taken:
            return OSError(errno.EADDRINUSE, "Address already in use")
        return None

    def callLater(self, delay: float, callable: Callable[..., object], *args: object, **kw: object) -> DelayedCall:
        """As Twisted's, which sorts all calls for each new one: with thousands of them nothing else is done."""
        call = _Call(self.seconds() + delay, callable, args, kw, self.calls.remove, self._moved, self.seconds)
        self._sortCalls()
        insort(self.calls, call, key=DelayedCall.getTime)
        return call

    def _moved(self, call: DelayedCall) -> None:
        self._sorted = False

    def _sortCalls(self) -> None:
        # Twisted asks for it after each call that it makes, too.
        if not self._sorted:
            self.calls.sort(key=DelayedCall.getTime)
            self._sorted = True

    def settle(self) -> None:
        """Let everything happen that needs no time."""
        while not self._fromThreads.empty():
            self.callLater(0, self._fromThreads.get())
        self.advance(0)

    def spend(self, seconds: float) -> None:
        """Let time pass. Each delayed call sees the time for which it was asked."""
        end = self.rightNow + seconds
        self.settle()
        while self.calls:
            due = min(call.getTime() for call in self.calls)
            if due > end:
                break
            self.rightNow = due
            self.settle()
        self.rightNow = end
