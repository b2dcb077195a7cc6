"""What both programs are told: the proxies, and how the two reach each other."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["BULK", "DOORS", "UDP", "Door", "Greet", "Proxy", "Setting"]

Greet = Callable[[socket.socket, int], None]


@dataclass(frozen=True)
class Door:
    """
    A port of the server that proxies of one type share.

    @ivar key: of frps' configuration.
    @ivar domain: whom a user asks for who names only the address.
    """

    key: str
    domain: str


DOORS = {"http": Door("vhostHTTPPort", "127.0.0.1"), "https": Door("vhostHTTPSPort", "*")}


@dataclass(frozen=True)
class Proxy:
    """
    One proxy, and how users reach it: at a port of the server, at one of the doors that proxies share, or through a
    visitor, which is in a frpc of its own.

    @ivar service: which local service is behind it.
    @ivar options: further lines of its table, such as C{transport.useEncryption = true}.
    @ivar plugin: lines of its C{plugin} table, in place of the local service; C{{port}} is that of the service, and
        C{{files}} a folder of files.
    @ivar visitor: further lines of its visitor's table.
    @ivar greet: what a user says first on a new connection, to be where the measurement begins; gets the port of the
        service.
    """

    name: str
    service: str
    options: tuple[str, ...] = ()
    type: str = "tcp"
    plugin: tuple[str, ...] = ()
    visitor: tuple[str, ...] = ()
    greet: Greet | None = None

    @property
    def visited(self) -> bool:
        """Whether users come through a visitor."""
        return self.type in ("stcp", "xtcp")

    def lines(self, services: Mapping[str, int], files: Path, port: int) -> list[str]:
        """Its tables in frpc's configuration."""
        service = services[self.service]
        lines = ["[[proxies]]", f'name = "{self.name}"', f'type = "{self.type}"', *self.options]
        if self.type in ("tcp", "udp"):
            lines.append(f"remotePort = {port}")
        if self.type in DOORS:
            lines.append(f'customDomains = ["{DOORS[self.type].domain}"]')
        if self.plugin:
            lines += ["[proxies.plugin]", *(line.format(port=service, files=files) for line in self.plugin)]
        else:
            lines.append(f"localPort = {service}")
        return lines

    def visitorLines(self, port: int) -> list[str]:
        """
        Those of its visitor.

        @param port: where that listens.
        """
        lines = ["[[visitors]]", f'name = "{self.name}-visitor"', f'type = "{self.type}"', *self.visitor]
        return [*lines, f'serverName = "{self.name}"', f"bindPort = {port}"]


#: What most measurements use: a service that receives, and one that sends.
BULK = (Proxy("sink", "sink"), Proxy("random", "random"))
UDP = Proxy("datagrams", "datagrams", type="udp")


@dataclass(frozen=True)
class Setting:
    """
    What both programs are told.

    @ivar server: further lines of frps' configuration; C{{bindPort}} is the number of its port, and C{{gatewayPort}}
        that of another one.
    @ivar client: the same of frpc's; C{{adminPort}} is a port of its own, and C{{stunPort}} that of a STUN server.
    @ivar fronted: an nginx between the two undoes the TLS of wss, as the reference needs it.
    @ivar lossy: packets between the two take 25 ms each way, and one in a hundred is lost.
    @ivar bare: plain TCP proxies, without TLS, without multiplexing.
    @ivar mbit: the megabits a second that pass between the two each way; 0 for no limit.
    """

    name: str
    proxies: tuple[Proxy, ...]
    server: tuple[str, ...] = ()
    client: tuple[str, ...] = ()
    fronted: bool = False
    lossy: bool = False
    bare: bool = False
    mbit: int = 0

    @property
    def visited(self) -> list[Proxy]:
        """The proxies that have visitors."""
        return [proxy for proxy in self.proxies if proxy.visited]
