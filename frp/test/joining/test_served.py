"""What stands in the log when a connection has ended."""

from __future__ import annotations

from typing import Any

from twisted.internet.protocol import Factory

from frp import logs
from frp.errors import Refused
from frp.hooks.base import ServerHook
from frp.interfaces.operations import NEW_USER_CONN
from frp.joining.splice import HALF_CLOSED_IDLE
from frp.testing.cases import NetworkTestCase
from frp.testing.network import User


class _Refusing(ServerHook):
    name = "refusing"
    operations = (NEW_USER_CONN,)

    def newUserConn(self, operation: Any) -> Any:
        raise Refused("not you")


class LineTests(NetworkTestCase):
    """One line for each connection, on either side."""

    def tunnel(self, carrier: dict[str, Any] | None = None, **proxy: Any) -> None:
        """Start both programs with a proxy for a service that says everything twice."""
        self.server = self.network.server(transport=carrier or {})
        table = {"name": "p", "type": "tcp", "remotePort": 6000, **proxy}
        if "localPort" not in table and "plugin" not in table:
            table["localPort"] = self.network.service(lambda user, data: user.send(data + data)).port
        self.client = self.network.client(proxies=[table], transport=carrier or {})

    def use(self) -> User:
        """@return: a user who has said three bytes."""
        user = self.network.user(6000)
        user.send(b"abc")
        self.network.advance(1)
        return user

    def lines(self) -> list[str]:
        """@return: what was said of connections that have ended, the server's first."""
        found = sorted(line.partition(" connection ")[2].strip() for line in self.log if " bytes in, " in line)
        return [line.replace(line[line.find("[") : line.find("]") + 2], "") if "[" in line else line for line in found]

    def test_done(self) -> None:
        """How it went, how long it took, and what was carried each way, whatever is done to the bytes."""
        for keys in ({}, {"transport": {"useEncryption": True, "useCompression": True}}):
            for carrier in ({}, {"tcpMux": False}):
                self.tunnel(carrier, **keys)
                user = self.use()
                self.network.advance(1)
                self.assertEqual(self.lines(), [])
                user.close()
                self.network.advance(0)
                self.assertEqual(self.lines(), ["ended: done, 2.000 s, 3 bytes in, 6 bytes out"] * 2)
                self.assertEqual(self.logged("[p] user connection [127.0.0.1:"), 1)
                self.assertEqual(self.logged("[p] work connection ended"), 1)
                self.doCleanups()
                self.setUp()

    def test_plugin(self) -> None:
        """A plugin that has stepped aside leaves the line, and the bytes that it has read itself are in it."""
        for carrier in ({}, {"tcpMux": False}):
            service = self.network.service(lambda user, data: user.send(data + data))
            self.tunnel(carrier, plugin={"type": "socks5"})
            user = self.network.user(6000)
            user.send(b"\5\1\0")
            self.network.settle()
            user.send(b"\5\1\0\1\x7f\0\0\1" + service.port.to_bytes(2, "big"))
            self.network.settle()
            user.send(b"abc")
            self.network.settle()
            self.assertEqual(user.received[-6:], b"abcabc")
            user.close()
            self.network.settle()
            self.assertEqual(self.lines(), [f"ended: done, 0.000 s, {3 + 10 + 3} bytes in, {2 + 10 + 6} bytes out"] * 2)
            self.doCleanups()
            self.setUp()

    def test_reset(self) -> None:
        """A user who resets."""
        self.tunnel()
        self.use().abort()
        self.network.settle()
        self.assertEqual(self.lines()[0], "ended: reset, 1.000 s, 3 bytes in, 6 bytes out")

    def test_idle(self) -> None:
        """A user who has said all, and hears nothing more."""
        service = self.network.reactor.listenTCP(0, Factory.forProtocol(User))
        self.addCleanup(service.stopListening)
        self.tunnel(localPort=service.getHost().port)
        self.use().end()
        self.network.advance(HALF_CLOSED_IDLE + 1)
        self.assertTrue(self.lines()[0].startswith("ended: idle, 301."), self.lines())

    def test_noAnswer(self) -> None:
        """A service that is not there."""
        self.tunnel(localPort=1)
        self.use()
        self.assertEqual(self.lines(), ["ended: no answer, 0.000 s, 0 bytes in, 0 bytes out"])

    def test_noWorkStream(self) -> None:
        """A client that brings no work stream."""
        self.tunnel()
        self.network.carrier(self.client).silence()
        for _ in range(3):
            self.network.user(6000)
        self.network.advance(11)
        self.assertIn("ended: no work stream, 10.000 s, 0 bytes in, 0 bytes out", self.lines())

    def test_refused(self) -> None:
        """A user whom a hook does not want."""
        self.tunnel()
        self.server.hooks.add(_Refusing())
        self.client.stopService()
        self.network.advance(1)
        self.network.client(proxies=[{"name": "p", "type": "tcp", "remotePort": 6000, "localPort": 1}])
        self.use()
        self.assertEqual(self.lines(), ["ended: refused, 0.000 s, 0 bytes in, 0 bytes out"])

    def test_tooLoud(self) -> None:
        """Where the level leaves such lines out, none is made, and nothing stands on the way of the bytes for it."""
        logs.setLevel("info")
        self.tunnel()
        user = self.use()
        stream: Any = next(iter(self.client.flowing._users))
        received = stream.protocol.dataReceived
        self.assertEqual(received.__name__, "write")
        user.close()
        self.network.settle()
        self.assertEqual(self.lines(), [])
