"""A server that has a name, and a name with several addresses, over every transport."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IHostnameResolver
from zope.interface import implementer

from frp.client.service import FRPClient
from frp.testing.cases import NetworkTestCase

V4, OTHER, V6 = "192.0.2.1", "192.0.2.2", "2001:db8::1"


@implementer(IHostnameResolver)
class Names:
    """
    Answers at once.

    @ivar addresses: what every name has.
    """

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    def resolveHostName(
        self,
        resolutionReceiver: Any,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[Any] | None = None,
        transportSemantics: str = "TCP",
    ) -> Any:
        resolutionReceiver.resolutionBegan(self)
        for address in self.addresses:
            kind = IPv6Address if ":" in address else IPv4Address
            resolutionReceiver.addressResolved(kind("TCP", address, portNumber))
        resolutionReceiver.resolutionComplete()
        return self


class _NamesTestCase(NetworkTestCase):
    """
    Some addresses swallow what is sent there.

    @cvar transport: how the client goes.
    @cvar seconds: in which a client is in although the first address is silent.
    """

    transport: dict[str, Any]
    seconds: float
    __test__ = False

    def setUp(self) -> None:
        super().setUp()
        self.names = self.network.reactor.nameResolver = Names()
        mux = self.transport.get("tcpMux", True)
        self.network.server(kcpBindPort=7000, quicBindPort=7001, transport={"tcpMux": mux})

    def enter(self, *addresses: str, silent: Sequence[str] = (), **settings: Any) -> FRPClient:
        """Start a client; the name of its server has these addresses."""
        self.names.addresses = addresses
        for one in silent:
            self.network.silence(one)
        port = 7001 if self.transport["protocol"] == "quic" else 7000
        settings = {"transport": self.transport, "serverPort": port, **settings}
        return self.network.client(serverAddr="frps.example", **settings)

    def isIn(self, client: FRPClient, seconds: float) -> None:
        """It is in after so long."""
        self.network.advance(seconds)
        self.assertIsNotNone(client.session)

    def test_silent(self) -> None:
        """An address that does not answer keeps nobody from the next one."""
        self.isIn(self.enter(V4, V6, silent=[V4]), self.seconds)

    def test_silentWide(self) -> None:
        """Whichever family it is of."""
        self.isIn(self.enter(V6, V4, silent=[V6]), self.seconds)

    def test_moved(self) -> None:
        """A name that leads elsewhere when the session is lost is followed."""
        client = self.enter(V4)
        self.isIn(client, 0.5)
        self.network.silence(V4)
        self.names.addresses = (OTHER,)
        assert client.session is not None
        client.session.close()
        self.network.advance(3)
        self.assertIsNotNone(client.session)


class TCPTests(_NamesTestCase):
    """The addresses race each other."""

    __test__ = True
    transport = {"protocol": "tcp"}
    seconds = 1


class WebSocketTests(TCPTests):
    """The same."""

    transport = {"protocol": "websocket"}


class WSSTests(TCPTests):
    """The same."""

    transport = {"protocol": "wss", "tls": {"enable": True}}


class QUICTests(_NamesTestCase):
    """The handshake tells, after dialServerTimeout seconds."""

    __test__ = True
    transport = {"protocol": "quic"}
    seconds = 11


class KCPTests(_NamesTestCase):
    """That of TLS does."""

    __test__ = True
    transport = {"protocol": "kcp", "tls": {"enable": True}}
    seconds = 11


class PlainKCPTests(_NamesTestCase):
    """Without TLS the login does, and the next attempt takes the next address."""

    __test__ = True
    transport = {"protocol": "kcp"}
    seconds = 12

    def enter(self, *addresses: str, silent: Sequence[str] = (), **settings: Any) -> FRPClient:
        return super().enter(*addresses, silent=silent, loginFailExit=False, **settings)


class AloneKCPTests(PlainKCPTests):
    """The same where each stream has a conversation of its own."""

    transport = {"protocol": "kcp", "tcpMux": False}
