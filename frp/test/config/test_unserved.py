"""Keys that this version reads and does not act on."""

from __future__ import annotations

from unittest import TestCase

from frp.config.checking import unserved
from frp.config.declare import key, table


@table
class Inner:
    """Of both."""

    soon: str = key("", "For the next version.", served=False)
    now: str = key("", "For this one.")


@table
class Outer:
    """A table with others below it."""

    port: int = key(7, "For the next version.", served=False)
    inner: Inner = key(Inner, "Always there.")
    other: Inner | None = key(None, "Only where it is wanted.")


class UnservedTests(TestCase):
    """An operator is told what he sets in vain."""

    def test_nothing(self) -> None:
        """Nothing is, where all has its default, or is served."""
        self.assertEqual(list(unserved(Outer(inner=Inner(now="yes")))), [])

    def test_named(self) -> None:
        """Each key by the way to it, in the order of the reference pages."""
        config = Outer(port=8, inner=Inner(soon="yes"), other=Inner(soon="yes", now="yes"))
        self.assertEqual(list(unserved(config)), ["port", "inner.soon", "other.soon"])
