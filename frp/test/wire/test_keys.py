"""Keys and proofs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.test.wire.recorded import recorded
from frp.wire.keys import privilegeKey, sameKey, tokenKey


class KeyTests(SynchronousTestCase):
    """Both sides derive the same."""

    def test_cipherKeys(self) -> None:
        """A token gives the key that the reference derives from it; an empty one too."""
        for vector in recorded("wire", "keys"):
            self.assertEqual(tokenKey(vector["password"].encode()).hex(), vector["key"])

    def test_proofs(self) -> None:
        """Token and time give the proof that the reference expects."""
        for vector in recorded("wire", "privilegeKeys"):
            self.assertEqual(privilegeKey(vector["token"].encode(), vector["timestamp"]), vector["key"])

    @given(st.text(), st.text())
    def test_comparison(self, one: str, other: str) -> None:
        """Proofs are the same if their texts are, whatever a peer puts into them."""
        self.assertTrue(sameKey(one, one))
        self.assertEqual(sameKey(one, other), one == other)

    def test_comparisonOfHalfCharacters(self) -> None:
        """Not even half a character is a crash."""
        self.assertFalse(sameKey("\ud800", "a"))
