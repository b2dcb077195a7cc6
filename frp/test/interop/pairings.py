"""Configurations for the two programs, and test cases that run them."""

from __future__ import annotations

import socket
from collections.abc import Iterable

from twisted.trial.unittest import SynchronousTestCase

from frp.test.interop.programs import PATIENCE, Program, freePort
from frp.test.interop.services import Answer, Service, ask, exchange
from frp.test.live.running import needIPv6

__all__ = ["ProgramsTestCase", "clientText", "proxyText", "serverText"]


def serverText(port: int, more: str = "", bound: str = "127.0.0.1") -> str:
    """frps on loopback, or wherever it is bound."""
    return (
        f'bindAddr = "{bound}"\nproxyBindAddr = "{bound}"\nbindPort = {port}\n'
        f'log.disablePrintColor = true\nlog.level = "debug"\n{more}\n'
    )


def clientText(port: int, more: str = "", proxies: str = "", host: str = "127.0.0.1") -> str:
    """frpc for it. It tries again when the first login fails, unless C{more} says otherwise."""
    failing = "" if "loginFailExit" in more else "loginFailExit = false\n"
    return (
        f'serverAddr = "{host}"\nserverPort = {port}\n{failing}log.disablePrintColor = true\n'
        f'log.level = "debug"\n{more}\n{proxies}\n'
    )


def proxyText(name: str, localPort: int, remotePort: int, more: str = "") -> str:
    """A tcp proxy."""
    return (
        f'[[proxies]]\nname = "{name}"\ntype = "tcp"\nlocalIP = "127.0.0.1"\nlocalPort = {localPort}\n'
        f"remotePort = {remotePort}\n{more}\n"
    )


class ProgramsTestCase(SynchronousTestCase):
    """
    A test that runs programs.

    @cvar server: who made frps; C{ours} or C{go}.
    @cvar client: who made frpc.
    @cvar wire: what every frpc speaks, where nothing else is said; nothing for the default.
    @cvar bound: where frps listens.
    @cvar host: where clients and users find it.
    """

    server = "ours"
    client = "ours"
    wire = ""
    bound = host = "127.0.0.1"

    def setUp(self) -> None:
        if ":" in self.host:
            needIPv6()

    def dial(self, port: int) -> socket.socket:
        """A user of a port of frps."""
        return socket.create_connection((self.host, port), PATIENCE)

    def said(self, port: int) -> bytes:
        """What is said by who can be reached on a port of frps, until he hangs up."""
        return ask(port, self.host)

    def exchange(self, port: int, size: int) -> tuple[str, str]:
        """@return: the checksums of what was sent through a port of frps, and of what came back."""
        return exchange(port, size, self.host)

    def service(self, answer: Answer, port: int = 0) -> Service:
        """A service, for the time of this test."""
        service = Service(answer, port)
        self.addCleanup(service.close)
        return service

    def start(self, maker: str, name: str, text: str, within: Iterable[str] = ()) -> Program:
        """A program, for the time of this test; C{within} is as for L{Program}."""
        program = Program(maker, name, text, within)
        self.addCleanup(program.close)
        return program

    def frps(self, more: str = "", port: int = 0) -> tuple[Program, int]:
        """@return: a server that has started, and its port."""
        port = port or freePort()
        program = self.start(self.server, "frps", serverText(port, more, self.bound))
        program.wait("frps started successfully")
        return program, port

    def frpc(self, port: int, more: str = "", proxies: str = "", maker: str = "", wire: str = "") -> Program:
        """@return: a client that has been started."""
        wire = wire or self.wire
        if wire:
            more = f'transport.wireProtocol = "{wire}"\n{more}'
        return self.start(maker or self.client, "frpc", clientText(port, more, proxies, self.host))
