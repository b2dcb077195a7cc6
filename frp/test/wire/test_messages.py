"""Messages as JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from subprocess import PIPE
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SkipTest, SynchronousTestCase

from frp.errors import LocalWireError, RemoteWireError
from frp.test.wire.recorded import recorded
from frp.test.wire.strategies import fields, messages
from frp.wire import messages as module
from frp.wire.messages import (
    MESSAGES,
    V1_TYPES,
    V2_NUMBERS,
    ClientSpec,
    DetectBehavior,
    Login,
    Message,
    NatHoleResp,
    NewProxy,
    Ping,
    PortsRange,
    StartWorkConn,
    UDPAddress,
    UDPPacket,
    fromJSON,
    toJSON,
)

_JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


class RecordedTests(SynchronousTestCase):
    """The same JSON as the reference's."""

    def test_writesWhatTheReferenceWrites(self) -> None:
        """Every kind of message, empty and full, becomes the bytes that Go makes of it."""
        for vector in recorded("messages", "messages"):
            cls = getattr(module, vector["message"])
            wanted = vector["json"].encode()
            self.assertEqual(toJSON(fromJSON(cls, wanted)), wanted, f"{vector['message']}, {vector['what']}")

    def test_emptyMessagesAreTheReferences(self) -> None:
        """A message made without arguments is Go's zero value, nested structures included."""
        empty = {v["message"]: v["json"] for v in recorded("messages", "messages") if v["what"] == "empty"}
        self.assertEqual({cls.__name__: toJSON(cls()).decode() for cls in MESSAGES}, empty)

    def test_coversEveryMessageAndField(self) -> None:
        """No message or field of ours is missing in what was recorded."""
        full = {v["message"]: v["json"].encode() for v in recorded("messages", "messages") if v["what"] == "full"}
        for cls in MESSAGES:
            message = fromJSON(cls, full[cls.__name__])
            # The reference never fills in "l", and does not know "half_close" and "public".
            known = (f.name for f in fields(cls) if f.name not in ("l", "half_close", "public"))
            unset = [name for name in known if not getattr(message, name)]
            self.assertEqual(unset, [], cls.__name__)

    def test_readsWhatTheReferenceReads(self) -> None:
        """Odd JSON is understood, or refused, as in Go: keys in any case, null, wrong types, wrong UTF-8."""
        for vector in recorded("messages", "reads"):
            frame = bytes.fromhex(vector["frame"])
            try:
                found = toJSON(fromJSON(V1_TYPES[frame[0]], frame[9:])).decode()
            except RemoteWireError:
                found = None
            self.assertEqual(found, vector.get("json"), vector["what"])

    def test_readsTheSameWithoutTheAccelerator(self) -> None:
        """Whether orjson is installed makes no difference."""
        if find_spec("orjson") is None:
            raise SkipTest("orjson is not installed")
        vectors = recorded("messages", "reads") + recorded("messages", "messages")
        bodies = [bytes.fromhex(vector["frame"]) for vector in vectors]
        fast = "".join(f"{_outcome(frame)}\n" for frame in bodies)
        program = (
            "import sys; sys.modules['orjson'] = None\n"
            f"from {__name__} import _outcome\n"
            "for line in sys.stdin: print(_outcome(bytes.fromhex(line)))"
        )
        asked = "".join(f"{frame.hex()}\n" for frame in bodies)
        slow = subprocess.run([sys.executable, "-c", program], input=asked, stdout=PIPE, text=True, check=True)
        self.assertIn("Login(", fast)
        self.assertEqual(slow.stdout, fast)


def _outcome(frame: bytes) -> Message | None:
    try:
        return fromJSON(V1_TYPES[frame[0]], frame[9:])
    except RemoteWireError:
        return None


class PropertyTests(SynchronousTestCase):
    """What holds for all messages."""

    @given(messages())
    def test_roundTrip(self, message: Message) -> None:
        """What is written is read back the same."""
        self.assertEqual(fromJSON(type(message), toJSON(message)), message)

    @given(st.sampled_from(MESSAGES), st.binary(max_size=100))
    def test_junk(self, cls: type[Message], data: bytes) -> None:
        """Any bytes give a message or the peer's error."""
        try:
            fromJSON(cls, data)
        except RemoteWireError as error:
            self.assertIn(cls.__name__, error.brief)

    @given(st.data())
    def test_wrongTypes(self, data: st.DataObject) -> None:
        """Any JSON values in known fields give a message or the peer's error; and what was read can be written."""
        cls = data.draw(st.sampled_from(MESSAGES))
        names = [field.name for field in fields(cls)] or ["x"]
        found = data.draw(st.dictionaries(st.sampled_from(names), _JUNK, max_size=3))
        try:
            message = fromJSON(cls, json.dumps(found).encode())
        except RemoteWireError:
            return
        self.assertEqual(fromJSON(cls, toJSON(message)), message)

    @given(st.data())
    def test_refusesToWriteWhatItWouldNotRead(self, data: st.DataObject) -> None:
        """A value of the wrong kind is our error before it is the peer's."""
        cls = data.draw(st.sampled_from([cls for cls in MESSAGES if fields(cls)]))
        field = data.draw(st.sampled_from(fields(cls)))
        value = data.draw(_JUNK | st.binary(max_size=3))
        message = cls(**{field.name: value})
        try:
            written = toJSON(message)
        except LocalWireError as error:
            self.assertIn(f"{cls.__name__}.{field.name}", error.brief)
            return
        fromJSON(cls, written)

    def test_integersHaveRanges(self) -> None:
        """The bounds themselves pass both ways; one more does neither."""
        nested: tuple[type[Any], ...] = (ClientSpec, DetectBehavior, PortsRange, UDPAddress)
        for cls in (*MESSAGES, *nested):
            for field in fields(cls):
                if "range" not in field.metadata:
                    continue
                low, high = field.metadata["range"]
                key = field.metadata["key"] or field.name
                for value in (low, high):
                    message = cls(**{field.name: value})
                    self.assertEqual(fromJSON(cls, toJSON(message)), message)
                for value in (low - 1, high + 1):
                    self.assertRaises(LocalWireError, toJSON, cls(**{field.name: value}))
                    self.assertRaises(RemoteWireError, fromJSON, cls, b'{"%s":%d}' % (key.encode(), value))


