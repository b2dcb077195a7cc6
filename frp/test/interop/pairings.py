"""Configurations for the two programs, and test cases that run them."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from frp.test.interop.programs import Program, freePort
from frp.test.interop.services import Answer, Service

__all__ = ["ProgramsTestCase", "clientText", "proxyText", "serverText"]


def serverText(port: int, more: str = "") -> str:
    """frps on loopback."""
    return (
        f'bindAddr = "127.0.0.1"\nproxyBindAddr = "127.0.0.1"\nbindPort = {port}\n'
        f'log.disablePrintColor = true\nlog.level = "debug"\n{more}\n'
    )


def clientText(port: int, more: str = "", proxies: str = "") -> str:
    """frpc for it. It tries again when the first login fails, unless C{more} says otherwise."""
    failing = "" if "loginFailExit" in more else "loginFailExit = false\n"
    return (
        f'serverAddr = "127.0.0.1"\nserverPort = {port}\n{failing}log.disablePrintColor = true\n'
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
    """

    server = "ours"
    client = "ours"

    def service(self, answer: Answer, port: int = 0) -> Service:
        """A service, for the time of this test."""
        service = Service(answer, port)
        self.addCleanup(service.close)
        return service

    def start(self, maker: str, name: str, text: str) -> Program:
        """A program, for the time of this test."""
        program = Program(maker, name, text)
        self.addCleanup(program.close)
        return program

    def frps(self, more: str = "", port: int = 0) -> tuple[Program, int]:
        """@return: a server that has started, and its port."""
        port = port or freePort()
        program = self.start(self.server, "frps", serverText(port, more))
        program.wait("frps started successfully")
        return program, port

    def frpc(self, port: int, more: str = "", proxies: str = "", maker: str = "") -> Program:
        """@return: a client that has been started."""
        return self.start(maker or self.client, "frpc", clientText(port, more, proxies))
