"""Visitors as frps sees them: good ones, and those that want too much."""

from __future__ import annotations

from typing import Any

from twisted.internet.protocol import Factory

from frp.logs import Log
from frp.server.arrivals import MAX_REFUSALS
from frp.server.visitors import MAX_WAITING
from frp.session.muxed import MuxedSession
from frp.test.server.talking import ServerTestCase
from frp.testing.cases import NetworkTestCase
from frp.testing.talk import Talk
from frp.wire.cfb import Decryptor, Encryptor
from frp.wire.frames import encode
from frp.wire.keys import privilegeKey, tokenKey
from frp.wire.messages import LoginResp, NewVisitorConn, NewVisitorConnResp, StartWorkConn
from frp.wire.snappy import Compressor, Decompressor
from frp.wire.v2.dialect import V2

KEY = b"a secret"


def asking(key: bytes = KEY, **fields: Any) -> NewVisitorConn:
    """What a visitor says first."""
    known: dict[str, Any] = {"proxy_name": "secret", "sign_key": privilegeKey(key, 7), "timestamp": 7}
    return NewVisitorConn(**{**known, **fields})


class VisitorTestCase(ServerTestCase):
    """Has a client with a proxy."""

    def publish(self, *, user: str = "", allow: tuple[str, ...] = (), **settings: Any) -> Talk:
        """Start a server and the client, which has one spare work connection."""
        self.frps = self.server(**settings)
        self.publisher = self.login(user=user, pool_count=1, half_close=True)
        answer = self.register(self.publisher, "secret", 0, type="stcp", sk=KEY.decode(), allow_users=list(allow))
        self.assertEqual((answer.error, answer.remote_addr), ("", ""))
        return self.bring(self.publisher)

    def visit(self, message: NewVisitorConn | None = None, more: bytes = b"") -> Talk:
        """Come."""
        talk = self.connect()
        talk.sayBytes(talk.opening.first(message or asking()) + more)
        self.network.settle()
        return talk

    def sentAway(self, message: NewVisitorConn) -> str:
        """@return: why this one may not come; its connection must be closed."""
        talk = self.visit(message)
        self.assertIsNotNone(talk.lost)
        (answer,) = talk.of(NewVisitorConnResp)
        self.assertNotEqual(answer.error, "")
        return answer.error


