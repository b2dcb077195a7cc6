"""Reaching the server, and what people read when it cannot be reached."""

from __future__ import annotations

import errno
import socket
from collections.abc import Sequence
from typing import Any, cast

from twisted.internet import error
from twisted.internet.address import IPv4Address
from twisted.internet.defer import fail
from twisted.internet.interfaces import (
    IAddress,
    IHostnameResolver,
    IHostResolution,
    IProtocolFactory,
    IResolutionReceiver,
    IStreamClientEndpoint,
)
from twisted.internet.testing import MemoryReactorClock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from frp.config.client import ClientConfig
from frp.errors import TunnelLost
from frp.interfaces import IReactor
from frp.logs import Log
from frp.sockets.eager import setKeepalive
from frp.testing.recording import Recorders
from frp.transports.dial import Dialled, tcpEndpoint
from frp.transports.sites import DialSite


@implementer(IHostnameResolver)
class Nobody:
    """A resolver that knows no name."""

    def resolveHostName(
        self,
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[IAddress]] | None = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        """Find nothing."""
        resolution: Any = self
        resolutionReceiver.resolutionBegan(resolution)
        resolutionReceiver.resolutionComplete()
        return resolution  # type: ignore[no-any-return]  # nobody looks at it


@implementer(IStreamClientEndpoint)
class _Failing:
    """An endpoint that leads nowhere."""

    def __init__(self, reason: Exception) -> None:
        self.reason = reason

    def connect(self, factory: IProtocolFactory) -> Any:
        """It fails."""
        return fail(self.reason)


class DialTests(SynchronousTestCase):
    """One attempt."""

    def dial(self, address: str = "192.0.2.1", port: int = 7000, **transport: object) -> Any:
        """@return: the Deferred of the attempt, and what the reactor was asked for."""
        self.reactor = MemoryReactorClock()
        self.reactor.nameResolver = Nobody()
        config = ClientConfig()
        config.serverAddr = address
        config.serverPort = port
        for name, value in transport.items():
            setattr(config.transport, name, value)
        site = DialSite(cast(IReactor, self.reactor), config, None, Log("test"))
        return tcpEndpoint(site).connect(Recorders())

    def problem(self, reason: Exception, address: str = "192.0.2.1") -> TunnelLost:
        """What an attempt fails with."""
        attempt = self.dial(address)
        factory: Any = self.reactor.tcpClients[0][2]
        factory.clientConnectionFailed(None, Failure(reason))
        problem: TunnelLost = self.failureResultOf(attempt, TunnelLost).value
        return problem

    def test_asConfigured(self) -> None:
        """Address, port, time and local address are the configured ones."""
        for address in ("192.0.2.1", "2001:db8::1", "0.0.0.0"):
            self.dial(address, dialServerTimeout=7, connectServerLocalIP="192.0.2.9")
            host, port, _, timeout, local = self.reactor.tcpClients[0]
            self.assertEqual((host, port, timeout, local), (address, 7000, 7, ("192.0.2.9", 0)))

    def test_refused(self) -> None:
        """Nobody listens: the reference's text, and what to look at."""
        problem = self.problem(error.ConnectionRefusedError())
        self.assertEqual(problem.brief, "dial tcp 192.0.2.1:7000: connect: connection refused")
        self.assertIn("is frps running", problem.detail)

    def test_noSuchPort(self) -> None:
        """A port that cannot be is told apart from one where nobody listens."""
        for port in (-1, 65536):
            problem = self.assertRaises(TunnelLost, self.dial, port=port)
            self.assertEqual(problem.brief, f"dial tcp: address {port}: invalid port")

    def test_noSocket(self) -> None:
        """There is nothing at the path of a Unix socket: what to look at, too."""
        reason = error.ConnectError(osError=errno.ENOENT)
        dialled = Dialled(_Failing(reason), "/run/a", "is it there?", network="unix")
        problem = self.failureResultOf(dialled.connect(Recorders()), TunnelLost).value
        self.assertEqual(problem.brief, "dial unix /run/a: connect: no such file or directory")
        self.assertEqual(problem.more, "there is no such socket: is it there?")

    def test_timeout(self) -> None:
        """Nobody answers."""
        problem = self.problem(error.TimeoutError())
        self.assertEqual(problem.brief, "dial tcp 192.0.2.1:7000: i/o timeout")
        self.assertIn("firewall", problem.detail)

    def test_noSuchName(self) -> None:
        """The name means nothing: the reference's text."""
        attempt = self.dial("frps.invalid")
        self.assertEqual(
            self.failureResultOf(attempt, TunnelLost).value.brief, "dial tcp: lookup frps.invalid: no such host"
        )

    def test_portInHost(self) -> None:
        """Who has put the port behind the host is told where it belongs."""
        problem = self.failureResultOf(self.dial("192.0.2.1:7000"), TunnelLost).value
        self.assertEqual(problem.brief, "dial tcp: lookup [192.0.2.1:7000]: no such host")
        self.assertIn("serverAddr is a host alone", problem.detail)

    def test_others(self) -> None:
        """Anything else from the system says where it was met."""
        problem = self.problem(error.NoRouteError())
        self.assertIn("dial tcp 192.0.2.1:7000: ", problem.brief)

    def test_keepalive(self) -> None:
        """The connection is probed as configured."""
        asked: list[tuple[int, int, int]] = []

        class Transport:
            def keepAlive(self, seconds: int) -> None:
                setKeepalive(self, seconds)

            def getHandle(self) -> Any:
                return self

            def setsockopt(self, *option: int) -> None:
                asked.append(option)  # type: ignore[arg-type] # always three

        attempt = self.dial(dialServerKeepalive=77)
        factory: IProtocolFactory = self.reactor.tcpClients[0][2]
        protocol: Any = factory.buildProtocol(IPv4Address("TCP", "192.0.2.1", 7000))
        protocol.makeConnection(Transport())
        self.successResultOf(attempt)
        self.assertIn((socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 77), asked)
