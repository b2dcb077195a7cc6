"""Sealed streams."""

from __future__ import annotations

from typing import Any

from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import RemoteWireError, TunnelLost
from frp.test.wire.recorded import recorded
from frp.test.wire.strategies import cut, pieces
from frp.wire.messages import NewProxyResp, Ping
from frp.wire.v2.aead import ALGORITHMS, Opener, Sealer
from frp.wire.v2.agreement import derived, transcript
from frp.wire.v2.frames import encode
from frp.wire.v2.xchacha import XChaCha20Poly1305, hchacha20

KEY = bytes(range(32))
DIRECTIONS = {"client": "client-to-server", "server": "server-to-client"}


def keyOf(vector: dict[str, Any]) -> bytes:
    """The key of a recorded stream."""
    salt = transcript(vector["clientHello"].encode(), vector["serverHello"].encode())
    return derived(vector["token"].encode(), salt, vector["algorithm"], DIRECTIONS[vector["from"]])


class KeyTests(SynchronousTestCase):
    """What both ends derive."""

    def test_transcript(self) -> None:
        """The hash of two hellos, and of those that were recorded."""
        found = transcript(b'{"a":1}', b'{"b":2}')
        self.assertEqual(found.hex(), "78370d88a15058b8c472aaa4a622bdcfb6a007f31cda8bea050ddc9b914c4349")
        for vector in recorded("v2", "sealed"):
            found = transcript(vector["clientHello"].encode(), vector["serverHello"].encode())
            self.assertEqual(found.hex(), vector["transcript"])

    def test_keys(self) -> None:
        """Each algorithm and each direction has its own."""
        for algorithm, direction, key in [
            ("xchacha20-poly1305", "client", "a058cd025d96985febebff79a19f62b715e053913dfc747705914c624bf3d495"),
            ("xchacha20-poly1305", "server", "2b09f9e07815a595bf458cf17c1d9a70eb325c2416d65dc94b9930197971e0ef"),
            ("aes-256-gcm", "client", "784aa4cb8720ca566d0d8dee150705fdecb1efab39cc5db0fc8a2b6abcc0fa55"),
            ("aes-256-gcm", "server", "56c2b32a665d1d104ea03942a38d46e0498df78ac15f2e7c04740e41f584ce03"),
        ]:
            self.assertEqual(derived(b"token", b"\x44" * 32, algorithm, DIRECTIONS[direction]).hex(), key)


class RecordedTests(SynchronousTestCase):
    """Streams that the reference has sealed."""

    def test_opens(self) -> None:
        """They are read, write by write or all at once, with both algorithms and an empty token."""
        wanted = encode(Ping()) + encode(NewProxyResp(proxy_name="web", remote_addr=":6000"))
        for vector in recorded("v2", "sealed"):
            writes = [bytes.fromhex(write) for write in vector["writes"]]
            opener = Opener(vector["algorithm"], keyOf(vector))
            self.assertEqual(b"".join(map(opener.open, writes)), wanted)
            self.assertEqual(Opener(vector["algorithm"], keyOf(vector)).open(b"".join(writes)), wanted)

    def test_seals(self) -> None:
        """The same writes with the same nonce give the same bytes."""
        for vector in recorded("v2", "sealed"):
            nonce, *wanted = [bytes.fromhex(write) for write in vector["writes"]]
            sealer = Sealer(vector["algorithm"], keyOf(vector), nonce)
            data = encode(Ping()), encode(NewProxyResp(proxy_name="web", remote_addr=":6000"))
            found = [sealer.seal(part) for one in data for part in (one[:8], one[8:])]
            self.assertEqual(found, [nonce + wanted[0], *wanted[1:]])

    def test_known(self) -> None:
        """Two writes, byte by byte."""
        key = derived(b"token", b"\x44" * 32, "aes-256-gcm", DIRECTIONS["client"])
        sealer = Sealer("aes-256-gcm", key, bytes(range(12)))
        found = sealer.seal(bytes.fromhex("0010000000000004")) + sealer.seal(bytes.fromhex("000b7b7d"))
        wanted = (
            "000102030405060708090a0b"
            "00000018445a54fb3d5b313c2a91b8def98e60f56fe03950c996f541"
            "0000001425b86ccf1bc64ac781a4dc025333ceddfb1cffa9"
        )
        self.assertEqual(found.hex(), wanted)


