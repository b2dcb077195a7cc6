"""The life of a visitor: before, between and after the sessions of its client."""

from __future__ import annotations

from typing import Any

from frp.client.service import FRPClient
from frp.client.sessions import MAX_WAITING
from frp.errors import Unavailable
from frp.test.client.talking import ClientTestCase
from frp.test.visitors.visiting import VisitingTestCase
from frp.testing.network import User
from frp.testing.talk import Talk
from frp.wire.frames import encode
from frp.wire.keys import privilegeKey
from frp.wire.messages import NewVisitorConn, NewVisitorConnResp


class OpeningTests(VisitingTestCase):
    """When a visitor takes users."""

    def test_login(self) -> None:
        """Its port is opened after the login, not before."""
        self.network.refuse(7000)
        client = self.network.client(visitors=[self.table()], loginFailExit=False)
        self.assertNotIn(6000, self.network.reactor.ports)
        self.network.allow(7000)
        self.network.server()
        self.publish()
        self.network.advance(5)
        self.assertIsNotNone(client.session)
        self.assertEqual(self.logged("[v] start visitor success"), 1)
        self.assertTrue(self.served())

    def test_taken(self) -> None:
        """Where another program has its port it says so, and tries again every ten seconds."""
        self.network.reactor.taken.add(6000)
        self.both()
        start = self.log.index(next(line for line in self.log if "start error" in line))
        self.assertIn("[v] start error: listen tcp 127.0.0.1:6000: bind: address already in use", self.log[start])
        self.network.advance(25)
        self.assertEqual(self.logged("try to start visitor [v]"), 2)
        self.network.reactor.taken.discard(6000)
        self.network.advance(10)
        self.assertTrue(self.served())
        self.network.advance(60)
        self.assertEqual(self.logged("try to start visitor [v]"), 3)

    def test_portBeyond(self) -> None:
        """A port that there is not is an error of this visitor alone."""
        self.network.server()
        self.publish()
        self.network.client(visitors=[self.table("far", 70000), self.table()])
        self.assertEqual(self.logged("[far] start error: listen tcp: address 70000: invalid port"), 1)
        self.assertTrue(self.served())

    def test_noPort(self) -> None:
        """With a negative port it listens nowhere, and is there all the same."""
        self.network.server()
        client = self.network.client(visitors=[self.table(port=-1)])
        self.assertTrue(client.visitors.running["v"].opened)
        self.assertEqual(set(self.network.reactor.ports), {7000})

    def test_noPortForDatagrams(self) -> None:
        """A sudp visitor has nothing but its port; without one it cannot start."""
        self.network.server()
        self.network.client(visitors=[{**self.table(port=-1), "type": "sudp"}])
        self.assertEqual(self.logged("[v] start error: listen udp: address -1: invalid port"), 1)

    def test_start(self) -> None:
        """Only the visitors of the start list run; one that is not enabled does not."""
        self.network.server()
        tables = [self.table("a", 6001), self.table("b", 6002), {**self.table("c", 6003), "enabled": False}]
        client = self.network.client(visitors=tables, start=["a", "c"])
        self.assertEqual(list(client.visitors.running), ["a"])
        self.assertNotIn(6002, self.network.reactor.ports)
        self.assertNotIn(6003, self.network.reactor.ports)