class ErrorTests(SynchronousTestCase):
    """Errors say where, what was wanted and what was found."""

    def test_negativePool(self) -> None:
        """A negative pool, which stops a whole Go frps, is refused by name and number."""
        error = self.assertRaises(RemoteWireError, fromJSON, Login, b'{"pool_count":-5}')
        self.assertEqual(error.brief, "Login.pool_count: expected an integer from 0 to 2147483647, found the number -5")

    def test_nestedPlace(self) -> None:
        """A fault deep inside is named with its whole path."""
        bad = b'{"detect_behavior":{"candidate_ports":[{"from":1},{"from":1,"to":70000}]}}'
        error = self.assertRaises(RemoteWireError, fromJSON, NatHoleResp, bad)
        self.assertEqual(
            error.brief,
            "NatHoleResp.detect_behavior.candidate_ports[1].to: expected an integer from 0 to 65535, "
            "found the number 70000",
        )

    def test_ourOwnFault(self) -> None:
        """A message of ours that nobody could read is not written, and says why."""
        message = NatHoleResp(detect_behavior=DetectBehavior(candidate_ports=[PortsRange(0, -1)]))
        error = self.assertRaises(LocalWireError, toJSON, message)
        self.assertIn("NatHoleResp.detect_behavior.candidate_ports[0].to", error.brief)

    def test_neverRepeatsTexts(self) -> None:
        """A text that was found may be a secret: no error shows it."""
        for body in (b'{"timestamp":"hunter2"}', b'{"client_spec":"hunter2"}', b'{"metas":["hunter2"]}'):
            error = self.assertRaises(RemoteWireError, fromJSON, Login, body)
            self.assertNotIn("hunter2", error.brief + error.detail)

    def test_nestedTooDeeply(self) -> None:
        """A tower of brackets is the peer's error, not a crash of ours."""
        self.assertRaises(RemoteWireError, fromJSON, Ping, b'{"x":' * 1700 + b"1" + b"}" * 1700)

    def test_hostNamesAreNotAddresses(self) -> None:
        """A peer cannot make us look up a name."""
        self.assertRaises(RemoteWireError, fromJSON, UDPPacket, b'{"r":{"IP":"example.com","Port":53,"Zone":""}}')
        self.assertRaises(LocalWireError, toJSON, UDPPacket(r=UDPAddress("example.com", 53)))


class DeclarationTests(SynchronousTestCase):
    """What the classes promise to their users."""

    def test_typesAndNumbersAreUnique(self) -> None:
        """18 messages, each with its own byte and the numbers 1 to 18."""
        self.assertEqual(len(V1_TYPES), 18)
        self.assertEqual(sorted(V2_NUMBERS), list(range(1, 19)))

    def test_secretsAreNotShown(self) -> None:
        """A message in a log shows no key and no password."""
        shown = repr([Login(privilege_key="hunter2"), NewProxy(sk="hunter2", http_pwd="hunter2", group_key="hunter2")])
        self.assertNotIn("hunter2", shown)

    def test_listsAreNotShared(self) -> None:
        """Two messages do not share what they hold."""
        one, other = NewProxy(), NewProxy()
        one.custom_domains.append("a.example")
        one.metas["a"] = "b"
        self.assertEqual((other.custom_domains, other.metas), ([], {}))

    def test_brokenNames(self) -> None:
        """A host name that is not UTF-8 on this machine is sent with replacement characters, as Go does."""
        self.assertEqual(toJSON(StartWorkConn(error="a\udcff")), b'{"error":"a\\ufffd"}')

    def test_remotePortsAreNotJudgedHere(self) -> None:
        """A mistyped remotePort has to cost one proxy, not the session: it is read as it stands."""
        self.assertEqual(fromJSON(NewProxy, b'{"remote_port":70000}').remote_port, 70000)
