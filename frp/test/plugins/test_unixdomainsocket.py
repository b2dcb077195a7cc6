"""The plugin that leads to a Unix socket."""

from __future__ import annotations

from twisted.internet.protocol import Factory
from twisted.trial.unittest import SynchronousTestCase

from frp.config.clientfile import clientFromValues
from frp.kinds import Registry
from frp.testing.cases import NetworkTestCase
from frp.testing.contracts import ClientPluginContract
from frp.testing.network import Service, User


class UnixDomainSocketTests(ClientPluginContract, NetworkTestCase):
    """Users talk with a service that has no port."""

    name = "unix_domain_socket"
    table = {"unixPath": "/run/echo: 1.sock"}

    def setUp(self) -> None:
        super().setUp()
        self.echo = Service(User.send)
        self.network.reactor.listenUNIX("/run/echo: 1.sock", self.echo)

    def use(self) -> None:
        user = self.network.user(self.port)
        user.send(b"hello" * 1000)
        self.network.advance(0.1)
        self.assertEqual(user.received, b"hello" * 1000)
        user.end()
        self.network.advance(0.1)
        self.assertTrue(user.closed)

    def test_saysWhoTheUserIs(self) -> None:
        """With proxyProtocolVersion the service learns the user's address first."""
        self.start(transport={"proxyProtocolVersion": "v1"})
        user = self.network.user(self.port)
        user.send(b"hello")
        self.network.settle()
        port = user.transport.getHost().port
        self.assertEqual(user.received, f"PROXY TCP4 127.0.0.1 127.0.0.1 {port} 6000\r\nhello".encode())

    def test_nobodyThere(self) -> None:
        """A user whose socket does not answer is dropped, and the log says why."""
        self.start(unixPath="/run/none.sock")
        user = self.network.user(self.port)
        self.network.settle()
        self.assertTrue(user.closed)
        self.assertEqual(self.logged("dial to uds error: dial unix:/run/none.sock"), 1)

    def test_halfClosed(self) -> None:
        """What the service answers after the user has ended arrives."""
        served = User()
        late = Factory()
        late.protocol = lambda: served
        self.network.reactor.listenUNIX("/run/late.sock", late)
        self.start(unixPath="/run/late.sock")
        user = self.network.user(self.port)
        user.send(b"question")
        user.end()
        self.network.settle()
        self.assertEqual((served.received, served.ended), (b"question", True))
        served.send(b"answer")
        self.network.settle()
        self.assertEqual(user.received, b"answer")


class PathTests(SynchronousTestCase):
    """Which paths the system takes."""

    def doubts(self, path: str) -> tuple[str, ...]:
        """What is said of a proxy with one."""
        plugin = {"type": "unix_domain_socket", "unixPath": path}
        proxy = {"name": "app", "type": "tcp", "remotePort": 6000, "plugin": plugin}
        return clientFromValues({"proxies": [proxy]}, registry=Registry()).doubts

    def test_tooLong(self) -> None:
        """Users would be dropped: that is said before they come."""
        said = ("plugin unix_domain_socket: unixPath: users are dropped: AF_UNIX path too long",)
        for path, doubts in (
            ("/run/app.sock", ()),
            ("@app", ()),
            ("/" + "a" * 200, said),
            ("@" + "a" * 200, said),
        ):
            self.assertEqual(self.doubts(path), doubts, path)
