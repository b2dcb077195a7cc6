"""Clients that speak version 2, and those that try to."""

from __future__ import annotations

import json

from frp.test.server.talking import ServerTestCase
from frp.test.wire.recorded import recorded
from frp.testing.network import User
from frp.testing.talk import Talk
from frp.wire.keys import privilegeKey
from frp.wire.messages import Login, LoginResp, NewWorkConn, Ping, Pong, StartWorkConn
from frp.wire.sniff import V2_MAGIC
from frp.wire.v1 import V1
from frp.wire.v2.aead import ALGORITHMS
from frp.wire.v2.dialect import V2
from frp.wire.v2.frames import CLIENT_HELLO, SERVER_HELLO, encode, frame


class V2TestCase(ServerTestCase):
    """A server with one good client of each version."""

    dialect = V2

    def setUp(self) -> None:
        super().setUp()
        self.server()
        self.good = self.login(run_id="good", pool_count=1)
        self.register(self.good)
        self.older = self.network.dial(self.network.bindPort, Talk(b"", V1))
        self.older.say(Login(run_id="older", privilege_key=privilegeKey(b"", 0)))
        self.network.settle()

    def unharmed(self) -> None:
        """Both are still served."""
        for talk, port in ((self.good, 6000), (self.older, 6001)):
            if talk is self.older:
                self.dialect = V1
                self.assertEqual(self.register(talk, f"web{port}", port).error, "")
            work = self.bring(talk)
            user = self.network.user(port)
            user.send(b"hello")
            self.network.settle()
            self.assertEqual(work.payload, b"hello")

    def stranger(self, data: bytes) -> User:
        """@return: somebody who has said this."""
        user = self.network.user(self.network.bindPort)
        user.send(data)
        self.network.settle()
        return user


class HelloTests(V2TestCase):
    """What comes before a login."""

    def test_both(self) -> None:
        """Clients of both versions are served by one server at one port."""
        self.assertEqual(self.older.last(LoginResp).error, "")
        self.unharmed()

    def test_refused(self) -> None:
        """A hello that offers nothing is answered in the reference's words, and the connection ends."""
        for vector in recorded("v2", "refusals"):
            user = self.stranger(V2_MAGIC + frame(CLIENT_HELLO, vector["hello"].encode()))
            self.assertEqual(user.received, frame(SERVER_HELLO, vector["answer"].encode()))
            self.assertTrue(user.closed)
        self.assertEqual(self.logged("no supported crypto algorithm"), 2)
        self.unharmed()

    def test_waits(self) -> None:
        """A client may wait for the answer to its hello, and log in then."""
        talk = self.connect()
        said = talk.opening.first(Login(privilege_key=privilegeKey(b"", 0)))
        size = 7 + 8 + int.from_bytes(said[11:15], "big")
        answers: list[bytes] = []
        self.patch(talk, "dataReceived", answers.append)
        talk.sayBytes(said[:size])
        self.network.settle()
        (answer,) = answers
        self.assertTrue(answer.startswith(b"\0\2\0\0"))
        del talk.dataReceived
        talk.dataReceived(answer)
        talk.sayBytes(said[size:])
        self.network.settle()
        self.assertEqual(talk.last(LoginResp).error, "")

    def test_without(self) -> None:
        """A login without a hello is refused by name."""
        user = self.stranger(V2_MAGIC + encode(Login(privilege_key=privilegeKey(b"", 0))))
        self.assertIn(b'"error":"missing v2 crypto negotiation"', user.received)
        self.assertTrue(user.closed)
        self.unharmed()

    def test_onWorkConnection(self) -> None:
        """A work connection that says hello is answered, and serves."""
        payload = recorded("v2", "sealed")[0]["clientHello"].encode()
        message = encode(NewWorkConn(run_id="good"))
        stream = self.stranger(V2_MAGIC + frame(CLIENT_HELLO, payload) + message)
        self.assertTrue(stream.received.startswith(b"\0\2\0\0"))
        user = self.network.user(6000)
        user.send(b"hello")
        self.network.settle()
        self.assertIn(b'\0\x08{"proxy_name":"web"', stream.received)
        self.assertTrue(stream.received.endswith(b"}hello"))

    def test_junk(self) -> None:
        """Hellos that are none, two of them, other frames, and frames that claim to be huge end their connection."""
        hello = json.dumps({"capabilities": {"message": {"codecs": ["json"]}}}).encode()
        for said in (
            frame(CLIENT_HELLO, b"{"),
            frame(CLIENT_HELLO, hello) * 2,
            frame(SERVER_HELLO, b"{}"),
            frame(99, b"{}"),
            b"\0\x10\0\0\xff\xff\xff\xff",
            b"\0\x10\0\0\0\0\0\1\0",
            encode(Ping()),
            bytes(100),
        ):
            self.assertTrue(self.stranger(V2_MAGIC + said).closed, said)
        self.unharmed()

    def test_slow(self) -> None:
        """Whoever stops within the magic, or a hello, is closed after ten seconds."""
        parts = [V2_MAGIC[:3], V2_MAGIC, V2_MAGIC + b"\0\1\0\0\0\0\1\0" + bytes(100)]
        users = [self.stranger(part) for part in parts]
        self.network.advance(9.9)
        self.assertFalse(any(user.closed for user in users))
        self.network.advance(0.2)
        self.assertTrue(all(user.closed for user in users))

    def test_almost(self) -> None:
        """What begins like the magic and is not is no client of any version."""
        user = self.stranger(b"FRP\0\3\r\n" + encode(Login()))
        self.assertTrue(user.closed)
        self.assertEqual(self.logged("message type error"), 1)


