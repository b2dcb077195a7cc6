"""
TCP transports that write at once.

Twisted's queue every write until the next pass of the reactor. These try to send at once when nothing is queued, and
queue only the rest. Nothing did more for the speed of the tunnel: one stream went from 181 to over 690 MB/s, and the
round trip was halved.
"""

from __future__ import annotations

import errno
import os
import socket
import sys
from collections.abc import Callable
from typing import Any

from twisted.internet import tcp, udp
from twisted.internet._producer_helpers import _PullToPush
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.error import ConnectError
from twisted.internet.interfaces import (
    IConnector,
    IListeningPort,
    IProducer,
    IProtocol,
    IProtocolFactory,
    IReactorFDSet,
    IReactorTCP,
)
from twisted.internet.protocol import ClientFactory, DatagramProtocol
from zope.interface import implementer

from frp.interfaces import IReactor, IStream
from frp.sockets.addresses import isLiteral
from frp.sockets.another import Another
from frp.sockets.anywhere import interfaceOf, opened
from frp.sockets.closing import Closing
from frp.sockets.datagram import UDPPort
from frp.sockets.plain import PROBE, Entrance, probe, setKeepalive
from frp.wire.address import unixFault, unmapped

__all__ = ["Eager", "EagerPort", "EagerReactor", "EagerServer", "StreamingReactor", "eager", "setKeepalive"]

# Where tcpi_min_rtt stands in struct tcp_info (linux/tcp.h), since Linux 4.6.
_MIN_RTT = 148

# How many connections are taken in one pass, at most: with a thousand at once nobody else would have a turn. Twisted
# takes a hundred, and twenty more each time that there were so many.
_ACCEPTED = 16

# Twisted leaves these unannotated.
_queue: Callable[[tcp.Connection, bytes], None] = tcp.Connection.write
_pause: Callable[[tcp.Connection], None] = tcp.Connection.pauseProducing
_resume: Callable[[tcp.Connection], None] = tcp.Connection.resumeProducing
_accept: Callable[[tcp.Port], None] = tcp.Port.doRead
_socket: Callable[[tcp.Port], socket.socket] = tcp.Port.createInternetSocket
_resolve: Callable[[tcp.Client], None] = tcp.Client.resolveAddress
_connect: Callable[[tcp.Client], None] = tcp.Client.doConnect
_connected: Callable[[tcp.Client], None] = tcp.Client._connectDone
_register: Callable[[tcp.Connection, IProducer, bool], None] = tcp.Connection.registerProducer
_unregister: Callable[[tcp.Connection], None] = tcp.Connection.unregisterProducer


@implementer(IStream)
class Eager(Closing):
    """
    A mix-in for L{tcp.Connection<twisted.internet.tcp.Connection>}.

    An error of an early send is not looked at: the bytes are queued, the reactor tries again and sees the same error in
    the place where Twisted expects it. After C{startTLS} nothing is sent past it.
    """

    def pauseProducing(self) -> None:
        self._paused = True
        _pause(self)

    def resumeProducing(self) -> None:
        self._paused = False
        if self._unread:
            self._putBack()
        if not self._paused:
            _resume(self)

    def registerProducer(self, producer: IProducer, streaming: bool) -> None:
        """
        Twisted asks a producer for the next piece when the reactor has sent the one before. Here there is nothing left
        to send then.
        """
        if streaming or self.producer is not None or self.disconnected:
            _register(self, producer, streaming)
        else:
            asking = _PullToPush(producer, self)
            _register(self, asking, True)
            asking.startStreaming()

    def unregisterProducer(self) -> None:
        if isinstance(self.producer, _PullToPush):
            self.producer.stopStreaming()
        _unregister(self)

    def roundTrip(self) -> float:
        if sys.platform != "linux" or self.closed:
            return 0.0
        try:
            info = self.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _MIN_RTT + 4)
        except OSError:
            return 0.0  # some sandboxes do without
        microseconds = int.from_bytes(info[_MIN_RTT:], sys.byteorder)  # all ones where there was none
        return microseconds / 1e6 if microseconds < 0xFFFFFFFF else 0.0

    def keepAlive(self, seconds: int) -> None:
        setKeepalive(self, seconds)

    def write(self, data: bytes) -> None:
        if (
            not self.dataBuffer
            and not self._tempDataBuffer
            and self.connected
            and not self._writeDisconnected
            and not self.TLS
        ):
            try:
                sent = self.socket.send(data)
            except OSError:
                sent = 0
            if sent == len(data):
                return
            if sent:
                data = data[sent:]
        _queue(self, data)

    def writeVector(self, head: bytes, body: bytes) -> None:
        """The same for two pieces that belong together; they are never joined unless they must be queued."""
        if (
            not self.dataBuffer
            and not self._tempDataBuffer
            and self.connected
            and not self._writeDisconnected
            and not self.TLS
        ):
            try:
                sent = self.socket.sendmsg((head, body))
            except OSError:
                sent = 0
            size = len(head)
            if sent == size + len(body):
                return
            if sent < size:
                _queue(self, head[sent:])
                sent = size
            body = body[sent - size :]
        else:
            _queue(self, head)
        _queue(self, body)


