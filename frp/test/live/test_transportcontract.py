"""The transports that come with frp, on real sockets, as every transport."""

from __future__ import annotations

import os
import tempfile

from frp.test.transports.test_unix import UNIX
from frp.testing.contracts import LiveTransportContract
from frp.testing.live import LiveTestCase
from frp.testing.misbehaving import registryWith


class TCPTests(LiveTransportContract, LiveTestCase):
    """tcp."""

    name = "tcp"


class WebSocketTests(LiveTransportContract, LiveTestCase):
    """websocket."""

    name = "websocket"


class WSSTests(LiveTransportContract, LiveTestCase):
    """wss, which is TLS in any case."""

    name = "wss"


class KCPTests(LiveTransportContract, LiveTestCase):
    """kcp, on the number of C{bindPort}."""

    name = "kcp"

    def setUp(self) -> None:
        super().setUp()
        self.serverSettings = {"kcpBindPort": self.bindPort}


class QUICTests(LiveTransportContract, LiveTestCase):
    """quic, on the number of C{bindPort}."""

    name = "quic"
    clientSettings = {"quic": {"maxIdleTimeout": 3}}

    def setUp(self) -> None:
        super().setUp()
        self.serverSettings = {"quicBindPort": self.bindPort}


class UnixTests(LiveTransportContract, LiveTestCase):
    """That of another package: a Unix socket."""

    name = "unix"
    registry = registryWith(UNIX)

    def setUp(self) -> None:
        super().setUp()
        folder = tempfile.TemporaryDirectory()  # their paths must be short
        self.addCleanup(folder.cleanup)
        self.clientSettings = {"unix": {"path": os.path.join(folder.name, "frps.sock")}}
        self.serverSettings = {"transport": self.clientSettings}