class AnswerTests(VisitorTestCase):
    """Who may come, in the reference's words and order."""

    def test_welcome(self) -> None:
        """Who knows the secret is answered before anything of the service comes, and is joined."""
        work = self.publish()
        talk = self.visit()
        self.assertEqual(talk.last(NewVisitorConnResp), NewVisitorConnResp(proxy_name="secret"))
        self.assertEqual(work.last(StartWorkConn).proxy_name, "secret")
        self.assertEqual(work.last(StartWorkConn).src_addr, "127.0.0.1")
        talk.sayBytes(b"question")
        work.sayBytes(b"answer")
        self.network.settle()
        self.assertEqual((work.payload, talk.payload), (b"question", b"answer"))

    def test_talkative(self) -> None:
        """A service that speaks first is heard behind the answer, in whatever pieces."""
        work = self.publish()
        talk = self.visit()
        work.sayBytes(b"welcome")
        self.network.settle()
        self.assertEqual(talk.payload, b"welcome")
        self.assertIsNone(talk.garbled)

    def test_late(self) -> None:
        """The answer does not wait for a work connection; what the visitor says meanwhile is kept."""
        self.publish().close()
        self.network.settle()
        talk = self.visit()
        self.assertEqual(talk.last(NewVisitorConnResp).error, "")
        talk.sayBytes(b"question")
        self.network.settle()
        work = self.bring(self.publisher)
        self.assertEqual(work.payload, b"question")

    def test_unknownSession(self) -> None:
        """A run id that nobody has."""
        self.publish()
        self.assertEqual(self.sentAway(asking(run_id="r")), "no client control found for run id [r]")

    def test_unknownProxy(self) -> None:
        """A proxy that nobody publishes; whether the secret is right is not looked at."""
        self.publish()
        self.assertEqual(self.sentAway(asking(b"x", proxy_name="other")), "custom listener for [other] doesn't exist")

    def test_openProxy(self) -> None:
        """A proxy with a port of its own takes no visitors."""
        self.publish()
        self.register(self.publisher, "open", 6000)
        self.assertEqual(self.sentAway(asking(b"", proxy_name="open")), "custom listener for [open] doesn't exist")

    def test_wrongKey(self) -> None:
        """A wrong secret is refused before the user is looked at."""
        self.publish(user="ann")
        self.assertEqual(self.sentAway(asking(b"x")), "visitor connection of [secret] auth failed")
        self.assertEqual(self.sentAway(asking(sign_key="")), "visitor connection of [secret] auth failed")
        self.assertEqual(self.sentAway(asking(timestamp=8)), "visitor connection of [secret] auth failed")

    def test_wrongUser(self) -> None:
        """Without a session the user is the empty one."""
        self.publish(user="ann")
        self.assertEqual(self.sentAway(asking()), "visitor connection of [secret] user [] not allowed")

    def test_userOfSession(self) -> None:
        """The user is the one who logged in."""
        self.publish(user="ann", allow=("bob",))
        bob = self.login(user="bob").last(LoginResp).run_id
        carol = self.login(user="carol").last(LoginResp).run_id
        self.assertEqual(self.sentAway(asking(run_id=carol)), "visitor connection of [secret] user [carol] not allowed")
        self.assertEqual(self.visit(asking(run_id=bob)).last(NewVisitorConnResp).error, "")

    def test_summary(self) -> None:
        """With detailedErrorsToClient = false nobody learns why."""
        self.publish(detailedErrorsToClient=False)
        self.assertEqual(self.sentAway(asking(b"x")), "register visitor conn error")
        self.assertEqual(self.sentAway(asking(proxy_name="x")), "register visitor conn error")

    def test_early(self) -> None:
        """Who speaks before the answer is refused: nobody can know yet that there will be a connection."""
        work = self.publish()
        talk = self.visit(more=b"early")
        self.assertEqual(talk.last(NewVisitorConnResp).error, "unexpected data after NewVisitorConn")
        self.assertIsNotNone(talk.lost)
        self.assertEqual(work.payload, b"")

    def test_gone(self) -> None:
        """A proxy that was closed takes nobody, and its name is free."""
        self.publish()
        self.assertEqual(self.frps.shared.visited.held(), 1)
        self.publisher.close()
        self.network.settle()
        self.assertEqual(self.sentAway(asking()), "custom listener for [secret] doesn't exist")
        self.assertEqual(self.frps.shared.visited.held(), 0)
        self.register(self.login(), "secret", 0, type="stcp", sk=KEY.decode())
        self.assertEqual(self.visit().last(NewVisitorConnResp).error, "")

    def test_noWorkConnection(self) -> None:
        """Where the client brings nothing, the visitor is dropped in the end."""
        self.publish().close()
        self.network.settle()
        talk = self.visit()
        self.network.advance(9)
        self.assertIsNone(talk.lost)
        self.network.advance(2)
        self.assertIsNotNone(talk.lost)


class AnswerV2Tests(AnswerTests):
    """The same in version 2."""

    dialect = V2


class LegTests(VisitorTestCase):
    """The visitor's way is its own: its key, its compression, its ends."""

    def test_encrypted(self) -> None:
        """What the visitor encrypts with the secret reaches the client as its proxy wants it: here, in clear."""
        work = self.publish()
        talk = self.visit(asking(use_encryption=True))
        key = tokenKey(KEY)
        talk.sayBytes(Encryptor(key).encrypt(b"question"))
        work.sayBytes(b"answer")
        self.network.settle()
        self.assertEqual(work.payload, b"question")
        self.assertEqual(Decryptor(key).decrypt(talk.payload), b"answer")

    def test_both(self) -> None:
        """Compression is inside encryption."""
        work = self.publish()
        talk = self.visit(asking(use_encryption=True, use_compression=True))
        key = tokenKey(KEY)
        talk.sayBytes(Encryptor(key).encrypt(Compressor().compress(b"question" * 99)))
        work.sayBytes(b"answer" * 99)
        self.network.settle()
        self.assertEqual(work.payload, b"question" * 99)
        self.assertEqual(Decompressor().decompress(Decryptor(key).decrypt(talk.payload)), b"answer" * 99)

    def test_garbage(self) -> None:
        """A visitor whose bytes cannot be decoded is dropped, and takes its work connection along."""
        work = self.publish()
        talk = self.visit(asking(use_compression=True))
        talk.sayBytes(b"this is not snappy")
        self.network.settle()
        self.assertIsNotNone(talk.lost)
        self.assertIsNotNone(work.lost)

    def test_wholeClose(self) -> None:
        """The end of a visitor of the reference is the end of both directions."""
        work = self.publish()
        talk = self.visit()
        talk.sayBytes(b"question")
        talk.transport.loseWriteConnection()
        self.network.settle()
        self.assertEqual(work.payload, b"question")
        self.assertIsNotNone(work.lost)