class SessionsTests(VisitingTestCase):
    """What users notice when the client loses its session."""

    def test_between(self) -> None:
        """Who comes between two sessions waits for the next one, and is served."""
        client = self.both()
        self.network.refuse(7000)
        self.network.carrier(client).cut()
        self.network.settle()
        self.assertIsNone(client.session)
        user = self.network.user(6000)
        user.send(b"early")
        self.network.advance(1)
        self.assertFalse(user.closed)
        self.network.allow(7000)
        self.network.advance(8)
        self.assertEqual(user.received, b"early")

    def test_patience(self) -> None:
        """Nobody waits for longer than ten seconds."""
        client = self.both()
        self.network.refuse(7000)
        self.network.carrier(client).cut()
        self.network.settle()
        user = self.network.user(6000)
        self.network.advance(9)
        self.assertFalse(user.closed)
        self.network.advance(2)
        self.assertTrue(user.closed)
        self.assertEqual(self.logged("no session with the server for 10 s"), 1)

    def test_bound(self) -> None:
        """Only so many wait."""
        client = self.both()
        self.network.refuse(7000)
        self.network.carrier(client).cut()
        self.network.settle()
        waiting = [client.sessions.next() for _ in range(MAX_WAITING)]
        self.failureResultOf(client.sessions.next(), Unavailable)
        self.network.advance(11)
        for one in waiting:
            self.failureResultOf(one, Unavailable)

    def test_stop(self) -> None:
        """Who waits when the client stops is sent away."""
        client = self.both()
        self.network.refuse(7000)
        self.network.carrier(client).cut()
        self.network.settle()
        user = self.network.user(6000)
        client.stopService()
        self.network.advance(0.1)
        self.assertTrue(user.closed)

    def test_grace(self) -> None:
        """A client that stops takes no more users, and lets those finish who are served."""
        self.network.server()
        self.publish()
        client = self.network.client(visitors=[self.table()], gracePeriod=10)
        user = self.network.user(6000)
        user.send(b"a")
        self.network.advance(0.1)
        stopped = client.stopService()
        self.network.advance(1)
        self.assertNotIn(6000, self.network.reactor.ports)
        user.send(b"b")
        self.network.advance(0.1)
        self.assertEqual(user.received, b"ab")
        self.assertFalse(stopped.called)
        user.close()
        self.network.advance(1)
        self.assertTrue(stopped.called)


class ReloadTests(VisitingTestCase):
    """A new configuration for a client that runs."""

    def connected(self) -> tuple[FRPClient, User]:
        """@return: the visitor's client, and somebody who is served."""
        client = self.both()
        user = self.network.user(6000)
        user.send(b"a")
        self.network.advance(0.1)
        self.assertEqual(user.received, b"a")
        return client, user

    def update(self, client: FRPClient, *tables: dict[str, Any]) -> None:
        """Reload."""
        client.update(client.config.proxies, self.network.visitors(*tables))
        self.network.advance(0.1)

    def test_same(self) -> None:
        """What did not change is not touched."""
        client, user = self.connected()
        before = self.network.reactor.ports[6000]
        self.update(client, self.table("w", 6001), self.table())
        self.assertIs(self.network.reactor.ports[6000], before)
        self.assertEqual(self.logged("visitor removed"), 0)
        self.assertEqual(self.logged("visitor added: [w]"), 1)
        self.assertTrue(self.served(6001))
        user.send(b"b")
        self.network.advance(0.1)
        self.assertEqual(user.received, b"ab")

    def test_removed(self) -> None:
        """What is gone takes nobody; who is served already stays so."""
        client, user = self.connected()
        self.update(client)
        self.assertNotIn(6000, self.network.reactor.ports)
        user.send(b"b")
        self.network.advance(0.1)
        self.assertEqual(user.received, b"ab")

    def test_changed(self) -> None:
        """What changed has its port again at once, and does what is written now."""
        client, user = self.connected()
        for transport in ({"useEncryption": True}, {"useCompression": True}, {}):
            self.update(client, {**self.table(), "transport": transport})
            self.assertTrue(self.served())
        user.send(b"b")
        self.network.advance(0.1)
        self.assertEqual(user.received, b"ab")

    def test_renamed(self) -> None:
        """Another visitor may have the port of one that goes."""
        client, _ = self.connected()
        self.update(client, self.table("other"))
        self.assertTrue(self.served())
        self.assertEqual(self.logged("start error"), 0)

    def test_away(self) -> None:
        """A reload between two sessions counts for the next one."""
        client, _ = self.connected()
        self.network.refuse(7000)
        self.network.carrier(client).cut()
        self.network.settle()
        self.update(client, self.table("w", 6001))
        self.assertNotIn(6000, self.network.reactor.ports)
        self.assertNotIn(6001, self.network.reactor.ports)
        self.network.allow(7000)
        self.network.advance(5)
        self.assertTrue(self.served(6001))


