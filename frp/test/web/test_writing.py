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
        """Entries of a list are made when their piece is asked for, and not before."""
        made: list[int] = []

        def numbers() -> Iterator[int]:
            for number in range(100):
                made.append(number)
                yield number

        found = jsonPieces({"all": numbers()})
        before = next(found)
        self.assertEqual((before, made), ('{"all":', []))
        first = next(found)
        self.assertTrue(first.startswith("[0,1,2,"))
        self.assertEqual(made, list(range(16)))
        self.assertEqual(json.loads(before + first + "".join(found)), {"all": list(range(100))})

    def test_unknown(self) -> None:
        """What cannot be written is said, in a list and elsewhere."""
        for wrong in (1j, [1j], {"a": 1j}, {"a": [[1j]]}):
            self.assertRaises(TypeError, written, wrong)
