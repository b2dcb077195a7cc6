"""Who talks with whom, and how: a frps and a frpc, and the configurations that join them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import evolve, frozen

__all__ = ["OURS", "OUR_CLIENT", "OUR_SERVER", "PAIRINGS", "Pairing", "doorText", "proxyText", "varied"]


@frozen
class Pairing:
    """
    A frps and a frpc.

    @ivar server: who made frps; C{ours} or C{go}.
    @ivar client: who made frpc.
    @ivar transport: C{transport.protocol} of frpc.
    @ivar tls: C{transport.tls.enable} of frpc.
    @ivar mux: C{transport.tcpMux} of both.
    @ivar wire: C{transport.wireProtocol} of frpc.
    @ivar bound: where frps listens.
    @ivar host: where clients and users find it.
    @ivar fronted: whether something stands before frps that undoes TLS, though it could do so itself.
    """

    server: str = "ours"
    client: str = "ours"
    transport: str = "tcp"
    tls: bool = True
    mux: bool = True
    wire: str = "v1"
    bound: str = "127.0.0.1"
    host: str = "127.0.0.1"
    fronted: bool = False

    @property
    def makers(self) -> tuple[str, ...]:
        """Whose programs are needed."""
        return self.server, self.client

    @property
    def terminated(self) -> bool:
        """Whether TLS ends before frps; the reference's does not undo that of wss."""
        return self.fronted or (self.transport == "wss" and self.server == "go")

    def __str__(self) -> str:
        """@return: the two makers, and what differs from what is usual."""
        words = ["+".join(self.makers)]
        words += [self.transport] if self.transport != "tcp" else []
        words += [] if self.tls else ["plain"]
        words += [] if self.mux else ["alone"]
        words += [self.wire] if self.wire != "v1" else []
        words += ["fronted"] if self.fronted else []
        words += ["ipv6"] if ":" in self.host else ["everywhere"] if ":" in self.bound else []
        return " ".join(words)

    def serverText(self, port: int, more: str = "") -> str:
        """@return: a configuration of frps; all that frpc may dial has the same number."""
        lines = [
            f'bindAddr = "{self.bound}"\nproxyBindAddr = "{self.bound}"\nbindPort = {port}',
            'log.disablePrintColor = true\nlog.level = "debug"',
        ]
        if self.transport in ("kcp", "quic"):
            lines.append(f"{self.transport}BindPort = {port}")
        if not self.mux:
            lines.append("transport.tcpMux = false")
        return "\n".join([*lines, more, ""])

    def clientText(self, port: int, more: str = "", proxies: str = "") -> str:
        """
        @return: a configuration of frpc, which tries again when the first login fails, unless C{more} says otherwise.
            What is usual is left out, since older releases know fewer keys.
        """
        lines = [f'serverAddr = "{self.host}"\nserverPort = {port}\nlog.disablePrintColor = true\nlog.level = "debug"']
        if "loginFailExit" not in more:
            lines.append("loginFailExit = false")
        if self.transport != "tcp":
            lines.append(f'transport.protocol = "{self.transport}"')
        if not self.tls:
            lines.append("transport.tls.enable = false")
        if not self.mux:
            lines.append("transport.tcpMux = false")
        if self.wire != "v1":
            lines.append(f'transport.wireProtocol = "{self.wire}"')
        return "\n".join([*lines, more, proxies, ""])


#: Our frps with our frpc.
OURS = Pairing()

#: Our frps with the reference's frpc.
OUR_SERVER = Pairing(client="go")

#: The reference's frps with our frpc.
OUR_CLIENT = Pairing(server="go")

#: All of these.
PAIRINGS = (OURS, OUR_SERVER, OUR_CLIENT)


def varied(pairings: Iterable[Pairing], **changes: Any) -> tuple[Pairing, ...]:
    """@return: the same, with other values for some of their attributes."""
    return tuple(evolve(pairing, **changes) for pairing in pairings)


def proxyText(name: str, localPort: int, remotePort: int, more: str = "", kind: str = "tcp") -> str:
    """A proxy with a port of its own."""
    return (
        f'[[proxies]]\nname = "{name}"\ntype = "{kind}"\nlocalIP = "127.0.0.1"\nlocalPort = {localPort}\n'
        f"remotePort = {remotePort}\n{more}\n"
    )


def doorText(kind: str, name: str, localPort: int, domains: Iterable[str], more: str = "") -> str:
    """A proxy whose users say whom they want."""
    return (
        f'[[proxies]]\nname = "{name}"\ntype = "{kind}"\nlocalPort = {localPort}\n'
        f"customDomains = {list(domains)}\n{more}\n"
    )
