"""What servers must not say, in both versions of the wire."""

from __future__ import annotations

import json

from frp.errors import FRPError
from frp.test.client.talking import TCP, ClientTestCase, Played
from frp.wire.messages import LoginResp, ReqWorkConn
from frp.wire.v1 import V1
from frp.wire.v2.dialect import V2
from frp.wire.v2.frames import SERVER_HELLO, frame


class HostileTests(ClientTestCase):
    """A server that does not keep to the protocol."""

    def waited(self, server: Played) -> Played:
        """Wait until the client asks to be let in."""
        while server.logins()[-1].lost is not None:
            self.network.advance(0.1)
        return server

    def test_junk(self) -> None:
        """Junk in any place ends a session, never the client."""
        server = self.played()
        client = self.start(TCP, loginFailExit=False)
        for junk in (
            b"\0" * 100,
            b"HTTP/1.1 400 Bad Request\r\n\r\n",
            b"1" + b"\xff" * 30,
            b"1" + bytes(7) + b"\x02{}",
        ):
            server.logins()[-1].sayBytes(junk)
            self.network.advance(12)
            self.assertTrue(client.running)
            self.accept(self.waited(server))
            self.say(server.logins()[-1], ReqWorkConn())
            server.works()[-1].sayBytes(junk)
            self.network.settle()
            server.logins()[-1].transport.write(junk)
            self.network.advance(12)
        self.accept(self.waited(server))
        self.assertIsNotNone(client.session)

    def test_junkBehindTheAnswer(self) -> None:
        """So does junk that comes in one piece with the answer to the login."""
        server = self.played()
        client = self.start()
        talk = server.logins()[0]
        talk.sayBytes(self.dialect.encode(LoginResp(run_id="r")) + b"\xff" * 100)
        self.network.advance(3)
        self.assertEqual(len(server.logins()), 2)
        self.accept(server)
        self.assertIsNotNone(client.session)

    def test_wrongProtocol(self) -> None:
        """Where something else than frps answers, the log says what it looks like."""
        server = self.played()
        self.start(loginFailExit=False)
        server.logins()[-1].sayBytes(b"SSH-2.0-OpenSSH_9.6\r\n")
        self.network.settle()
        self.assertEqual(self.logged("SSH"), 1)


class JunkV2Tests(HostileTests):
    """The same, but for what comes in place of the hello."""

    dialect = V2

    test_wrongProtocol = None  # type: ignore[assignment] # see HostileV2Tests

    def test_forged(self) -> None:
        """What was not sealed ends the session, and the next one is another."""
        server = self.played()
        client = self.start()
        talk = self.accept(server)
        talk.transport.write(bytes(12) + (32).to_bytes(4, "big") + bytes(32))
        self.network.advance(3)
        self.assertIsNotNone(talk.lost)
        self.assertEqual(self.logged("the control connection ends: message authentication failed"), 1)
        self.accept(server)
        self.assertIsNotNone(client.session)


class HostileV2Tests(ClientTestCase):
    """What comes in place of the hello."""

    dialect = V2

    def hello(self, **selected: object) -> bytes:
        """@return: a server's hello that chooses this."""
        crypto = {"algorithm": "aes-256-gcm", "serverRandom": "B" * 43 + "=", **selected}
        answer = {"selected": {"message": {"codec": "json"}, "crypto": crypto}}
        return frame(SERVER_HELLO, json.dumps(answer).encode())

    def played(self) -> Played:
        """One that does not say hello by itself."""
        server = super().played()
        server.dialect = V1
        return server

    def test_otherChoice(self) -> None:
        """A server that chooses what was not offered is left, and the log says what it chose."""
        server = self.played()
        for selected, words in [
            ({"algorithm": "rot13"}, "unknown selected crypto algorithm: rot13"),
            ({"serverRandom": "QUJD"}, "invalid crypto server random length 3, want 32"),
        ]:
            self.start(loginFailExit=False)
            server.talks[-1].sayBytes(self.hello(**selected))
            self.network.settle()
            self.assertEqual(self.logged(words), 1)
            self.assertIsNotNone(server.talks[-1].lost)
            self.network.clients[-1].stopService()

    def test_refusedHello(self) -> None:
        """A server that wants nothing of it has refused the login: the client gives up, in the server's words."""
        server = self.played()
        client = self.start()
        refusal = {"selected": {"message": {"codec": "json"}, "crypto": {}}, "error": "no supported crypto algorithm"}
        server.talks[-1].sayBytes(frame(SERVER_HELLO, json.dumps(refusal).encode()))
        self.network.settle()
        error = self.network.failures[client].value
        assert isinstance(error, FRPError)
        self.assertIn("no supported crypto algorithm", error.brief)

    def test_answersInVersion1(self) -> None:
        """An answer in version 1 is no answer: there is no way down."""
        server = self.played()
        client = self.start(loginFailExit=False)
        server.talks[-1].say(LoginResp(run_id="r"))
        self.network.settle()
        self.assertIsNone(client.session)
        self.assertEqual(self.logged("unexpected frame type 12544, want 2"), 1)

    def test_oldServer(self) -> None:
        """A server that hangs up without a word may be too old for it."""
        server = self.played()
        self.start(loginFailExit=False)
        server.talks[-1].close()
        self.network.settle()
        self.assertEqual(self.logged("or it is older than v0.69.0, and does not speak v2"), 1)

    def test_wrongProtocol(self) -> None:
        """Where something else than frps answers, the log says what it looks like."""
        server = self.played()
        self.start(loginFailExit=False)
        server.talks[-1].sayBytes(b"SSH-2.0-OpenSSH_9.6\r\n")
        self.network.settle()
        self.assertEqual(self.logged("this looks like SSH"), 1)
