"""frpc's half of a proxy for UDP: every user has a socket of its own towards the local service."""

from __future__ import annotations

import resource
from collections import OrderedDict
from collections.abc import Iterator

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.error import MessageLengthError
from twisted.internet.interfaces import IReactorTime
from twisted.internet.udp import Port
from zope.interface import implementer

from frp.config.proxy import ProxyConfig
from frp.config.schema import Problem
from frp.errors import LocalServiceDown, LocalWireError
from frp.interfaces import IClientProxy, IClientSite, IStream
from frp.session.datagrams import DatagramLink, Losses, sendingProblem
from frp.session.deadline import Later
from frp.sockets.datagram import BurstProtocol
from frp.wire.address import hostPort
from frp.wire.dialect import Packet
from frp.wire.dialect import User as Address
from frp.wire.messages import StartWorkConn
from frp.wire.proxyprotocol import encode

__all__ = ["IDLE", "PING", "LocalDatagrams", "Users", "endpointProblem"]

#: Seconds without a datagram, in either direction, after which a user's socket is closed.
IDLE = 30

#: Seconds between two pings on the work stream: frps gives up one that is silent for 60.
PING = 30


def endpointProblem(config: ProxyConfig) -> Iterator[Problem]:
    """Endpoints are about connections."""
    if config.localEndpoint:
        text = f"localEndpoint cannot be used in a {config.type} proxy"
        yield Problem("localEndpoint", text, "use localIP and localPort")


def mostUsers() -> int:
    """How many sockets the users of all proxies may hold: half of the files that this process may open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(16, soft // 2) if soft != resource.RLIM_INFINITY else 1 << 16


class _Sockets:
    """How many sockets users hold. There is one count for all proxies, for their files are those of the process."""

    held = 0


_sockets = _Sockets()


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

    def __init__(
        self,
        site: IClientSite,
        service: tuple[str, int],
        link: DatagramLink,
        losses: Losses,
        version: str,
        *,
        vouched: bool = False,
    ) -> None:
        """
        @param service: IP address and port of the local service.
        @param link: takes the answers.
        @param version: of the PROXY header that comes before the first datagram of a user, or empty.
        @param vouched: whether it is the server that says who the users are.
        """
        self._site = site
        self._clock: IReactorTime = site.clock
        self._service = service
        self._link = link
        self._losses = losses
        self._version = version
        self._vouched = vouched
        self._most = mostUsers()
        self._users: OrderedDict[Address, _User] = OrderedDict()  # the longest idle one first
        self._timer = Later(site.clock)

    def __len__(self) -> int:
        return len(self._users)

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
        if _sockets.held >= self._most:
            self._losses.count(f"there are {self._most} users already, which is half of the files that we may open")
            return None
        user = _User(self, address)
        try:
            self._site.localDatagrams(*self._service, user, address if self._vouched else None)
        except LocalServiceDown as error:
            self._losses.count(error.detail)
            return None
        self._users[address] = user
        _sockets.held += 1
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
        self._losses.count(f"nobody answers at the local service {self._service[0]}:{self._service[1]}")
        self._close(address)

    def _close(self, address: Address) -> None:
        user = self._users.pop(address, None)
        if user is not None:
            _sockets.held -= 1
            user.transport.stopListening()

    def _look(self) -> None:
        now = self._clock.seconds()
        while self._users:
            address, user = next(iter(self._users.items()))
            left = user.heardAt + IDLE - now
            if left > 0:
                self._timer.set(left, self._look)
                return
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

    def __init__(self, config: ProxyConfig, site: IClientSite) -> None:
        self._config = config
        self._site = site
        self._losses = Losses(site.clock, site.log)
        self._link = DatagramLink(site.dialect, site.clock, self._losses, self._received, self._streamLost)
        self._users: Users | None = None
        self._timer = Later(site.clock)

    def open(self) -> Deferred[None]:
        """Looks up the name of the local service, once."""
        return maybeDeferred(self._site.resolve, self._config.localIP).addCallback(self._resolved)

    def _resolved(self, address: str) -> None:
        config = self._config
        if self._users is not None:
            self._users.close()
        self._users = Users(
            self._site,
            (address, config.localPort),
            self._link,
            self._losses,
            config.transport.proxyProtocolVersion,
            vouched=True,
        )

    def serve(self, stream: IStream, start: StartWorkConn, rest: bytes) -> None:
        self._site.log.info("incoming a new work connection for udp proxy, {peer}", peer=hostPort(stream.getPeer()))
        self._stopPinging()
        self._timer.set(PING, self._ping)
        self._site.handOver(stream, self._link.protocol(), rest)

    def _received(self, packets: list[Packet]) -> None:
        if self._users is not None:
            self._users.receive(packets)

    def _ping(self) -> None:
        self._timer.set(PING, self._ping)
        self._link.ping()

    def _stopPinging(self) -> None:
        self._timer.stop()

    def _streamLost(self, why: str) -> None:
        self._stopPinging()
        self._site.log.info("the work connection for udp has ended: {reason}", reason=why)

    def close(self) -> None:
        """
        frps has closed the port, and nobody is left to be
        served.
        """
        self._stopPinging()
        self._link.close()
        if self._users is not None:
            self._users.close()
        self._losses.say()
