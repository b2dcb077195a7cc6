"""The beginning of a connection in version 2, and what the two ends agree on by it."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import Refused, RemoteWireError
from frp.test.wire.recorded import recorded
from frp.test.wire.strategies import cut, pieces
from frp.wire.dialect import Bootstrap, Seal
from frp.wire.messages import Login, LoginResp, Message, NewVisitorConn, NewWorkConn, Ping, StartWorkConn, fromJSON
from frp.wire.sniff import V2_MAGIC
from frp.wire.v2.frames import CLIENT_HELLO, SERVER_HELLO, encode, frame
from frp.wire.v2.hello import ClientHello, ServerHello, accepted
from frp.wire.v2.opening import Answering, Opening

BOTH = ("aes-256-gcm", "xchacha20-poly1305")


def client(*algorithms: str) -> Opening:
    """A client's end."""
    return Opening(Bootstrap("tcp", True, True), algorithms or BOTH)


def hellos(data: bytes, start: int = 0) -> tuple[dict[str, Any], bytes]:
    """@return: the hello that stands first, and what follows."""
    end = start + 8 + int.from_bytes(data[start + 4 : start + 8], "big")
    return json.loads(data[start + 8 : end]), data[end:]


def hello(**changed: object) -> bytes:
    """@return: the beginning of a client whose hello offers this."""
    message = changed.pop("message", {"codecs": ["json"]})
    crypto = {"algorithms": list(BOTH), "clientRandom": "B" * 43 + "=", **changed}
    payload = json.dumps({"bootstrap": {}, "capabilities": {"message": message, "crypto": crypto}}).encode()
    return V2_MAGIC + frame(CLIENT_HELLO, payload)


class Case(SynchronousTestCase):
    """What two ends do."""

    def logIn(self, near: Opening, far: Answering) -> None:
        """Both say what they have to."""
        far.receive(near.first(Login(user="ann")))
        self.assertEqual(far.nextMessage(), Login(user="ann"))
        near.receive(far.owed() + encode(LoginResp(run_id="r")))
        self.assertEqual(near.nextAs(LoginResp), LoginResp(run_id="r"))

    def both(self, near: Opening, far: Answering, secret: bytes = b"token") -> tuple[Seal, Seal]:
        """@return: what seals and opens on both ends."""
        ours, theirs = near.seal(secret), far.seal(secret)
        assert ours is not None
        assert theirs is not None
        return ours, theirs


class AgreeingTests(Case):
    """A login."""

    def test_said(self) -> None:
        """What the two hellos look like, and that they stand before the messages."""
        near, far = client(), Answering()
        said = near.first(Login())
        self.assertTrue(said.startswith(V2_MAGIC + b"\0\1\0\0"))
        offer, rest = hellos(said, 7)
        self.assertEqual(offer["bootstrap"], {"transport": "tcp", "tls": True, "tcpMux": True})
        self.assertEqual(offer["capabilities"]["message"], {"codecs": ["json"]})
        self.assertEqual(offer["capabilities"]["crypto"]["algorithms"], list(BOTH))
        self.assertEqual(len(offer["capabilities"]["crypto"]["clientRandom"]), 44)
        self.assertEqual(rest, encode(Login()))
        far.receive(said)
        far.nextMessage()
        owed = far.owed()
        self.assertTrue(owed.startswith(b"\0\2\0\0"))
        answer, rest = hellos(owed)
        self.assertEqual(answer["selected"]["message"], {"codec": "json"})
        self.assertEqual(answer["selected"]["crypto"]["algorithm"], "aes-256-gcm")
        self.assertNotIn("error", answer)
        self.assertEqual((rest, far.owed()), (b"", b""))

    @given(st.sampled_from([BOTH, BOTH[::-1], BOTH[:1], BOTH[1:], ("rot13", *BOTH)]), st.binary(max_size=9))
    def test_agreed(self, algorithms: tuple[str, ...], secret: bytes) -> None:
        """Both ends read each other, whatever was chosen."""
        near, far = client(*algorithms), Answering()
        self.logIn(near, far)
        ours, theirs = self.both(near, far, secret)
        self.assertEqual(theirs[1](ours[0](b"question")), b"question")
        self.assertEqual(ours[1](theirs[0](b"answer")), b"answer")

    @given(cut(), cut())
    def test_anyCut(self, marks: list[int], others: list[int]) -> None:
        """However the network cuts the bytes; and what follows the messages is left as it is."""
        near, far = client(), Answering()
        found: list[Message] = []
        for part in pieces(near.first(Login(user="ann")), marks):
            far.receive(part)
            if (message := far.nextMessage()) is not None:
                found.append(message)
        for part in pieces(far.owed() + encode(LoginResp(run_id="r")) + b"rest", others):
            near.receive(part)
            if len(found) < 2 and (answer := near.nextAs(LoginResp)) is not None:
                found.append(answer)
        self.assertEqual(found, [Login(user="ann"), LoginResp(run_id="r")])
        self.assertEqual((far.takeRest(), near.takeRest()), (b"", b"rest"))

    def test_owedEarly(self) -> None:
        """Who waits for the answer to its hello before it logs in gets it."""
        near, far = client(), Answering()
        said = near.first(Login())
        size = len(said) - len(encode(Login()))
        far.receive(said[:size])
        self.assertIsNone(far.nextMessage())
        self.assertTrue(far.owed())
        far.receive(said[size:])
        self.assertEqual(far.nextMessage(), Login())

    def test_fresh(self) -> None:
        """Two logins with one token share no key, so that what was overheard of one says nothing to the other."""
        sealed = []
        for _ in range(2):
            near, far = client(), Answering()
            self.logIn(near, far)
            sealed.append(self.both(near, far))
        self.assertRaises(RemoteWireError, sealed[1][1][1], sealed[0][0][0](b"replayed"))

    def test_directions(self) -> None:
        """What a side has said is not taken for what the other side says."""
        near, far = client(), Answering()
        self.logIn(near, far)
        ours, _ = self.both(near, far)
        self.assertRaises(RemoteWireError, ours[1], ours[0](b"reflected"))

    def test_otherToken(self) -> None:
        """Nothing opens with another token."""
        near, far = client(), Answering()
        self.logIn(near, far)
        theirs = far.seal(b"one")
        ours = near.seal(b"two")
        assert ours is not None
        assert theirs is not None
        self.assertRaises(RemoteWireError, theirs[1], ours[0](b"question"))


