"""The transports websocket and wss, with and without TLS and multiplexing."""

from __future__ import annotations

from frp.testing.cases import NetworkTestCase
from frp.testing.contracts import TransportContract


class WebSocketTests(TransportContract, NetworkTestCase):
    """Without TLS."""

    name = "websocket"


class TLSWebSocketTests(TransportContract, NetworkTestCase):
    """As it is by default: TLS within, and one connection for all."""

    name = "websocket"
    clientSettings = {"tls": {"enable": True}}


class BareWebSocketTests(TransportContract, NetworkTestCase):
    """With a connection for each stream."""

    name = "websocket"
    clientSettings = {"tcpMux": False}
    serverSettings = {"transport": {"tcpMux": False}}


class FirstByteTests(TransportContract, NetworkTestCase):
    """With a connection for each stream, and frp's own byte before TLS within."""

    name = "websocket"
    clientSettings = {"tcpMux": False, "tls": {"enable": True, "disableCustomTLSFirstByte": False}}
    serverSettings = {"transport": {"tcpMux": False}}


class WSSTests(TransportContract, NetworkTestCase):
    """Within TLS, which is on whether it is asked for or not."""

    name = "wss"


class ForcedTests(TransportContract, NetworkTestCase):
    """Where frps wants TLS, this is TLS enough."""

    name = "wss"
    clientSettings = {"tls": {"enable": True}}
    serverSettings = {"transport": {"tls": {"force": True}}}


class BareWSSTests(TransportContract, NetworkTestCase):
    """With a connection for each stream."""

    name = "wss"
    clientSettings = {"tcpMux": False}
    serverSettings = {"transport": {"tcpMux": False}}
