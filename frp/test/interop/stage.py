"""A pairing at work: its programs as children, and the services behind them."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
from collections.abc import Iterable
from contextlib import ExitStack, closing
from functools import cached_property
from types import TracebackType
from typing import Any

from attrs import evolve

from frp.test.interop.pairings import Pairing
from frp.test.interop.programs import PATIENCE, REFERENCE, Program, freePort
from frp.test.interop.services import Answer, DatagramService, Service
from frp.test.interop.terminator import Terminator
from frp.test.sockets.authority import Authority

__all__ = ["Stage"]


def _ended(server: subprocess.Popen[str]) -> None:
    server.kill()
    server.communicate(timeout=PATIENCE)


class Stage:
    """
    Starts things, and ends them when it is left.

    @ivar host: where users find the ports of frps.
    @ivar programs: what was started, in that order.
    """

    def __init__(self, pairing: Pairing, reference: str = REFERENCE) -> None:
        """@param reference: the folder of the reference's programs."""
        self.pairing = pairing
        self.host = pairing.host
        self.programs: list[Program] = []
        self._reference = reference
        self._ending = ExitStack()

    def __enter__(self) -> Stage:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all, what was started last first."""
        self._ending.close()

    @cached_property
    def authority(self) -> Authority:
        """Who signs the certificates; the one of whatever undoes TLS is for C{front.example}."""
        return Authority()

    def service(self, answer: Answer, port: int = 0) -> Service:
        """@return: a service that has started."""
        return self._ending.enter_context(closing(Service(answer, port)))

    def datagrams(self) -> DatagramService:
        """@return: an echo of datagrams."""
        return self._ending.enter_context(closing(DatagramService()))

    def frps(self, more: str = "", port: int = 0) -> tuple[Program, int]:
        """
        @param more: further lines of its configuration.
        @return: a server that has started, and its port.
        """
        port = port or freePort()
        program = self.start(self.pairing.server, "frps", self.pairing.serverText(port, more))
        program.wait("frps started successfully")
        return program, port

    def frpc(self, port: int, more: str = "", proxies: str = "", **changes: Any) -> Program:
        """
        @param port: that of frps.
        @param more: further lines of its configuration, which stand before the tables of the C{proxies}.
        @param changes: what this client has other than the pairing.
        @return: a client that has been started.
        """
        pairing = evolve(self.pairing, **changes)
        if pairing.terminated:
            port = self._terminator(port).port
        return self.start(pairing.client, "frpc", pairing.clientText(port, more, proxies))

    def start(self, maker: str, name: str, text: str, within: Iterable[str] = ()) -> Program:
        """
        @param within: as for L{Program}.
        @return: C{frps} or C{frpc} with this configuration, which has been started.
        """
        program = self._ending.enter_context(closing(Program(maker, name, text, self._reference, within)))
        self.programs.append(program)
        return program

    def stun(self, hosts: tuple[str, str] = ("127.0.0.1", "127.0.0.2"), within: Iterable[str] = ()) -> str:
        """
        @param hosts: two addresses of where it is; @param within: as for L{Program}.
        @return: where the laboratory's STUN server is asked, which has been started.
        """
        port = freePort()
        freePort()  # it takes the next one as well
        command = [*within, sys.executable, "-m", "frp.testing.natlab", *hosts, str(port)]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self._ending.callback(_ended, server)
        assert server.stdout is not None, "it is a pipe"
        return server.stdout.readline().strip()

    def _terminator(self, port: int) -> Terminator:
        files = self.authority.fields("front", ["front.example"])
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(files.certFile, files.keyFile)
        return self._ending.enter_context(closing(Terminator(context, port)))

    def dial(self, port: int) -> socket.socket:
        """@return: a user of a port of frps."""
        return socket.create_connection((self.host, port), PATIENCE)

    def correspond(self, port: int) -> socket.socket:
        """@return: a user of a port of frps who speaks in datagrams."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        user = self._ending.enter_context(socket.socket(family, socket.SOCK_DGRAM))
        user.settimeout(PATIENCE)
        user.connect((self.host, port))
        return user