class DowngradeTests(Case):
    """Somebody in between changes what the two say to each other."""

    def test_offer(self) -> None:
        """An algorithm is taken out of the offer: the two ends disagree, and nothing opens."""
        near, far = client(), Answering()
        said = near.first(Login())
        offer, rest = hellos(said, 7)
        offer["capabilities"]["crypto"]["algorithms"] = ["xchacha20-poly1305"]
        far.receive(V2_MAGIC + frame(CLIENT_HELLO, json.dumps(offer).encode()) + rest)
        far.nextMessage()
        near.receive(far.owed() + encode(LoginResp(run_id="r")))
        near.nextAs(LoginResp)
        ours, theirs = self.both(near, far)
        self.assertRaises(RemoteWireError, theirs[1], ours[0](b"question"))
        self.assertRaises(RemoteWireError, ours[1], theirs[0](b"answer"))

    def test_spelling(self) -> None:
        """Even other white space in a hello is a change."""
        near, far = client(), Answering()
        offer, rest = hellos(near.first(Login()), 7)
        far.receive(V2_MAGIC + frame(CLIENT_HELLO, json.dumps(offer).encode()) + rest)
        far.nextMessage()
        near.receive(far.owed() + encode(LoginResp(run_id="r")))
        near.nextAs(LoginResp)
        ours, theirs = self.both(near, far)
        self.assertRaises(RemoteWireError, theirs[1], ours[0](b"question"))

    def test_version(self) -> None:
        """An answer in version 1, or without a hello, is none."""
        for answer, text in [
            (b"1" + (14).to_bytes(8, "big") + b'{"run_id":"r"}', "unexpected frame type 12544, want 2"),
            (encode(LoginResp(run_id="r")), "unexpected frame type 16, want 2"),
        ]:
            near = client()
            near.first(Login())
            near.receive(answer)
            error = self.assertRaises(RemoteWireError, near.nextAs, LoginResp)
            self.assertEqual(error.brief, text)