class SealedTests(V2TestCase):
    """What comes after a login."""

    def test_clear(self) -> None:
        """Messages in clear, or in version 1, end the session; no other notices."""
        for data in (encode(Ping()) * 10, V1.encode(Ping()) * 10, bytes(1000)):
            talk = self.login()
            talk.transport.write(data)
            self.network.settle()
            self.assertIsNotNone(talk.lost)
        self.unharmed()

    def test_replayed(self) -> None:
        """Bytes that were said before end the session, and are not handled again."""
        talk = self.login()
        sent: list[bytes] = []
        write = talk.transport.write

        def noted(data: bytes) -> None:
            sent.append(data)
            write(data)

        self.patch(talk.transport, "write", noted)
        talk.say(Ping())
        talk.say(Ping())
        self.network.settle()
        self.assertEqual(len(talk.of(Pong)), 2)
        write(sent[1])
        self.network.settle()
        self.assertIsNotNone(talk.lost)
        self.assertEqual(len(talk.of(Pong)), 2)
        self.assertEqual(self.logged("the control connection ends: message authentication failed"), 1)

    def test_otherSession(self) -> None:
        """So do those of another session with the same token."""
        one, other = self.login(), self.login()
        sent: list[bytes] = []
        self.patch(other.transport, "write", sent.append)
        other.say(Ping())
        one.transport.write(sent[0])
        self.network.settle()
        self.assertIsNotNone(one.lost)
        self.unharmed()

    def test_usedUp(self) -> None:
        """A session whose key was used as often as it may be ends, and the client comes back with another."""
        self.patch(ALGORITHMS["aes-256-gcm"], "frames", 5)
        echo = self.network.echo()
        proxy = {"name": "p", "type": "tcp", "localPort": echo.port, "remotePort": 6003}
        transport = {"tcpMux": False, "wireProtocol": "v2"}
        self.network.client(proxies=[proxy], transport=transport)
        users = []
        for _ in range(11):
            users.append(self.network.user(6003))
            users[-1].send(b"hello")
            self.network.advance(4)
        self.assertEqual([user.received for user in users], [b"hello"] * 11)
        self.assertGreater(self.logged("the control connection ends: no more can be said with this key"), 1)

    def test_pieces(self) -> None:
        """However a client's bytes are cut, they are understood."""
        talk = self.login()
        write = talk.transport.write

        def cut(data: bytes) -> None:
            for at in range(len(data)):
                write(data[at : at + 1])
                self.network.settle()

        self.patch(talk.transport, "write", cut)
        talk.say(Ping())
        self.assertEqual(len(talk.of(Pong)), 1)

    def test_large(self) -> None:
        """A message that version 1 could not carry."""
        talk = self.login(run_id="large", metas={"key": "x" * 50_000})
        self.assertEqual(talk.last(LoginResp).run_id, "large")
        self.assertEqual(self.register(talk, "b", 6002, headers={"x": "y" * 60_000}).error, "")
        work = self.bring(talk)
        self.network.user(6002)
        self.assertEqual(work.last(StartWorkConn).proxy_name, "b")