class AskingTests(ClientTestCase):
    """What a visitor says to frps, and what it makes of the answer."""

    def visitor(self, **keys: Any) -> Talk:
        """@return: the connection on which a user of a visitor is announced."""
        self.server = self.played()
        whom = {"name": "v", "type": "stcp", "serverName": "secret", "secretKey": "k", "bindPort": 6000}
        settings = {name: keys.pop(name) for name in ("user",) if name in keys}
        self.start(visitors=[{**whom, **keys}], **settings)
        self.accept(self.server)
        self.user = self.network.user(6000)
        self.user.send(b"hello")
        self.network.settle()
        return self.server.talks[-1]

    def test_message(self) -> None:
        """It says whom it visits, for which session, and proves that it knows the secret."""
        self.network.reactor.advance(1700000000)
        (asked,) = self.visitor(transport={"useCompression": True}).of(NewVisitorConn)
        self.assertEqual((asked.run_id, asked.proxy_name), ("r", "secret"))
        self.assertEqual(asked.sign_key, privilegeKey(b"k", asked.timestamp))
        self.assertGreaterEqual(asked.timestamp, 1700000000)
        self.assertEqual((asked.use_encryption, asked.use_compression), (False, True))

    def test_names(self) -> None:
        """The proxy is looked for with the own user, or with the one who publishes it."""
        self.assertEqual(self.visitor(user="ann").last(NewVisitorConn).proxy_name, "ann.secret")

    def test_otherName(self) -> None:
        """The one who publishes comes first."""
        self.assertEqual(self.visitor(user="ann", serverUser="bob").last(NewVisitorConn).proxy_name, "bob.secret")

    def test_sameWrite(self) -> None:
        """What comes in one piece with the answer is payload."""
        talk = self.visitor()
        talk.sayBytes(encode(NewVisitorConnResp(proxy_name="secret")) + b"welcome")
        self.network.settle()
        self.assertEqual(self.user.received, b"welcome")

    def test_nothingEarly(self) -> None:
        """Nothing of the user is sent before the server has answered."""
        talk = self.visitor()
        self.network.advance(5)
        self.assertEqual(len(talk.heard), 1)
        self.assertIsNone(talk.garbled)

    def test_refused(self) -> None:
        """A refusal closes the user, and is in the log."""
        talk = self.visitor()
        self.say(talk, NewVisitorConnResp(error="no"))
        self.assertTrue(self.user.closed)
        self.assertIsNotNone(talk.lost)
        self.assertEqual(self.logged("start new visitor connection error: no"), 1)

    def test_refusedKnown(self) -> None:
        """Where it is known what to do, that is there, too."""
        self.say(self.visitor(), NewVisitorConnResp(error="visitor connection of [s] auth failed"))
        said = "visitor connection of [s] auth failed; secretKey is another than that of the proxy"
        self.assertEqual(self.logged(f"start new visitor connection error: {said}"), 1)

    def test_silent(self) -> None:
        """A server that says nothing is waited for ten seconds."""
        talk = self.visitor()
        self.network.advance(9)
        self.assertFalse(self.user.closed)
        self.network.advance(2)
        self.assertTrue(self.user.closed)
        self.assertIsNotNone(talk.lost)

    def test_junk(self) -> None:
        """A server that answers with something else loses the user, and nothing more."""
        talk = self.visitor()
        talk.sayBytes(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        self.network.settle()
        self.assertTrue(self.user.closed)
        self.assertEqual(len(self.server.logins()), 1)

    def test_closed(self) -> None:
        """A server that closes without a word loses the user."""
        talk = self.visitor()
        talk.close()
        self.network.settle()
        self.assertTrue(self.user.closed)

    def test_garbage(self) -> None:
        """Bytes that cannot be decoded end the connection."""
        talk = self.visitor(transport={"useCompression": True})
        talk.sayBytes(encode(NewVisitorConnResp(proxy_name="secret")) + b"this is not snappy")
        self.network.settle()
        self.assertTrue(self.user.closed)
        self.assertIsNotNone(talk.lost)

    def test_goAway(self) -> None:
        """A user who goes while the server is asked takes the connection along."""
        talk = self.visitor()
        self.user.abort()
        self.network.settle()
        self.say(talk, NewVisitorConnResp(proxy_name="secret"))
        self.network.advance(1)
        self.assertIsNotNone(talk.lost)