class EagerServer(Eager, tcp.Server):
    def getHost(self) -> IPv4Address | IPv6Address:
        host, port, *rest = self.socket.getsockname()
        if len(self.client) == 2:
            return IPv4Address("TCP", unmapped(host), port)
        return IPv6Address("TCP", host, port, *rest)

    def __init__(
        self,
        sock: socket.socket,
        protocol: IProtocol,
        client: tuple[object, ...],
        server: tcp.Port,
        sessionno: int,
        reactor: IReactorFDSet,
    ) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().__init__(sock, protocol, client, server, sessionno, reactor)


class _Client(Eager, tcp.Client):
    """
    Connects now; Twisted does it in the next pass, and looks at the outcome in the one after that. A host on the same
    machine has answered at once, and then there is nothing to wait for.
    """

    _begun = False

    def _finishInit(
        self, whenDone: Callable[[], object] | None, skt: socket.socket, error: Exception | None, reactor: IReactorFDSet
    ) -> None:
        if whenDone is None:
            tcp.Client._finishInit(self, whenDone, skt, error, reactor)
        else:
            tcp.Connection.__init__(self, skt, None, reactor)  # type: ignore[arg-type] # there is no protocol yet

    def begin(self) -> None:
        if hasattr(self, "socket"):
            _resolve(self)

    def doConnect(self) -> None:
        if not self._begun:
            self._begun = True
            try:
                self.socket.connect_ex(self.realAddress)
                self.socket.getpeername()
            except OSError:
                pass
            else:
                _connected(self)
                return
        _connect(self)

    def createInternetSocket(self) -> socket.socket:
        """@raise OSError: there is none; or we are to leave from an address of the other family."""
        local = self.connector.bindAddress
        if isinstance(local, tuple) and isLiteral(local[0]) and (":" in local[0]) != (":" in self.addr[0]):
            raise OSError(errno.EAFNOSUPPORT, os.strerror(errno.EAFNOSUPPORT))
        made: socket.socket = tcp.Client.createInternetSocket(self)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        probe(made, PROBE)
        return made


class EagerPort(tcp.Port):
    """Listens; its transports write at once."""

    transport = EagerServer

    def createInternetSocket(self) -> socket.socket:
        made = opened(_socket(self), self.interface)
        probe(made, PROBE)
        return made

    def doRead(self) -> None:
        self.numberAccepts = min(self.numberAccepts, _ACCEPTED)
        _accept(self)

    def _buildAddr(self, address: tuple[Any, ...]) -> IPv4Address | IPv6Address:
        return IPv4Address("TCP", *address) if len(address) == 2 else IPv6Address("TCP", *address)