class RefusalTests(SynchronousTestCase):
    """Hellos with which nobody can begin anything."""

    def test_clients(self) -> None:
        """A server answers with the reference's words, and so does its error."""
        for vector in recorded("v2", "refusals"):
            far = Answering()
            far.receive(V2_MAGIC + frame(CLIENT_HELLO, vector["hello"].encode()) + encode(Login()))
            error = self.assertRaises(RemoteWireError, far.nextMessage)
            self.assertEqual(error.brief, vector["error"])
            self.assertEqual(far.owed(), frame(SERVER_HELLO, vector["answer"].encode()))
            self.assertEqual(far.owed(), b"")
            far.receive(encode(Login()))
            self.assertIs(self.assertRaises(RemoteWireError, far.nextMessage), error)

    def test_servers(self) -> None:
        """A client sees a choice that it did not offer, with the reference's words."""
        for vector in recorded("v2", "wrong"):
            offer = fromJSON(ClientHello, vector["hello"].encode())
            answer = fromJSON(ServerHello, vector["answer"].encode())
            error = self.assertRaises(RemoteWireError, accepted, offer, answer)
            self.assertEqual(error.brief, vector["error"])

    def test_refused(self) -> None:
        """A client that is refused hears why."""
        near = client()
        near.first(Login())
        near.receive(frame(SERVER_HELLO, b'{"selected":{"message":{"codec":"json"},"crypto":{}},"error":"not today"}'))
        self.assertEqual(self.assertRaises(Refused, near.nextAs, LoginResp).brief, "not today")

    def test_long(self) -> None:
        """What a server names is shown in part only."""
        near = client()
        near.first(Login())
        choice = {"selected": {"message": {"codec": "x" * 60000}, "crypto": {}}}
        near.receive(frame(SERVER_HELLO, json.dumps(choice).encode()))
        self.assertLess(len(self.assertRaises(RemoteWireError, near.nextAs, LoginResp).detail), 200)

    def test_nonsense(self) -> None:
        """A hello that is none is not answered."""
        for payload in (b"", b"{", b"[]", b'{"capabilities":{"crypto":{"clientRandom":"?"}}}', b'{"bootstrap":7}'):
            far = Answering()
            far.receive(V2_MAGIC + frame(CLIENT_HELLO, payload))
            self.assertRaises(RemoteWireError, far.nextMessage)
            self.assertEqual(far.owed(), b"")

    def test_two(self) -> None:
        """Whoever says hello twice is no client; the first was answered."""
        far = Answering()
        far.receive(hello() + hello()[7:])
        error = self.assertRaises(RemoteWireError, far.nextMessage)
        self.assertEqual(error.brief, "unexpected frame type 1, want 16")
        self.assertTrue(far.owed())

    def test_otherFrames(self) -> None:
        """Where a hello or a message is due, other frames are refused before they come; so is a hello of 4 GB."""
        for head, text in [
            (b"\0\2\0\0\0\0\0\2", "unexpected frame type 2, want 16"),
            (b"\0\1\0\0\xff\xff\xff\xff", "frame payload length 4294967295 exceeds limit 65536"),
            (b"\0\1\0\1\0\0\0\0", "unsupported frame flags: 1"),
        ]:
            far = Answering()
            far.receive(V2_MAGIC + head)
            self.assertEqual(self.assertRaises(RemoteWireError, far.nextMessage).brief, text)

    def test_truncated(self) -> None:
        """Half a hello is waited for, and nothing is owed for it."""
        said = hello()
        for size in range(len(said)):
            far = Answering()
            far.receive(said[:size])
            self.assertIsNone(far.nextMessage())
            self.assertEqual(far.owed(), b"")

    def test_strangeButGood(self) -> None:
        """Algorithms that nobody knows, and many of them, are passed over."""
        far = Answering()
        far.receive(hello(algorithms=["rot13"] * 5000 + ["xchacha20-poly1305", "aes-256-gcm"]) + encode(Login()))
        self.assertEqual(far.nextMessage(), Login())
        self.assertEqual(hellos(far.owed())[0]["selected"]["crypto"]["algorithm"], "xchacha20-poly1305")


class OtherConnectionTests(SynchronousTestCase):
    """Connections that are not for control."""

    def test_noHello(self) -> None:
        """They begin with the magic and their message; the server's first message has no magic."""
        for message in (NewWorkConn(run_id="r"), NewVisitorConn(run_id="r")):
            near, far = client(), Answering()
            self.assertEqual(near.first(message), V2_MAGIC + encode(message))
            far.receive(near.first(message) + b"rest")
            self.assertEqual(far.nextMessage(), message)
            self.assertEqual((far.owed(), far.takeRest()), (b"", b"rest"))
        near.receive(far.first(StartWorkConn(proxy_name="web")) + b"payload")
        self.assertEqual(near.nextAs(StartWorkConn), StartWorkConn(proxy_name="web"))
        self.assertEqual(near.takeRest(), b"payload")

    def test_helloAllTheSame(self) -> None:
        """One that says hello is answered, and goes on."""
        far = Answering()
        far.receive(hello() + encode(NewWorkConn(run_id="r")))
        self.assertEqual(far.nextMessage(), NewWorkConn(run_id="r"))
        self.assertTrue(far.owed().startswith(b"\0\2\0\0"))

    def test_loginWithout(self) -> None:
        """A login without a hello has nothing to make keys of, and is told so."""
        far = Answering()
        far.receive(V2_MAGIC + encode(Login()))
        self.assertEqual(far.nextMessage(), Login())
        self.assertEqual(self.assertRaises(Refused, far.seal, b"").brief, "missing v2 crypto negotiation")

    def test_others(self) -> None:
        """Any message may come first; what to do with it is for others to say."""
        far = Answering()
        far.receive(V2_MAGIC + encode(Ping()))
        self.assertEqual(far.nextMessage(), Ping())
