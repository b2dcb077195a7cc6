"""frpc's half of a proxy for UDP: every user has a socket of its own towards the local service."""

from __future__ import annotations

import resource
from collections import OrderedDict
from collections.abc import Collection, Iterator
from typing import ClassVar

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.error import MessageLengthError
from twisted.internet.udp import Port
from zope.interface import implementer

from frp.config.proxy import ProxyConfig
from frp.config.schema import Problem
from frp.errors import LocalServiceDown, LocalWireError
from frp.interfaces import IClientProxy, IClientSite, IStream
from frp.session.datagrams import DatagramLink, Losses, sendingProblem
from frp.session.deadline import Later
from frp.sockets.datagram import BurstProtocol
from frp.wire.address import authority, hostPort
from frp.wire.dialect import Packet
from frp.wire.dialect import User as Address
from frp.wire.messages import StartWorkConn
from frp.wire.proxyprotocol import encode

__all__ = ["IDLE", "PING", "LocalDatagrams", "Users", "endpointProblem"]

#: Seconds without a datagram, in either direction, after which a user's socket is closed.
IDLE = 30

#: Seconds between two pings on the work stream: frps gives up one that is silent for 60.
PING = 30


def endpointProblem(config: ProxyConfig, at: str, allowed: Collection[str]) -> Iterator[Problem]:
    """Datagrams need an address; endpoints are about connections."""
    if config.localEndpoint:
        text = f"localEndpoint cannot be used in a {config.type} proxy"
        yield Problem("localEndpoint", text, "use localIP and localPort")


