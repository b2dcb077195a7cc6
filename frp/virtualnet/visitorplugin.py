"""C{plugin.type = "virtual_net"} of a visitor: a peer in the virtual network is reached through the visited proxy."""

from __future__ import annotations

from ipaddress import ip_address

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IProtocol
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.config.schema import key, table
from frp.config.visitor import VisitorPluginConfig
from frp.errors import FRPError, Unavailable
from frp.interfaces import IVisitor, IVisitorPlugin, IVisitorPluginSite
from frp.session.deadline import Later
from frp.virtualnet.link import Link
from frp.virtualnet.part import VirtualNet

__all__ = ["VirtualNetVisitorPlugin", "VirtualNetVisitorPluginOptions"]

#: Seconds until it is tried again: after a connection that has ended, and after the first, and the last, of failures.
ENDED, FAILED, FAILED_OFTEN = 10, 60, 300


@table
class VirtualNetVisitorPluginOptions(VisitorPluginConfig):
    """A peer in the virtual network is reached through the visited proxy."""

    destinationIP: str = key("", "The address of the peer: the virtualNet.address of the client that is visited.")


@implementer(IVisitor)
class _Way:
    """The way to one peer: a connection after the other, as long as the visitor is open."""

    def __init__(self, config: VirtualNetVisitorPluginOptions, site: IVisitorPluginSite) -> None:
        """@raise Unavailable: C{virtualNet.address} is not set, or the destination is no address."""
        self._net: VirtualNet = site.part("virtualNet")
        self._address = _packed(config.destinationIP)
        self._site = site
        self._timer = Later(site.clock)
        self._links = Factory.forProtocol(self._made)
        self._link: Link | None = None
        self._connecting: Deferred[IProtocol] | None = None
        self._failures = 0
        self._isOpen = False

    def open(self) -> None:
        self._net.claim(self._address, self._site.name)
        self._isOpen = True
        self._connect()

    def close(self) -> None:
        if not self._isOpen:
            return
        self._isOpen = False
        self._timer.stop()
        if self._connecting is not None:
            self._connecting.cancel()
        if self._link is not None:
            self._link.close()
        self._net.release(self._address)

    # The connection

    def _connect(self) -> None:
        self._connecting = self._site.connect(self._links)
        self._connecting.addCallbacks(self._connected, self._failed)

    def _made(self) -> Link:
        self._link = self._net.link(self._ended, self._address)
        return self._link

    def _connected(self, _: object) -> None:
        self._connecting = None
        self._failures = 0
        self._site.log.info("the peer is connected")

    def _ended(self, _: Link) -> None:
        self._link = None
        self._site.log.info("the connection has ended; the next one follows in {seconds} s", seconds=ENDED)
        self._timer.set(ENDED, self._connect)

    def _failed(self, failure: Failure) -> None:
        self._connecting = None
        if not self._isOpen:
            failure.trap(CancelledError, FRPError)
            return
        pause = min(FAILED << min(self._failures, 8), FAILED_OFTEN)
        self._failures += 1
        if isinstance(failure.value, FRPError):
            why = failure.value.detail
            self._site.log.warn("no way to the peer, again in {seconds} s: {reason}", seconds=pause, reason=why)
        else:
            self._site.log.failure("no way to the peer", failure)
        self._timer.set(pause, self._connect)


def _packed(address: str) -> bytes:
    if not address:
        raise Unavailable("destinationIP is required")
    try:
        return ip_address(address).packed
    except ValueError:
        raise Unavailable(f"invalid destination IP address [{address}]") from None


@implementer(IVisitorPlugin)
class VirtualNetVisitorPlugin:
    schema = VirtualNetVisitorPluginOptions
    examples = ('type = "virtual_net"\ndestinationIP = "100.86.0.1"\n',)

    visitor = _Way
