"""Tests of JSON in pieces."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from types import MappingProxyType

import attrs
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.web.shaping import sometimes
from frp.web.writing import jsonPieces

TEXTS = st.text(max_size=5)
SIMPLE = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS)
VALUES = st.recursive(SIMPLE, lambda within: st.lists(within) | st.dictionaries(TEXTS, within), max_leaves=10)


@attrs.frozen
class Tree:
    """It has trees within."""

    name: str
    below: Iterable[Tree] = sometimes(())


def written(value: object) -> str:
    """All pieces."""
    return "".join(jsonPieces(value))


class WritingTests(SynchronousTestCase):
    """L{jsonPieces}."""

    @given(VALUES)
    def test_same(self, value: object) -> None:
        """Put together they are what C{json} writes, but for what must not stand in HTML or in UTF-8."""
        expected = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        for char in "<>&\u2028\u2029":
            expected = expected.replace(char, f"\\u{ord(char):04x}")
        self.assertEqual(written(value), expected)

    def test_surrogates(self) -> None:
        """Half of a pair is no UTF-8, wherever it stands."""
        self.assertEqual(written({"a\udcff": ["\ud800"]}), '{"a\ufffd":["\ufffd"]}')

    def test_shapes(self) -> None:
        """Shapes, mappings and iterables, within each other."""
        tree = Tree("x", iter([Tree("y"), Tree("z", [Tree("<")])]))
        self.assertEqual(
            written(MappingProxyType({"tree": tree, "none": {}, "more": (MappingProxyType({"a": ()}),)})),
            '{"tree":{"name":"x","below":[{"name":"y"},{"name":"z","below":[{"name":"\\u003c"}]}]},"none":{},"more":[{"a":[]}]}',
        )

    def test_entries(self) -> None:
        """An entry of a list is made when its piece is asked for, and not before."""
        made: list[str] = []

        def trees() -> Iterator[Tree]:
            for name in "ab":
                made.append(name)
                yield Tree(name)

        found = jsonPieces({"all": trees()})
        self.assertEqual([next(found), list(made), next(found), list(made)], ['{"all":', [], '[{"name":"a"}', ["a"]])
        self.assertEqual(list(found), [',{"name":"b"}', "]", "}"])

    def test_unknown(self) -> None:
        """What cannot be written is said, in a list and elsewhere."""
        for wrong in (1j, [1j], {"a": 1j}, {"a": [[1j]]}):
            self.assertRaises(TypeError, written, wrong)
