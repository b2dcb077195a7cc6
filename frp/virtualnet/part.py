"""The part C{virtualNet}: the device of a client, and the connections over which its packets come and go."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address, ip_interface

from zope.interface import implementer

from frp.config.client import ClientConfig
from frp.errors import Unavailable
from frp.interfaces import IClientPart, IClientPartKind, IClientPartSite
from frp.session.datagrams import Losses
from frp.virtualnet.device import Device
from frp.virtualnet.link import Link
from frp.virtualnet.opening import MTU, openTUN
from frp.virtualnet.rtnetlink import Interface
from frp.wire.ip.header import destination, isMulticast, source
from frp.wire.ip.routes import Routes

__all__ = ["VirtualNet", "VirtualNetKind"]

#: Addresses that are learned from the packets of one connection. Who sends from more is no honest peer.
LEARNED = 1024


@implementer(IClientPart)
class VirtualNet:
    """
    The router between the device and the connections, and what the plugins C{virtual_net} ask for.

    A packet of this machine goes to the connection that leads to its destination, or from where packets of that address
    have come. One that finds none, or one that takes no more, is dropped, as on any network. While no connection takes
    any, none are read: then programs that send are held up in place of losing what they send.
    """

    def __init__(self, interface: Interface, site: IClientPartSite) -> None:
        self.log = site.log
        self._site = site
        self._interface = interface
        self._routes: Routes[Link] = Routes(LEARNED)
        self._claims: dict[bytes, str] = {}
        self._links: set[Link] = set()
        self._losses = Losses(site.clock, site.log)
        self._device: Device | None = None

    # The part

    def start(self) -> None:
        """@raise Unavailable: there can be no device."""
        descriptor, name = openTUN(self._interface)
        self._device = Device(self._site.reactor, descriptor, name, self._losses, self.leaving, self._lost)
        self._device.want(packets=True)
        self.log.info("virtual network controller start: {address} on {name}", address=self._interface, name=name)

    def stop(self) -> None:
        device, self._device = self._device, None
        for link in list(self._links):
            link.close()
        if device is not None:
            device.close()
        self._losses.say()

    def _lost(self, why: str) -> None:
        self.log.error("the TUN device is gone, and packets with it until frpc is started again: {reason}", reason=why)

    # For plugins

    def claim(self, address: bytes, name: str) -> None:
        """
        The visitor of this name will open links to the address.

        @param address: packed.
        @raise Unavailable: another visitor does, or it is our own address.
        """
        shown = ip_address(address)
        if shown == self._interface.ip:
            raise Unavailable(f"destinationIP {shown} is our own virtualNet.address: a peer has another one")
        other = self._claims.setdefault(address, name)
        if other != name:
            raise Unavailable(f"destinationIP {shown} is that of the visitor {other} already")

    def release(self, address: bytes) -> None:
        """The visitor closes."""
        self._claims.pop(address, None)

    def link(self, over: Callable[[Link], object], address: bytes = b"") -> Link:
        """
        @param over: called when the connection has ended, but not by L{Link.close}.
        @param address: to which it leads; without one that is learned from the packets that come.
        @return: a protocol for a new connection.
        """
        return Link(self, over, address)

    # Links

    def opened(self, link: Link) -> None:
        self._links.add(link)
        if link.address:
            self._routes.lead(link.address, link)
        self.roomChanged()

    def closed(self, link: Link) -> None:
        self._links.discard(link)
        self._routes.forget(link)
        self.roomChanged()

    def roomChanged(self) -> None:
        if self._device is not None:
            self._device.want(packets=not self._links or any(not link.full for link in self._links))

    # Packets

    def leaving(self, packets: list[bytes]) -> None:
        """Packets of this machine."""
        find = self._routes.find
        batches: dict[Link, list[bytes]] = {}
        for packet in packets:
            address = destination(packet)
            link = find(address)
            if link is None:
                self._unrouted(address)
            elif link.full:
                self._losses.count("the connection that they should take is full")
            elif len(packet) > MTU:
                self._losses.count(
                    f"they are longer than {MTU} bytes, and no peer takes that: put back the MTU of the device"
                )
            else:
                batches.setdefault(link, []).append(packet)
        for link, batch in batches.items():
            link.send(batch)

    def _unrouted(self, address: bytes) -> None:
        # The system says something to many now and then, whether anybody hears it or not.
        if not address or not isMulticast(address):
            self._losses.count(
                "no connection leads to where they should go" if address else "they are no packets of IP"
            )

    def arrived(self, link: Link, packets: list[bytes]) -> None:
        good = []
        for packet in packets:
            address = source(packet)
            if not address:
                self._losses.count("what came is no packet of IP")
                continue
            if not link.address:
                before = self._routes.learn(address, link)
                if before is not None:
                    self._suspect(link, address)
            good.append(packet)
        if self._device is not None:
            self._device.write(good)

    def _suspect(self, link: Link, address: bytes) -> None:
        """Somebody has come back before his old connection has ended; or it is somebody else."""
        if not link.suspected:
            link.suspected = True
            self.log.warn(
                "{address} comes by another connection now: if it goes on so, two peers have the same"
                " virtualNet.address, and each needs its own",
                address=ip_address(address),
            )


@implementer(IClientPartKind)
class VirtualNetKind:
    def part(self, config: ClientConfig, site: IClientPartSite) -> VirtualNet:
        return VirtualNet(ip_interface(config.virtualNet.address), site)
