"""STUN."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import RemoteWireError
from frp.wire.stun import (
    CHANGE_ADDRESS,
    CHANGE_PORT,
    Binding,
    Question,
    Refusal,
    answers,
    decodeAnswer,
    decodeQuestion,
    encodeAnswer,
    encodeQuestion,
)

_NUMBER = bytes(range(12))
_HEAD = "2112a442000102030405060708090a0b"

_addresses = st.tuples(st.ip_addresses().map(str), st.integers(0, 65535))
_bindings = st.builds(Binding, st.none() | _addresses, st.none() | _addresses)
_reasons = st.text(st.characters(codec="utf-8"), max_size=127)
_refusals = st.builds(Refusal, st.integers(300, 699), _reasons)


def _success(attributes: str) -> bytes:
    said = bytes.fromhex(attributes)
    return bytes.fromhex("0101") + len(said).to_bytes(2, "big") + bytes.fromhex(_HEAD) + said


class QuestionTests(SynchronousTestCase):
    """What is asked."""

    def test_bytes(self) -> None:
        """The reference's question, bit by bit, and one with a wish."""
        self.assertEqual(encodeQuestion(Question(_NUMBER)).hex(), "00010000" + _HEAD)
        wish = Question(_NUMBER, CHANGE_ADDRESS + CHANGE_PORT)
        self.assertEqual(encodeQuestion(wish).hex(), "00010008" + _HEAD + "0003000400000006")
        self.assertEqual(decodeQuestion(encodeQuestion(wish)), wish)

    def test_none(self) -> None:
        """What is no question is refused."""
        whole = encodeQuestion(Question(_NUMBER, CHANGE_PORT))
        for bad in (b"", whole[:19], whole[:-1], b"\1" + whole[1:], whole[:4] + b"\0" + whole[5:], _success("")):
            self.assertRaises(RemoteWireError, decodeQuestion, bad)


class AnswerTests(SynchronousTestCase):
    """What is answered."""

    def test_standard(self) -> None:
        """The sample of RFC 5769, 2.2, without what authenticates it: the address is masked."""
        number = "b7e7a701bc34d686fa87dfae"
        datagram = bytes.fromhex(f"0101000c2112a442{number}002000080001a147e112a643")
        self.assertTrue(answers(datagram, bytes.fromhex(number)))
        self.assertEqual(decodeAnswer(datagram), Binding(("192.0.2.1", 32853)))

    def test_bytes(self) -> None:
        """Both addresses, in the newer form and in the older."""
        answer = encodeAnswer(_NUMBER, Binding(("192.0.2.1", 4660), ("192.0.2.2", 3479)))
        xored, plain, other = "00013326e112a643", "00011234c0000201", "00010d97c0000202"
        body = f"00200008{xored}00010008{plain}802c0008{other}00050008{other}"
        self.assertEqual(answer, _success(body))

    def test_newer(self) -> None:
        """The first attribute of a kind counts, and the newer of two kinds, even if it is last."""
        body = "00010008000100010a00000100010008000100020a00000200050008000100030a000003"
        self.assertEqual(decodeAnswer(_success(body)), Binding(("10.0.0.1", 1), ("10.0.0.3", 3)))
        body += "002000080001211a2b12a446802c0008000100040a000004"
        self.assertEqual(decodeAnswer(_success(body)), Binding(("10.0.0.4", 8), ("10.0.0.4", 4)))

    def test_malformed(self) -> None:
        """A newer attribute that makes no sense is not made up for by the older one."""
        for body, what in (
            ("00010008000100010a00000100200004000100ff", "an address of 4 bytes"),
            ("00200008000900010a000001", "address family 0x09"),
            ("002000080002000100000001", "an address of 8 bytes"),
            ("00200002000100000000", "30 bytes, where the header says"),
            ("00200009000100010a000001", "attribute 0x0020 is cut off"),
        ):
            error = self.assertRaises(RemoteWireError, decodeAnswer, _success(body))
            self.assertEqual(error.brief, "malformed STUN message")
            self.assertIn(what, error.detail)

    def test_unrelated(self) -> None:
        """Another number, another cookie, or a question is no answer."""
        good = encodeAnswer(_NUMBER, Binding(("192.0.2.1", 1)))
        self.assertTrue(answers(good, _NUMBER))
        for bad in (good[:8] + b"x" + good[9:], good[:4] + b"x" + good[5:], b"\0\1" + good[2:], good[:19], b""):
            self.assertFalse(answers(bad, _NUMBER))

    def test_refusal(self) -> None:
        """An error response says its code and why; one that does not is malformed."""
        datagram = encodeAnswer(_NUMBER, Refusal(420, "Unknown"))
        self.assertEqual(datagram.hex(), f"01110010{_HEAD}0009000b00000414556e6b6e6f776e00")
        self.assertEqual(decodeAnswer(datagram), Refusal(420, "Unknown"))
        for code, reason in ((200, ""), (700, ""), (420, "x" * 128), (420, "x" * 764)):
            bad = encodeAnswer(_NUMBER, Refusal(code, reason))
            self.assertRaises(RemoteWireError, decodeAnswer, bad)
        self.assertRaises(RemoteWireError, decodeAnswer, bytes.fromhex("01110000" + _HEAD))

    @given(_bindings | _refusals, st.binary(min_size=12, max_size=12))
    def test_roundTrip(self, answer: Binding | Refusal, number: bytes) -> None:
        """What is written is read, with any number and of either family."""
        datagram = encodeAnswer(number, answer)
        self.assertTrue(answers(datagram, number))
        self.assertEqual(decodeAnswer(datagram), answer)

    @given(st.sampled_from([b"\1\1", b"\1\x11"]), st.binary(max_size=300))
    def test_junk(self, kind: bytes, junk: bytes) -> None:
        """Whatever stands behind a header that fits is read, or refused as malformed."""
        body = junk[: len(junk) & ~3]
        datagram = kind + len(body).to_bytes(2, "big") + b"\x21\x12\xa4\x42" + _NUMBER + body
        try:
            self.assertIsInstance(decodeAnswer(datagram), Binding | Refusal)
        except RemoteWireError as error:
            self.assertEqual(error.brief, "malformed STUN message")