def mostUsers() -> int:
    """How many sockets the users of all proxies may hold: half of the files that this process may open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(16, soft // 2) if soft != resource.RLIM_INFINITY else 1 << 16


class _User(BurstProtocol):
    """The socket of one user. What it receives are answers."""

    transport: Port

    def __init__(self, users: Users, address: Address) -> None:
        self.heardAt = 0.0
        self._users = users
        self._address = address

    def burstReceived(self, burst: list[Packet]) -> None:
        self._users.answered(self._address, self, burst)

    def connectionRefused(self) -> None:
        self._users.refused(self._address)


class Users:
    """The sockets of the users of one proxy, by the address of the user."""

    #: How many sockets there are, for all proxies: their files are those of the process.
    held: ClassVar[int] = 0

    def __init__(self, proxy: LocalDatagrams, service: tuple[str, int]) -> None:
        """@param service: IP address and port of the local service."""
        self._site = site = proxy.site
        self._clock = site.clock
        self._service = service
        self._link = proxy.link
        self._losses = proxy.losses
        self._version = proxy.config.transport.proxyProtocolVersion
        self._vouched = proxy.vouched
        self._most = mostUsers()
        self._users: OrderedDict[Address, _User] = OrderedDict()  # the longest idle one first
        self._downAt: float | None = None  # when the service was last not there, until it is known to be
        self._timer = Later(site.clock)

    def receive(self, packets: list[Packet]) -> None:
        """Datagrams of users."""
        users = self._users
        now = self._clock.seconds()
        for data, address in packets:
            user = users.get(address)
            if user is None:
                user = self._open(address)
                if user is None:
                    continue
                data = self._header(address) + data
            user.heardAt = now
            users.move_to_end(address)
            try:
                user.transport.write(data)
            except (BlockingIOError, MessageLengthError) as error:
                self._losses.count(sendingProblem(error))
            except OSError as error:
                self._losses.count(sendingProblem(error))
                self._close(address)

    def _open(self, address: Address) -> _User | None:
        if Users.held >= self._most:
            self._losses.count(f"there are {self._most} users already, which is half of the files that we may open")
            return None
        user = _User(self, address)
        try:
            self._site.localDatagrams(*self._service, user, address if self._vouched else None)
        except LocalServiceDown as error:
            self._losses.count(error.detail)
            self._missed(error.detail)
            return None
        self._users[address] = user
        Users.held += 1
        if not self._timer.waiting:
            self._timer.set(IDLE, self._look)
        return user

    def _header(self, address: Address) -> bytes:
        if not self._version:
            return b""
        try:
            return encode(self._version, address, self._service, datagram=True)
        except LocalWireError as error:
            self._site.log.warn("no PROXY header for user {user}: {reason}", user=address, reason=error.detail)
            return b""

    def answered(self, address: Address, user: _User, burst: list[Packet]) -> None:
        """The local service says something to a user."""
        user.heardAt = self._clock.seconds()
        if self._downAt is not None:
            self._reached()
        if self._users.get(address) is user:
            self._users.move_to_end(address)
        size = self._site.datagramSize
        packets = []
        for data, _ in burst:
            if len(data) > size:
                self._losses.cut(size)
            packets.append((data[:size], address))
        self._link.send(packets)

    def refused(self, address: Address) -> None:
        """
        Nobody is there. The user's next datagram begins anew, for who comes to be there later has not seen the PROXY
        header.
        """
        where = authority(*self._service)
        self._losses.count(f"nobody answers at the local service {where}")
        self._missed(f"dial udp {where}: connection refused")
        self._close(address)

    def _missed(self, why: str) -> None:
        self._downAt = self._clock.seconds()
        self._site.answered(why)

    def _reached(self) -> None:
        self._downAt = None
        self._site.answered()

    def _close(self, address: Address) -> None:
        user = self._users.pop(address, None)
        if user is not None:
            Users.held -= 1
            user.transport.stopListening()

    def _look(self) -> None:
        now = self._clock.seconds()
        while self._users:
            address, user = next(iter(self._users.items()))
            left = user.heardAt + IDLE - now
            if left > 0:
                self._timer.set(left, self._look)
                return
            if self._downAt is not None and user.heardAt > self._downAt:
                self._reached()  # it answers nothing, and has refused nothing since
            self._close(address)

    def close(self) -> None:
        """Close every socket."""
        self._timer.stop()
        for address in list(self._users):
            self._close(address)


@implementer(IClientProxy)
class LocalDatagrams:
    """
    The work stream that carries all users, and their sockets. A new stream takes the place of the one before; the
    sockets stay, so that the local service does not notice.
    """

    said = "udp"
    #: Whether it is the server that says who the users are.
    vouched = True

    def __init__(self, config: ProxyConfig, site: IClientSite, losses: Losses | None = None) -> None:
        self.config = config
        self.site = site
        self.losses = losses or Losses(site.clock, site.log)
        self.link = DatagramLink(site.dialect, site.clock, self.losses, self._received, self._streamLost)
        self._users: Users | None = None
        self._timer = Later(site.clock)

    def open(self) -> Deferred[None]:
        """Looks up the name of the local service, once."""
        return maybeDeferred(self.site.resolve, self.config.localIP).addCallback(self.towards)

    def towards(self, address: str) -> None:
        """The local service is at this IP address; users get new sockets."""
        if self._users is not None:
            self._users.close()
        self._users = Users(self, (address, self.config.localPort))

    def serve(self, stream: IStream, start: StartWorkConn, rest: bytes) -> None:
        peer = hostPort(stream.getPeer())
        self.site.log.info(f"incoming a new work connection for {self.said} proxy, {{peer}}", peer=peer)
        self._timer.set(PING, self._ping)
        self.site.handOver(stream, self.link.protocol(), rest)

    def _received(self, packets: list[Packet]) -> None:
        if self._users is not None:
            self._users.receive(packets)

    def _ping(self) -> None:
        self._timer.set(PING, self._ping)
        self.link.ping()

    def _streamLost(self, why: str) -> None:
        self._timer.stop()
        self.site.log.info(f"the work connection for {self.said} has ended: {{reason}}", reason=why)

    def close(self) -> None:
        """frps has closed the port, and nobody is left to be served."""
        self._timer.stop()
        self.link.close()
        if self._users is not None:
            self._users.close()
        self.losses.say()
