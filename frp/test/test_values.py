"""Tests for L{frp.values}: what they do is what attrs would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
from twisted.trial.unittest import SynchronousTestCase

from frp import values


def _both(make: str, build: Callable[[Any], type], **wishes: Any) -> tuple[type, type]:
    """The same class twice, ours and theirs."""
    return build(getattr(values, make)(**wishes)), build(getattr(attrs, make)(**wishes))


def _plain(decorate: Any) -> type:
    @decorate
    class Point:
        x: int
        y: list[int] = attrs.field(factory=list)
        secret: str = attrs.field(default="s", repr=False)
        seen: int = attrs.field(default=0, eq=False)
        shown: int = attrs.field(default=1, repr=lambda value: f"<{value}>")

    return Point


class SharedTests(SynchronousTestCase):
    """Comparison, hashes and texts."""

    def test_shown(self) -> None:
        """A text names the class and its fields, but for secret ones."""
        for make in ("define", "frozen"):
            ours, theirs = _both(make, _plain)
            self.assertEqual(repr(theirs(1, [2])), repr(ours(1, [2])))

    def test_shownInItself(self) -> None:
        """What is in itself does not end the process."""
        ours, theirs = _both("define", _plain)
        for one in (ours(1), theirs(1)):
            one.y.append(one)
            self.assertIn("y=[...]", repr(one))

    def test_equal(self) -> None:
        """The same class and the same fields, but for those that do not count."""
        for make in ("define", "frozen"):
            for cls in _both(make, _plain):
                self.assertEqual(cls(1, seen=1), cls(1, seen=2))
                self.assertNotEqual(cls(1), cls(2))
                self.assertNotEqual(cls(1, secret="a"), cls(1, secret="b"))
                self.assertNotEqual(cls(1), 1)
                self.assertNotEqual(cls(1), type("Sub", (cls,), {})(1))

    def test_hash(self) -> None:
        """What cannot change is a key; what can is none."""
        for cls in _both("frozen", _plain):
            self.assertEqual(1, len({cls(1, ()), cls(1, ())}))
            self.assertEqual(2, len({cls(1, ()), cls(2, ())}))
        for cls in _both("define", _plain):
            self.assertRaises(TypeError, hash, cls(1))

    def test_itself(self) -> None:
        """Without C{eq} everything is only itself, and a key."""
        for make in ("define", "frozen"):
            for cls in _both(make, _plain, eq=False):
                self.assertNotEqual(cls(1), cls(1))
                self.assertEqual(2, len({cls(1), cls(1)}))

    def test_none(self) -> None:
        """What has no fields is equal to its like."""

        def build(decorate: Any) -> type:
            @decorate
            class Nothing:
                pass

            return Nothing

        for cls in _both("frozen", build):
            self.assertEqual(cls(), cls())
            self.assertEqual(hash(cls()), hash(cls()))

    def test_own(self) -> None:
        """What a class says itself stays."""

        def build(decorate: Any) -> type:
            @decorate
            class Name:
                text: str

                def __repr__(self) -> str:
                    return self.text

                def __eq__(self, other: object) -> bool:
                    return str(self) == str(other).lower()

                def __hash__(self) -> int:
                    return 1

            return Name

        for make in ("define", "frozen"):
            for cls in _both(make, build):
                self.assertEqual("a", repr(cls("a")))
                self.assertEqual(cls("a"), "A")
                self.assertEqual(1, hash(cls("a")))

    def test_derived(self) -> None:
        """Fields of a base count as well."""

        def build(decorate: Any) -> type:
            base = _plain(decorate)

            @decorate
            class Further(base):  # type: ignore[misc, valid-type]
                z: int = 0

            return Further

        ours, theirs = _both("frozen", build)
        self.assertEqual(repr(theirs(1, (), z=3)), repr(ours(1, (), z=3)))
        self.assertNotEqual(ours(1, z=3), ours(2, z=3))
        self.assertEqual(ours(1, z=3), attrs.evolve(ours(2, z=3), x=1))