class StreamTests(SynchronousTestCase):
    """What holds for both algorithms."""

    @given(st.sampled_from(sorted(ALGORITHMS)), st.lists(st.binary(max_size=50), max_size=8), cut())
    def test_anyCut(self, algorithm: str, writes: list[bytes], marks: list[int]) -> None:
        """However it was written and cut, the same text comes out."""
        sealer, opener = Sealer(algorithm, KEY), Opener(algorithm, KEY)
        stream = b"".join(map(sealer.seal, writes))
        self.assertEqual(b"".join(map(opener.open, pieces(stream, marks))), b"".join(writes))

    @given(st.sampled_from(sorted(ALGORITHMS)), st.data())
    def test_forged(self, algorithm: str, data: st.DataObject) -> None:
        """Whichever bit is changed, nothing behind it is read, and what was whole before it, is."""
        sealer, opener = Sealer(algorithm, KEY), Opener(algorithm, KEY)
        stream = bytearray(sealer.seal(b"one") + sealer.seal(b"two") + bytes(100_000))
        end = ALGORITHMS[algorithm].nonce + 2 * (4 + 3 + 16)
        where = data.draw(st.integers(0, end - 1))
        stream[where] ^= 1 << data.draw(st.integers(0, 7))
        first = b"one" if where >= ALGORITHMS[algorithm].nonce + 23 else b""
        self.assertEqual(opener.open(bytes(stream[: ALGORITHMS[algorithm].nonce + 23])) if first else b"", first)
        rest = bytes(stream[ALGORITHMS[algorithm].nonce + 23 if first else 0 :])
        error = self.assertRaises(RemoteWireError, opener.open, rest)
        self.assertIs(self.assertRaises(RemoteWireError, opener.open, b""), error)

    def test_order(self) -> None:
        """A frame that is said twice, left out, or of another stream with the same key, does not open."""
        for algorithm, known in ALGORITHMS.items():
            sealer, other = Sealer(algorithm, KEY), Sealer(algorithm, KEY)
            stream = sealer.seal(b"one")
            nonce, one = stream[: known.nonce], stream[known.nonce :]
            two, foreign = sealer.seal(b"two"), other.seal(b"one")[known.nonce :]
            for frames in ([one, one], [two], [one, two, one], [foreign]):
                error = self.assertRaises(RemoteWireError, Opener(algorithm, KEY).open, nonce + b"".join(frames))
                self.assertEqual(error.brief, "message authentication failed")
            self.assertEqual(Opener(algorithm, KEY).open(nonce + one + two), b"onetwo")

    def test_lengths(self) -> None:
        """A frame that cannot be one is refused before it comes; an empty one is nothing."""
        nonce = bytes(12)
        for length, text in [
            (15, "aead stream ciphertext length 15 is smaller than overhead 16"),
            (65553, "aead stream ciphertext length 65553 exceeds limit 65552"),
            (2**32 - 1, "aead stream ciphertext length 4294967295 exceeds limit 65552"),
        ]:
            opener = Opener("aes-256-gcm", KEY)
            self.assertEqual(opener.open(nonce), b"")
            error = self.assertRaises(RemoteWireError, opener.open, length.to_bytes(4, "big"))
            self.assertEqual(error.brief, text)
        opener, sealer = Opener("aes-256-gcm", KEY), Sealer("aes-256-gcm", KEY, nonce)
        self.assertEqual(opener.open(nonce + sealer._frame(b"") + sealer._frame(b"x")), b"x")

    def test_large(self) -> None:
        """A large text takes several frames, and one unfinished frame is all that is kept."""
        text = bytes(range(256)) * 1024
        sealer, opener = Sealer("aes-256-gcm", KEY), Opener("aes-256-gcm", KEY)
        stream = sealer.seal(text)
        self.assertEqual(len(stream), 12 + 4 * (4 + 65536 + 16))
        self.assertEqual(stream[12:16], (65552).to_bytes(4, "big"))
        found, kept = b"", 0
        for at in range(0, len(stream), 1000):
            found += opener.open(stream[at : at + 1000])
            kept = max(kept, len(opener._buffer))
        self.assertEqual(found, text)
        self.assertLessEqual(kept, 4 + 65552)

    def test_saysNothingOfItself(self) -> None:
        """A direction without bytes sends no nonce either; the first bytes bring it, once."""
        sealer = Sealer("aes-256-gcm", KEY)
        self.assertEqual([len(sealer.seal(data)) for data in (b"", b"a", b"", b"bc")], [0, 12 + 21, 0, 22])

    def test_everyStreamHasItsOwn(self) -> None:
        """Two streams with one key do not look alike."""
        self.assertNotEqual(Sealer("aes-256-gcm", KEY).seal(bytes(16)), Sealer("aes-256-gcm", KEY).seal(bytes(16)))


