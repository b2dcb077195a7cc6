"""The tcp transport, with and without TLS and multiplexing."""

from __future__ import annotations

from frp.testing.cases import NetworkTestCase
from frp.testing.contracts import TransportContract


class TCPTests(TransportContract, NetworkTestCase):
    """As it is by default: TLS, and one connection for all."""

    name = "tcp"
    clientSettings = {"tls": {"enable": True}}

    def test_settings(self) -> None:
        """Proxies that a test gives stand in place of the contract's."""
        self.server()
        proxy = {"name": "a", "type": "tcp", "localPort": self.network.echo().port}
        session = self.client(proxies=[proxy]).session
        assert session is not None
        self.assertEqual(set(session.proxies), {"a"})


class PlainTCPTests(TransportContract, NetworkTestCase):
    """Without TLS."""

    name = "tcp"


class BareTCPTests(TransportContract, NetworkTestCase):
    """With a connection for each stream, over TLS."""

    name = "tcp"
    clientSettings = {"tls": {"enable": True}, "tcpMux": False}
    serverSettings = {"transport": {"tcpMux": False}}


class V2Tests(TransportContract, NetworkTestCase):
    """In version 2 of the wire."""

    name = "tcp"
    clientSettings = {"tls": {"enable": True}, "wireProtocol": "v2"}


class BareV2Tests(TransportContract, NetworkTestCase):
    """The same with a connection for each stream."""

    name = "tcp"
    clientSettings = {"tcpMux": False, "wireProtocol": "v2"}
    serverSettings = {"transport": {"tcpMux": False}}


class FirstByteTests(TransportContract, NetworkTestCase):
    """With frp's own byte in front of TLS."""

    name = "tcp"
    clientSettings = {"tls": {"enable": True, "disableCustomTLSFirstByte": False}}
