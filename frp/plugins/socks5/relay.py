"""
C{UDP ASSOCIATE} of the SOCKS5 plugin: passes on the datagrams of users who hold a connection to the plugin.

The connections of a tcp proxy carry no datagrams. They come by a proxy of the type C{udp} that leads to the relay's
port on this machine, and the site says whose they are.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

from twisted.internet.defer import CancelledError, Deferred, TimeoutError
from twisted.internet.error import InvalidAddressError, MessageLengthError
from twisted.internet.interfaces import IUDPTransport
from twisted.python.failure import Failure

from frp.errors import FRPError, PortTaken, RemoteWireError
from frp.interfaces import IClientPluginSite
from frp.plugins.reach import isLocal
from frp.session.datagrams import Losses, sendingProblem
from frp.session.deadline import Later
from frp.sockets.datagram import BurstProtocol
from frp.wire.dialect import Packet
from frp.wire.dialect import User as Address
from frp.wire.socks5.udp import Carried, readDatagram, writeDatagram

__all__ = ["HERE", "IDLE", "MOST", "MOST_LOOKUPS", "MOST_TARGETS", "Relay"]

#: How many targets may answer. Beyond it the one that was not sent to for the longest time may not any more.
MOST_TARGETS = 256

#: How many names are looked up at a time, and how many are remembered.
MOST_LOOKUPS = 16

#: How many datagrams wait for each of them.
MOST_WAITING = 8

#: Seconds for looking up a name.
LOOKUP_SECONDS = 10

#: Seconds for which a name is not looked up again.
NAME_SECONDS = 60


def plain(host: str) -> str:
    """@return: an IP address as it is always written here, of IPv4 where it is that within IPv6; empty where none."""
    try:
        address = ip_address(host)
    except ValueError:
        return ""
    return str((isinstance(address, IPv6Address) and address.ipv4_mapped) or address)


class _Outside(BurstProtocol):
    """A socket towards all targets of a family."""

    transport: IUDPTransport

    def __init__(self, answered: Callable[[list[Packet]], object]) -> None:
        self._answered = answered

    def burstReceived(self, burst: list[Packet]) -> None:
        self._answered(burst)


class _Place:
    """
    Where datagrams of a user come from, and where they go: two sockets at most. Only who was sent to can answer.

    @ivar source: the port of this machine that leads back to the user.
    """

    def __init__(self, relay: Relay, user: Address) -> None:
        self.source = 0
        self.user = user
        self.heardAt = 0.0
        self._relay = relay
        self._site = relay.site
        self._losses = relay.losses
        self._sockets: dict[str, _Outside] = {}
        self._known: OrderedDict[Address, None] = OrderedDict()  # the one that was not sent to for longest first
        self._names: OrderedDict[str, tuple[str, float]] = OrderedDict()  # until when; the oldest first
        self._waiting: dict[str, list[Carried]] = {}
        self._looking: dict[str, Deferred[str]] = {}

    def send(self, asked: Carried) -> None:
        """Pass a datagram on, now or when the name of its target is known, or not at all."""
        if not asked.port:
            self._losses.count("port 0 is nobody's")
            return
        address = plain(asked.host) or self._remembered(asked.host)
        if address:
            self._sendTo((address, asked.port), asked.data)
        else:
            self._lookUp(asked)

    def _sendTo(self, target: Address, data: bytes) -> None:
        if target not in self._known:
            if self._relay.denyLocal and isLocal(target[0]):
                self._losses.count("they go to this machine, and denyLocal is set")
                return
            if len(self._known) >= MOST_TARGETS:
                self._known.popitem(last=False)
            self._known[target] = None
        self._known.move_to_end(target)
        try:
            self._socket(target[0]).transport.write(data, target)
        except PortTaken as error:
            self._losses.count(f"no socket is left: {error.detail}")
        except (OSError, MessageLengthError, InvalidAddressError) as error:
            self._losses.count(sendingProblem(error))

    def _socket(self, address: str) -> _Outside:
        anywhere = "::" if ":" in address else "0.0.0.0"
        found = self._sockets.get(anywhere)
        if found is None:
            found = _Outside(self._heard)
            self._site.bind(anywhere, 0, found)
            self._sockets[anywhere] = found
        return found

    def _heard(self, burst: list[Packet]) -> None:
        for data, (host, port) in burst:
            source = plain(host), port
            if source in self._known:
                self._relay.answer(self, writeDatagram(Carried(source[0].partition("%")[0], port, data)))
            else:
                self._losses.count("they come from where nothing was sent to")

    # Names

    def _remembered(self, name: str) -> str:
        address, until = self._names.get(name, ("", 0.0))
        return address if until > self._site.clock.seconds() else ""

    def _lookUp(self, asked: Carried) -> None:
        waiting = self._waiting.get(asked.host)
        if waiting is None:
            if len(self._waiting) >= MOST_LOOKUPS:
                self._losses.count(f"{MOST_LOOKUPS} names are being looked up already")
                return
            self._waiting[asked.host] = [asked]
            self._looking[asked.host] = looking = self._site.resolve(asked.host)
            looking.addTimeout(LOOKUP_SECONDS, self._site.clock)
            looking.addCallbacks(self._found, self._notFound, (asked.host,), {}, (asked.host,))
            looking.addErrback(lambda failure: self._site.log.failure("a target could not be looked up", failure))
        elif len(waiting) >= MOST_WAITING:
            self._losses.count("their target is still being looked up")
        else:
            waiting.append(asked)

    def _found(self, found: str, name: str) -> None:
        self._looking.pop(name, None)
        address = plain(found)
        waiting = self._waiting.pop(name, [])
        if not address:
            self._losses.count("their target has no address", len(waiting))
            return
        self._names.pop(name, None)
        if len(self._names) >= MOST_LOOKUPS:
            self._names.popitem(last=False)
        self._names[name] = address, self._site.clock.seconds() + NAME_SECONDS
        for asked in waiting:
            self._sendTo((address, asked.port), asked.data)

    def _notFound(self, failure: Failure, name: str) -> None:
        self._looking.pop(name, None)
        waiting = self._waiting.pop(name, [])
        if waiting:
            self._losses.count("nobody knows the name of their target", len(waiting))
        failure.trap(FRPError, CancelledError, TimeoutError)

    def close(self) -> None:
        """Close the sockets, and forget what waits."""
        self._waiting.clear()
        for looking in list(self._looking.values()):
            looking.cancel()
        self._known.clear()
        sockets, self._sockets = self._sockets, {}
        for outside in sockets.values():
            outside.transport.stopListening()


#: Where the relay listens.
HERE = "127.0.0.1"

#: How many connections may have asked for it at a time.
MOST = 256

#: Seconds without a datagram, in either direction, after which a user's sockets are closed.
IDLE = 60


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
        self.site = site
        self.denyLocal = denyLocal
        self.losses = Losses(site.clock, site.log)
        self._port = port
        self._hosts: dict[str, _Host] = {}
        self._timer = Later(site.clock)
        self._closed = False

    def open(self) -> None:
        """@raise frp.errors.PortTaken: another one listens there."""
        self.site.bind(HERE, self._port, self)

    def close(self) -> None:
        """Listen no more, and end the connections of those who were let in."""
        self._closed = True
        self._timer.stop()
        hosts, self._hosts = self._hosts, {}
        for host in hosts.values():
            self._keep(host, 0)
            for end in host.ends:
                end()
        self.losses.say()
        self.transport.stopListening()

    # Connections

    def admit(self, address: str, end: Callable[[], object]) -> bool:
        """
        Serve datagrams from this IP address while a connection lasts, unless there are too many already.

        @param end: is called when the relay closes, before the connection does.
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
            place.close()

    # Datagrams

    def burstReceived(self, burst: list[Packet]) -> None:
        for datagram, sender in burst:
            self._received(datagram, sender)

    def _received(self, datagram: bytes, sender: Address) -> None:
        if self._closed:
            return
        user = self.site.sender(sender[1]) if sender[0] == HERE else None
        if user is None:
            self.losses.count("they do not come from a udp proxy of this frpc")
            return
        host = self._hosts.get(plain(user[0]))
        if host is None:
            self.losses.count("their sender has no connection to the socks5 plugin that has asked for UDP")
            return
        try:
            asked = readDatagram(datagram)
        except RemoteWireError as error:
            self.losses.count(error.brief)
            return
        place = self._place(host, user)
        place.source = sender[1]
        place.send(asked)

    def _place(self, host: _Host, user: Address) -> _Place:
        place = host.places.get(user[1])
        if place is None:
            self._keep(host, len(host.ends) - 1)
            place = host.places[user[1]] = _Place(self, user)
            if not self._timer.waiting:
                self._timer.set(IDLE, self._look)
        place.heardAt = self.site.clock.seconds()
        host.places.move_to_end(user[1])
        return place

    def answer(self, place: _Place, datagram: bytes) -> None:
        """Send an answer back to where the question came from."""
        if len(datagram) > self.site.datagramSize:
            self.losses.count("answers longer than udpPacketSize cannot be passed on whole")
        elif self.site.sender(place.source) != place.user:
            self.losses.count("the udp proxy has forgotten the user meanwhile")
        else:
            place.heardAt = self.site.clock.seconds()
            try:
                self.transport.write(datagram, (HERE, place.source))
            except (OSError, MessageLengthError) as error:
                self.losses.count(sendingProblem(error))

    def _look(self) -> None:
        idleSince = self.site.clock.seconds() - IDLE
        left = []
        for host in self._hosts.values():
            for port, place in list(host.places.items()):
                if place.heardAt <= idleSince:
                    del host.places[port]
                    place.close()
                else:
                    left.append(place.heardAt - idleSince)
        if left:
            self._timer.set(min(left), self._look)
