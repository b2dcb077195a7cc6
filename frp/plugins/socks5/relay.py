"""
C{UDP ASSOCIATE} of the SOCKS5 plugin: passes on the datagrams of users who hold a connection to the plugin.

The connections of a tcp proxy carry no datagrams. They come by a proxy of the type C{udp} that leads to the relay's
port on this machine, and the site says whose they are.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from twisted.internet.error import MessageLengthError
from twisted.internet.interfaces import IDelayedCall, IUDPTransport

from frp.errors import RemoteWireError
from frp.interfaces import IClientPluginSite
from frp.plugins.socks5.targets import Targets, plain
from frp.session.datagrams import Losses, sendingProblem
from frp.sockets.datagram import BurstProtocol
from frp.wire.dialect import Packet
from frp.wire.dialect import User as Address
from frp.wire.socks5.udp import readDatagram

__all__ = ["HERE", "IDLE", "MOST", "Relay"]

#: Where the relay listens.
HERE = "127.0.0.1"

#: How many connections may have asked for it at a time.
MOST = 256

#: Seconds without a datagram, in either direction, after which a user's sockets are closed.
IDLE = 60


class _Place:
    """
    Where datagrams of a user come from.

    @ivar source: the port of this machine that leads back there.
    @ivar user: the user's address.
    """

    def __init__(self, relay: Relay, user: Address, targets: Callable[[_Place], Targets]) -> None:
        self.source = 0
        self.user = user
        self.heardAt = 0.0
        self.targets = targets(self)
        self._relay = relay

    def answered(self, datagram: bytes) -> None:
        self._relay.answer(self, datagram)


class _Host:
    """
    The users with one IP address: which of their connections a datagram belongs to nobody can tell.

    @ivar ends: for each connection what ends it.
    @ivar places: no more than there are connections; the longest silent one first.
    """

    def __init__(self) -> None:
        self.ends: list[Callable[[], object]] = []
        self.places: OrderedDict[int, _Place] = OrderedDict()


class Relay(BurstProtocol):
    transport: IUDPTransport

    def __init__(self, site: IClientPluginSite, port: int, *, denyLocal: bool) -> None:
        """
        @param port: of this machine, where a udp proxy leads to.
        @param denyLocal: as in L{ReachConfig<frp.plugins.reach.ReachConfig>}.
        """
        self._site = site
        self._port = port
        self._denyLocal = denyLocal
        self._losses = Losses(site.clock, site.log)
        self._hosts: dict[str, _Host] = {}
        self._timer: IDelayedCall | None = None
        self._closed = False

    def open(self) -> None:
        """
        Listen.

        @raise frp.errors.PortTaken: another one does.
        """
        self._site.bind(HERE, self._port, self)

    def close(self) -> None:
        """Listen no more, and end the connections of those who were let in."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        hosts, self._hosts = self._hosts, {}
        for host in hosts.values():
            self._keep(host, 0)
            for end in host.ends:
                end()
        self._losses.say()
        self.transport.stopListening()

    # Connections

    def admit(self, address: str, end: Callable[[], object]) -> bool:
        """
        Serve datagrams from this IP address while a connection lasts.

        @param end: is called when the relay closes, before the connection does.
        @return: False where there are too many already.
        """
        if self._closed or sum(len(host.ends) for host in self._hosts.values()) >= MOST:
            return False
        self._hosts.setdefault(plain(address), _Host()).ends.append(end)
        return True

    def dismiss(self, address: str, end: Callable[[], object]) -> None:
        """The connection is over; the same arguments."""
        host = self._hosts.get(plain(address))
        if host is None or end not in host.ends:
            return
        host.ends.remove(end)
        self._keep(host, len(host.ends))
        if not host.ends:
            del self._hosts[plain(address)]

    def _keep(self, host: _Host, most: int) -> None:
        while len(host.places) > most:
            _, place = host.places.popitem(last=False)
            place.targets.close()

    # Datagrams

    def burstReceived(self, burst: list[Packet]) -> None:
        for datagram, sender in burst:
            self._received(datagram, sender)

    def _received(self, datagram: bytes, sender: Address) -> None:
        if self._closed:
            return
        user = self._site.sender(sender[1]) if sender[0] == HERE else None
        if user is None:
            self._losses.count("they do not come from a udp proxy of this frpc")
            return
        host = self._hosts.get(plain(user[0]))
        if host is None:
            self._losses.count("their sender has no connection to the socks5 plugin that has asked for UDP")
            return
        try:
            asked = readDatagram(datagram)
        except RemoteWireError as error:
            self._losses.count(error.brief)
            return
        place = self._place(host, user)
        place.source = sender[1]
        place.targets.send(asked)

    def _place(self, host: _Host, user: Address) -> _Place:
        place = host.places.get(user[1])
        if place is None:
            self._keep(host, len(host.ends) - 1)
            place = host.places[user[1]] = _Place(self, user, self._targets)
            if self._timer is None:
                self._timer = self._site.clock.callLater(IDLE, self._look)
        place.heardAt = self._site.clock.seconds()
        host.places.move_to_end(user[1])
        return place

    def _targets(self, place: _Place) -> Targets:
        return Targets(self._site, self._losses, place.answered, denyLocal=self._denyLocal)

    def answer(self, place: _Place, datagram: bytes) -> None:
        """Send an answer back to where the question came from."""
        if len(datagram) > self._site.datagramSize:
            self._losses.count("answers longer than udpPacketSize cannot be passed on whole")
        elif self._site.sender(place.source) != place.user:
            self._losses.count("the udp proxy has forgotten the user meanwhile")
        else:
            place.heardAt = self._site.clock.seconds()
            try:
                self.transport.write(datagram, (HERE, place.source))
            except (OSError, MessageLengthError) as error:
                self._losses.count(sendingProblem(error))

    def _look(self) -> None:
        self._timer = None
        idleSince = self._site.clock.seconds() - IDLE
        left = []
        for host in self._hosts.values():
            for port, place in list(host.places.items()):
                if place.heardAt <= idleSince:
                    del host.places[port]
                    place.targets.close()
                else:
                    left.append(place.heardAt - idleSince)
        if left:
            self._timer = self._site.clock.callLater(min(left), self._look)
