"""Tests of JSON in pieces."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from subprocess import PIPE
from types import MappingProxyType
from unittest import SkipTest

import attrs
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.web.shaping import Written, sometimes
from frp.web.writing import jsonPieces, once

TEXTS = st.text(max_size=5)
PLAIN = st.one_of(st.none(), st.booleans(), st.integers(), TEXTS)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)


def trees(leaves: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """What JSON can say with these."""
    return st.recursive(leaves, lambda within: st.lists(within) | st.dictionaries(TEXTS, within), max_leaves=10)


#: What two libraries for JSON might write in two ways.
ODD = [
    '<&>\u2028\x00\x1f\x7f\\/"\u00e9\U0001f600',
    2**70,
    -(2**63),
    {"": (), "\ud800": {"\udfff": [True, None]}},
    Written(b'{"a":"<"}'),
]


@attrs.frozen
class Tree:
    """It has trees within."""

    name: str
    below: Iterable[Tree] = sometimes(())


def written(value: object) -> str:
    """All pieces."""
    return "".join(jsonPieces(value))


class WritingTests(SynchronousTestCase):
    """L{jsonPieces}. Whether orjson is installed makes no difference."""

    @given(trees(PLAIN | FLOATS))
    def test_meaning(self, value: object) -> None:
        """Put together they mean what was to be written. How a float is spelled is not promised."""
        self.assertEqual(json.loads(written(value)), json.loads(json.dumps(value)))

    @given(trees(PLAIN))
    def test_same(self, value: object) -> None:
        """Put together they are what C{json} writes, but for what must not stand in HTML or in UTF-8."""
        expected = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        for char in "<>&\u2028\u2029":
            expected = expected.replace(char, f"\\u{ord(char):04x}")
        self.assertEqual(written(value), expected)

    def test_withoutTheAccelerator(self) -> None:
        """What stands in one program's answer stands in another's."""
        if find_spec("orjson") is None:
            raise SkipTest("orjson is not installed")
        program = (
            "import sys; sys.modules['orjson'] = None\n"
            f"from {__name__} import ODD, written\n"
            "sys.stdout.buffer.write(written(ODD).encode())"
        )
        slow = subprocess.run([sys.executable, "-c", program], stdout=PIPE, check=True)
        self.assertEqual(slow.stdout.decode(), written(ODD))

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

    def test_once(self) -> None:
        """What is written already stands within other things as it would itself."""
        for value in ({"a": ["<", {}]}, {}, Tree("x", [Tree("y")])):
            for within in (lambda one: one, lambda one: [one] * 40, lambda one: {"b": [{"c": one}], "d": one}):
                self.assertEqual(written(within(once(value))), written(within(value)))

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