class _Connector(tcp.Connector):
    transport: _Client

    def connect(self) -> None:
        tcp.Connector.connect(self)
        self.transport.begin()

    def _makeTransport(self) -> tcp.Client:
        made: tcp.Client = _Client(  # type: ignore[no-untyped-call] # Twisted leaves its __init__ unannotated
            self.host, self.port, self.bindAddress, self, self.reactor
        )
        return made


class _Streaming(Another):
    """One whose Unix sockets are streams."""

    def listenUNIX(
        self,
        address: str | bytes,
        factory: IProtocolFactory,
        backlog: int = 50,
        mode: int = 0o666,
        wantPID: bool = False,
    ) -> IListeningPort:
        listening: IListeningPort = self._reactor.listenUNIX(address, Entrance(factory), backlog, mode, wantPID)
        return listening

    def connectUNIX(
        self, address: str | bytes, factory: IProtocolFactory, timeout: float = 30, checkPID: bool = False
    ) -> IConnector:
        """@raise ConnectError: the path is too long. Twisted would break later, and tell nobody who waits."""
        fault = unixFault(address)
        if fault:
            raise ConnectError(errno.ENAMETOOLONG, fault)
        connector: IConnector = self._reactor.connectUNIX(address, Entrance(factory), timeout, checkPID)
        return connector


class EagerReactor(_Streaming):
    """
    A reactor whose TCP transports write at once.

    All endpoints of Twisted ask their reactor for transports, so that whoever is given this one gets eager ones without
    knowing.
    """

    def tcpPort(self, port: int, interface: str) -> type[tcp.Port]:
        """@return: what listens there."""
        return EagerPort

    def udpPort(self, port: int, interface: str) -> type[udp.Port]:
        """@return: what takes datagrams there."""
        return UDPPort

    def listenTCP(self, port: int, factory: IProtocolFactory, backlog: int = 50, interface: str = "") -> tcp.Port:
        listening = self.tcpPort(port, interface)(port, factory, backlog, interfaceOf(interface, port), self._reactor)
        listening.startListening()
        return listening

    def connectTCP(
        self,
        host: str,
        port: int,
        factory: ClientFactory,
        timeout: float = 30,
        bindAddress: tuple[str, int] | None = None,
    ) -> tcp.Connector:
        connector = _Connector(host, port, factory, timeout, bindAddress, self._reactor)
        connector.connect()
        return connector

    def listenUDP(
        self, port: int, protocol: DatagramProtocol, interface: str = "", maxPacketSize: int = 8192
    ) -> udp.Port:
        kind = self.udpPort(port, interface)
        listening = kind(port, protocol, interface and interfaceOf(interface, port), maxPacketSize, self._reactor)
        listening.startListening()
        return listening


class StreamingReactor(_Streaming):
    """A reactor that does not watch file descriptors. Its transports are its own, and are made streams of."""

    def listenTCP(self, port: int, factory: IProtocolFactory, backlog: int = 50, interface: str = "") -> IListeningPort:
        listening: IListeningPort = self._reactor.listenTCP(port, Entrance(factory), backlog, interface)
        return listening

    def connectTCP(
        self,
        host: str,
        port: int,
        factory: IProtocolFactory,
        timeout: float = 30,
        bindAddress: tuple[str, int] | None = None,
    ) -> IConnector:
        connector: IConnector = self._reactor.connectTCP(host, port, Entrance(factory), timeout, bindAddress)
        return connector


def eager(reactor: Any) -> Any:
    """
    The reactor that the services of frp use: its transports of TCP and Unix sockets are
    L{IStream<frp.interfaces.IStream>}s, and those of TCP write at once where it watches file descriptors.

    @return: the same, where it is one already, or knows no TCP.
    """
    if IReactor.providedBy(reactor) or not IReactorTCP.providedBy(reactor):
        return reactor
    return EagerReactor(reactor) if IReactorFDSet.providedBy(reactor) else StreamingReactor(reactor)