class CountTests(SynchronousTestCase):
    """Nonces are counted, as one number from the last byte on."""

    def test_carries(self) -> None:
        """Also where the carry reaches the bytes that make another key of XChaCha20."""
        for algorithm, nonce in [
            ("aes-256-gcm", bytes(4) + b"\xff" * 8),
            ("xchacha20-poly1305", bytes(15) + b"\x01" + b"\xff" * 8),
        ]:
            sealer, opener = Sealer(algorithm, KEY, nonce), Opener(algorithm, KEY)
            self.assertEqual(opener.open(sealer.seal(b"one") + sealer.seal(b"two")), b"onetwo")
            second = (int.from_bytes(nonce, "big") + 1).to_bytes(len(nonce), "big")
            sealed = Sealer(algorithm, KEY, nonce)
            sealed.seal(b"one")
            length = (19).to_bytes(4, "big")
            cipher = ALGORITHMS[algorithm].cipher(KEY)
            self.assertEqual(sealed.seal(b"two"), length + cipher.encrypt(second, b"two", nonce + length))

    def test_comesRound(self) -> None:
        """No nonce is used twice: where they would come round to 0 it is over, on both sides."""
        last = b"\xff" * 11 + b"\xfe"
        sealer, opener = Sealer("aes-256-gcm", KEY, last), Opener("aes-256-gcm", KEY)
        opener.open(sealer.seal(b"last"))
        self.assertRaises(TunnelLost, sealer.seal, b"more")
        error = self.assertRaises(RemoteWireError, opener.open, (16).to_bytes(4, "big") + bytes(16))
        self.assertEqual(error.brief, "aead stream frame count limit exceeded")

    def test_usedUp(self) -> None:
        """With nonces of 12 bytes a key is good for 2^32 frames."""
        self.patch(ALGORITHMS["aes-256-gcm"], "frames", 2)
        sealer = Sealer("aes-256-gcm", KEY, bytes(12))
        sealer.seal(b"one")
        sealer.seal(b"two")
        self.assertRaises(TunnelLost, sealer.seal, b"three")
        self.assertEqual((ALGORITHMS["aes-256-gcm"].nonce, ALGORITHMS["xchacha20-poly1305"].frames), (12, 1 << 64))


class XChaChaTests(SynchronousTestCase):
    """The examples of draft-irtf-cfrg-xchacha-03."""

    def test_key(self) -> None:
        """A key from a key, section 2.2.1."""
        found = hchacha20(bytes(range(32)), bytes.fromhex("000000090000004a0000000031415927"))
        self.assertEqual(found.hex(), "82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc")

    def test_sealed(self) -> None:
        """A sentence, appendix A.3.1."""
        text = (
            b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen"
            b" would be it."
        )
        cipher = XChaCha20Poly1305(bytes(range(0x80, 0xA0)))
        nonce, more = bytes(range(0x40, 0x58)), bytes.fromhex("50515253c0c1c2c3c4c5c6c7")
        sealed = cipher.encrypt(nonce, text, more)
        self.assertEqual(sealed[:16].hex(), "bd6d179d3e83d43b9576579493c0e939")
        self.assertEqual(sealed[-16:].hex(), "c0875924c1c7987947deafd8780acf49")
        self.assertEqual(cipher.decrypt(nonce, sealed, more), text)
        self.assertRaises(InvalidTag, cipher.decrypt, nonce, sealed, b"")
