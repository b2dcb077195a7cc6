"""The life of a tunnel, in memory."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError
from twisted.internet.protocol import Factory, Protocol

import frp
from frp.errors import Refused, Unavailable
from frp.exposing import Tunnel
from frp.testing.cases import NetworkTestCase


class Shouting(Protocol):
    """Says back what it hears, louder."""

    def dataReceived(self, data: bytes) -> None:
        assert self.transport is not None
        self.transport.write(data.upper())


class TunnelTests(NetworkTestCase):
    """A program has a tunnel."""

    def tunnel(self, target: object = 0, **parameters: Any) -> Tunnel:
        """A tunnel in the reactor of the network; an echo is what it leads to by default."""
        client = {"transport": {"tls": {"enable": False}}, **parameters.pop("client", {})}
        exposure = frp.expose(target or self.network.echo().port, client=client, **parameters)
        tunnel = exposure.make(self.network.reactor, None)
        self.network.clients.append(tunnel._client)
        return tunnel

    def opened(self, target: object = 0, **parameters: Any) -> Tunnel:
        """The same, open."""
        opening = self.tunnel(target, **parameters).open(30)
        self.network.settle()
        tunnel: Tunnel = self.successResultOf(opening)
        return tunnel

    def served(self, tunnel: Tunnel, answer: bytes = b"hello") -> None:
        """A user is."""
        user = self.network.user(int(tunnel.url.rpartition(":")[2]))
        user.send(b"hello")
        self.network.settle()
        self.assertEqual(user.received, answer)

    def test_open(self) -> None:
        """It is open when users can come; a factory answers them where there is no service."""
        self.network.server()
        self.served(self.opened(remotePort=6000))
        self.served(self.opened(Factory.forProtocol(Shouting), remotePort=6001), b"HELLO")

    def test_address(self) -> None:
        """Its URL is made of what frps has said, and of the server's name."""
        self.network.server(subDomainHost="example.com", vhostHTTPPort=8080)
        tunnel = self.opened(server="[::1]:7000", remotePort=6000)
        self.assertEqual((tunnel.url, tunnel.remoteAddress), ("tcp://[::1]:6000", ":6000"))
        self.assertEqual(self.opened(type="http", subdomain="a").url, "http://a.example.com:8080")
        self.assertEqual(self.opened(type="stcp", name="s", secretKey="k").url, "stcp:s")

    def test_lost(self) -> None:
        """A connection that is lost is made anew; meanwhile the status says so."""
        self.network.server()
        tunnel = self.opened(remotePort=6000)
        self.network.links(7000)[-1].cut()
        self.network.settle()
        self.assertEqual(tunnel.status, "not connected")
        self.network.advance(5)
        self.assertEqual(tunnel.status, "running")
        self.served(tunnel)

    def test_close(self) -> None:
        """When it is closed its port is free."""
        self.network.server()
        tunnel = self.opened(remotePort=6000)
        closing = tunnel.close()
        self.network.advance(1)
        self.successResultOf(closing)
        self.assertNotIn(6000, self.network.reactor.ports)

    def test_late(self) -> None:
        """It gives up in time where frps says nothing, to the login or to the proxy."""
        self.network.service(port=7000)
        opening = self.tunnel(client={"transport": {"tls": {"enable": False}, "dialServerTimeout": 60}}).open(5)
        self.network.advance(6)
        error = self.failureResultOf(opening, Unavailable).value
        self.assertEqual(
            str(error), "no tunnel through frps at 127.0.0.1:7000 within 5 seconds: the login is not answered"
        )

    def test_refused(self) -> None:
        """What frps says against it is the error, and nothing is tried again."""
        self.network.server(allowPorts=[{"single": 6001}])
        opening = self.tunnel(remotePort=6000).open(30)
        self.network.settle()
        error = self.failureResultOf(opening, Refused).value
        self.assertEqual(str(error), "frps at 127.0.0.1:7000 refuses the tunnel: port not allowed")
        self.network.advance(60)
        self.assertEqual(self.network.links(7000), [])

    def test_cancelled(self) -> None:
        """Who waits no longer leaves nothing behind."""
        self.network.server()
        opening = self.tunnel().open(30)
        opening.cancel()
        self.failureResultOf(opening, CancelledError)
        self.network.advance(60)
        self.assertEqual(self.network.links(7000), [])

    def test_closedEarly(self) -> None:
        """It can be closed before it is open; who waited for that is told."""
        self.network.server()
        tunnel = self.tunnel()
        opening = tunnel.open(30)
        closing = tunnel.close()
        self.network.advance(1)
        self.successResultOf(closing)
        self.failureResultOf(opening, CancelledError)
