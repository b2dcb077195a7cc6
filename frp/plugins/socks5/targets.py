"""Where one user of the SOCKS5 relay sends datagrams, and the answers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

from twisted.internet.defer import CancelledError, Deferred, TimeoutError
from twisted.internet.error import InvalidAddressError, MessageLengthError
from twisted.internet.interfaces import IUDPTransport
from twisted.python.failure import Failure

from frp.errors import FRPError, PortTaken
from frp.interfaces import IClientPluginSite
from frp.plugins.reach import isLocal
from frp.session.datagrams import Losses, sendingProblem
from frp.sockets.datagram import BurstProtocol
from frp.wire.dialect import Packet
from frp.wire.dialect import User as Address
from frp.wire.socks5.udp import Carried, writeDatagram

__all__ = ["MOST_LOOKUPS", "MOST_TARGETS", "MOST_WAITING", "NAME_SECONDS", "Targets", "plain"]

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
    """
    @return: an IP address as it is always written here, of IPv4 where it is that within IPv6; empty where it is none.
    """
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


class Targets:
    """One user's: two sockets at most. Only who was sent to can answer."""

    def __init__(
        self, site: IClientPluginSite, losses: Losses, answered: Callable[[bytes], object], *, denyLocal: bool
    ) -> None:
        """
        @param answered: is given each answer, with its header.
        @param denyLocal: as in L{ReachConfig<frp.plugins.reach.ReachConfig>}.
        """
        self._site = site
        self._losses = losses
        self._answered = answered
        self._denyLocal = denyLocal
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
            if self._denyLocal and isLocal(target[0]):
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
                self._answered(writeDatagram(Carried(source[0].partition("%")[0], port, data)))
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
            self._look(asked.host)
        elif len(waiting) >= MOST_WAITING:
            self._losses.count("their target is still being looked up")
        else:
            waiting.append(asked)

    def _look(self, name: str) -> None:
        looking = self._site.resolve(name)
        self._looking[name] = looking
        looking.addTimeout(LOOKUP_SECONDS, self._site.clock)
        looking.addCallbacks(self._found, self._notFound, callbackArgs=(name,), errbackArgs=(name,))
        looking.addErrback(lambda failure: self._site.log.failure("a target could not be looked up", failure))

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

    # The end

    def close(self) -> None:
        """Close the sockets, and forget what waits."""
        self._waiting.clear()
        for looking in list(self._looking.values()):
            looking.cancel()
        self._known.clear()
        sockets, self._sockets = self._sockets, {}
        for outside in sockets.values():
            outside.transport.stopListening()
