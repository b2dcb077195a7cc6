"""The cipher of version 1."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.test.wire.recorded import recorded
from frp.test.wire.strategies import cut, pieces
from frp.wire.cfb import Decryptor, Encryptor
from frp.wire.keys import tokenKey

_KEY = tokenKey(b"token")


class CFBTests(SynchronousTestCase):
    """What one side encrypts, the other reads."""

    def test_readsTheReferences(self) -> None:
        """A stream that the reference encrypted is read, write by write."""
        for vector in recorded("wire", "cfb"):
            decryptor = Decryptor(tokenKey(vector["password"].encode()))
            found = b"".join(decryptor.decrypt(bytes.fromhex(write)) for write in vector["writes"])
            self.assertEqual(found.hex(), vector["plain"])

    def test_writesTheReferences(self) -> None:
        """The same text with the same initial vector gives the same bytes."""
        for vector in recorded("wire", "cfb"):
            wanted = bytes.fromhex("".join(vector["writes"]))
            encryptor = Encryptor(tokenKey(vector["password"].encode()), wanted[:16])
            self.assertEqual(encryptor.encrypt(bytes.fromhex(vector["plain"])), wanted)

    def test_saysNothingOfItself(self) -> None:
        """A direction without bytes sends no initial vector either; the first bytes bring it, once."""
        encryptor = Encryptor(_KEY)
        self.assertEqual([len(encryptor.encrypt(data)) for data in (b"", b"a", b"", b"bc")], [0, 17, 0, 2])

    def test_everyStreamHasItsOwn(self) -> None:
        """Two streams with one key do not look alike."""
        self.assertNotEqual(Encryptor(_KEY).encrypt(bytes(16)), Encryptor(_KEY).encrypt(bytes(16)))

    @given(st.lists(st.binary(max_size=50), max_size=8), cut())
    def test_anyCut(self, writes: list[bytes], marks: list[int]) -> None:
        """However it was written and cut, the same text comes out; any bytes are a valid stream."""
        encryptor, decryptor = Encryptor(_KEY), Decryptor(_KEY)
        stream = b"".join(map(encryptor.encrypt, writes))
        self.assertEqual(b"".join(map(decryptor.decrypt, pieces(stream, marks))), b"".join(writes))
