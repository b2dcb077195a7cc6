"""Peers that break the protocol, on purpose or because something between cuts and garbles: only they suffer."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from frp.client.running import Phase
from frp.test.server.talking import ServerTestCase
from frp.testing.network import Network, User
from frp.wire.frames import encode
from frp.wire.keys import privilegeKey
from frp.wire.messages import (
    CloseProxy,
    Login,
    LoginResp,
    Message,
    NewProxy,
    NewProxyResp,
    NewWorkConn,
    Ping,
    Pong,
    ReqWorkConn,
    StartWorkConn,
)
from frp.wire.v2.dialect import V2

#: Everything that a client may say, and what it may not.
MESSAGES: tuple[Message, ...] = (
    Login(privilege_key=privilegeKey(b"", 0)),
    Login(run_id="r", privilege_key="x"),
    LoginResp(run_id="r"),
    NewProxy(proxy_name="x", proxy_type="tcp", remote_port=-5),
    NewProxy(proxy_name="x", proxy_type="tcp", remote_port=70000),
    NewProxy(proxy_name="", proxy_type="tcp", remote_port=6001, bandwidth_limit="lots"),
    NewProxy(proxy_name="y", proxy_type="http"),
    NewWorkConn(run_id="r"),
    CloseProxy(proxy_name="x"),
    Ping(),
    Pong(error="x"),
    ReqWorkConn(),
    StartWorkConn(proxy_name="x"),
)


class GarbageTests(ServerTestCase):
    """Bytes that mean nothing."""

    def setUp(self) -> None:
        super().setUp()
        self.server()
        self.good = self.login(run_id="good", pool_count=1)
        self.register(self.good)

    def unharmed(self) -> None:
        """Others are still served."""
        work = self.bring(self.good)
        user = self.network.user(6000)
        user.send(b"hello")
        self.network.settle()
        self.assertEqual(work.payload, b"hello")

    def test_anyStart(self) -> None:
        """Whatever a connection begins with."""
        random = Random(1)
        for size in (1, 2, 9, 100, 5000):
            for _ in range(20):
                self.network.user(self.network.bindPort).send(random.randbytes(size))
        self.network.advance(11)
        self.assertEqual(len(self.network.links(self.network.bindPort)), 1)
        self.unharmed()

    def test_insteadOfAnyMessage(self) -> None:
        """Whatever a client sends once it is in."""
        random = Random(2)
        for size in (1, 9, 100, 20000):
            for _ in range(10):
                self.login().sayBytes(random.randbytes(size))
        self.network.settle()
        self.unharmed()

    def test_anyMessageAnywhere(self) -> None:
        """Whatever message comes, at the start or once it is in; also those that only a server sends."""
        for message in MESSAGES:
            begun = self.connect()
            begun.say(message)
            inside = self.login()
            inside.say(message, message)
        self.network.settle()
        self.unharmed()

    def test_hugeMessage(self) -> None:
        """A message that claims to be huge is not waited for."""
        user = self.network.user(self.network.bindPort)
        user.send(b"o" + (1 << 40).to_bytes(8, "big"))
        self.network.settle()
        self.assertTrue(user.closed)
        self.unharmed()

    def test_behindLogin(self) -> None:
        """Bytes behind Login, before it is answered, are refused."""
        talk = self.connect()
        talk.sayBytes(talk.opening.first(Login(privilege_key=privilegeKey(b"", 0))) + b"x")
        self.network.settle()
        self.assertNotEqual(talk.last(LoginResp).error, "")
        self.unharmed()

    def test_flood(self) -> None:
        """
        A client that asks for thousands of things without reading an answer is not heard any more; once it reads, it
        gets every answer.
        """
        talk = self.login()
        talk.transport.pauseProducing()
        name = "x" * 1000
        for _ in range(5000):
            talk.say(NewProxy(proxy_name=name, proxy_type="unknown"))
        self.network.settle()
        answered = self.logged("type [unknown] error")
        self.assertGreater(answered, 0)
        # What one connection has under way, and what may wait in front of it.
        self.assertLess(answered * len(encode(NewProxyResp(proxy_name=name))), 1024 * 1024)
        self.unharmed()
        talk.transport.resumeProducing()
        self.network.settle()
        self.assertEqual(len(talk.of(NewProxyResp)), 5000)


class GarbageV2Tests(GarbageTests):
    """The same where clients speak version 2."""

    dialect = V2


class CutTests(ServerTestCase):
    """Connections that end, or stall, anywhere."""

    @settings(max_examples=40)
    @given(st.integers(0, 3000), st.sampled_from(["cut", "silence", "close"]), st.booleans())
    def test_anywhere(self, at: int, fault: str, muxed: bool) -> None:
        """Whenever the carrier of a client fails, the client comes back and its users are served."""
        network = Network()
        network.server(transport={"tcpMux": muxed})
        echo = network.echo()
        proxy = {"name": "web", "type": "tcp", "localPort": echo.port, "remotePort": 6000}
        client = network.client(proxies=[proxy], transport={"tcpMux": muxed}, loginFailExit=False)
        users: list[User] = []
        for step in range(6):
            users.append(network.user(6000))
            if users[-1].refused is None:
                users[-1].send(b"x" * 700)
            network.settle()
            links = network.links(7000)
            if links and sum(link.server.received for link in links) >= at:
                link = links[at % len(links)]
                if fault == "cut":
                    link.cut()
                elif fault == "silence":
                    link.silence()
                else:
                    link.client.loseConnection()
            network.advance(0.05 * step)
        network.advance(130)
        assert client.session is not None
        self.assertIs(client.session.proxies["web"].phase, Phase.RUNNING)
        # A work connection that has gone silent alone is noticed by nobody before a user has it.
        served = [network.user(6000) for _ in range(3)]
        for user in served:
            user.send(b"hello")
        network.advance(0.1)
        self.assertEqual(served[-1].received, b"hello")
        self.assertEqual(network.stop(), [])

    @settings(max_examples=40)
    @given(st.binary(min_size=1, max_size=60), st.integers(0, 400))
    def test_garbled(self, junk: bytes, at: int) -> None:
        """Bytes that are garbled on the way end a session, and the next one works."""
        network = Network()
        network.server()
        echo = network.echo()
        proxy = {"name": "web", "type": "tcp", "localPort": echo.port, "remotePort": 6000}
        client = network.client(proxies=[proxy])
        link = network.carrier(client)
        (link.client if at % 2 else link.server).write(junk)
        network.settle()
        user = network.user(6000)
        if user.refused is None:
            user.send(b"y" * at)
        network.advance(130)
        assert client.session is not None
        user = network.user(6000)
        user.send(b"hello")
        network.advance(0.1)
        self.assertEqual(user.received, b"hello")
        self.assertEqual(network.stop(), [])