class FloodTests(VisitorTestCase):
    """More than anybody needs."""

    def test_waiting(self) -> None:
        """So many may wait for the client to bring connections; others are sent away, and other users are not."""
        self.publish().close()
        self.network.settle()
        talks = [self.visit() for _ in range(MAX_WAITING + 5)]
        refused = [talk for talk in talks if talk.last(NewVisitorConnResp).error]
        self.assertEqual(len(refused), 5)
        self.assertEqual(
            refused[0].last(NewVisitorConnResp).error, "visitor connection of [secret]: too many are waiting"
        )
        self.register(self.publisher, "open", 6000)
        user = self.network.user(6000)
        self.network.advance(5)
        self.assertFalse(user.closed)
        self.network.advance(6)
        self.assertTrue(all(talk.lost for talk in talks))

    def test_halfOpen(self) -> None:
        """Who says half of its first message has ten seconds."""
        self.publish()
        talk = self.network.dial(self.network.bindPort, Talk())
        talk.sayBytes(encode(asking())[:-1])
        self.network.advance(9)
        self.assertIsNone(talk.lost)
        self.network.advance(2)
        self.assertIsNotNone(talk.lost)

    def test_longNames(self) -> None:
        """A name that fills the message is answered within one."""
        self.publish()
        for name in ("x" * 9000, "\x01" * 1500, "\u20ac" * 3000):
            self.assertIn("custom listener for [", self.sentAway(asking(proxy_name=name)))


class GuessingTests(NetworkTestCase):
    """Visitors in a multiplexed session that nobody has logged in on."""

    def setUp(self) -> None:
        super().setUp()
        self.network.server()
        echo = self.network.echo()
        table = {"name": "secret", "type": "stcp", "secretKey": KEY.decode(), "localPort": echo.port}
        self.network.client(proxies=[table])
        nobody = Factory.forProtocol(Talk)
        self.session = MuxedSession(self.network.reactor, Log("test"), client=True, accept=nobody, keepalive=30)
        self.network.dial(7000, self.session)

    def guess(self, key: bytes) -> Talk:
        """Come with a key."""
        talk: Talk = self.successResultOf(self.session.connect(Factory.forProtocol(Talk)))
        talk.say(asking(key))
        self.network.settle()
        return talk

    def test_guesses(self) -> None:
        """Who only guesses has twenty guesses, and then has to connect again."""
        for _ in range(MAX_REFUSALS):
            self.assertNoResult(self.session.lost)
            self.guess(b"a guess")
        self.successResultOf(self.session.lost)
        self.assertEqual(self.logged("register visitor conn error"), MAX_REFUSALS)

    def test_proven(self) -> None:
        """A visitor needs no login; once one was let in, nothing is held against the others."""
        talk = self.guess(KEY)
        talk.sayBytes(b"hello")
        self.network.advance(60)
        self.assertEqual(talk.payload, b"hello")
        for _ in range(3 * MAX_REFUSALS):
            self.assertNotEqual(self.guess(b"a guess").last(NewVisitorConnResp).error, "")
        self.assertNoResult(self.session.lost)
        self.session.abort()

    def test_nothing(self) -> None:
        """Who was never let in has thirty seconds."""
        self.guess(b"a guess")
        self.network.advance(29)
        self.assertNoResult(self.session.lost)
        self.network.advance(2)
        self.successResultOf(self.session.lost)
