"""Tests of what is made from JSON."""

from __future__ import annotations

from typing import Literal

import attrs
from twisted.trial.unittest import SynchronousTestCase

from frp.web.answers import APIError
from frp.web.reading import read


@attrs.frozen(kw_only=True)
class Leaf:
    """The innermost."""

    pair: tuple[str, int]


@attrs.frozen(kw_only=True)
class Tree:
    """It has one of everything."""

    name: str
    kind: Literal["oak", "elm"] = "oak"
    age: int | None = None
    height: float = 0.0
    leaves: list[Leaf] = attrs.field(factory=list)
    notes: dict[str, bool] = attrs.field(factory=dict)
    rest: object = None


class ReadTests(SynchronousTestCase):
    """L{read}."""

    def test_whole(self) -> None:
        """Every type, and what is within."""
        found = read(
            Tree,
            {
                "name": "x",
                "kind": "elm",
                "age": 3,
                "height": 2,
                "leaves": [{"pair": ["a", 1]}],
                "notes": {"old": True},
                "rest": [1],
            },
        )
        wanted = Tree(
            name="x", kind="elm", age=3, height=2, leaves=[Leaf(pair=("a", 1))], notes={"old": True}, rest=[1]
        )
        self.assertEqual(found, wanted)

    def test_defaults(self) -> None:
        """What has a default may be absent, and null where null may be."""
        self.assertEqual(read(Tree, {"name": "x"}), Tree(name="x"))
        self.assertEqual(read(Tree, {"name": "x", "age": None}), Tree(name="x"))

    def test_wrong(self) -> None:
        """What is wrong is named by its place."""
        for given, words in (
            ([], "the body must be an object"),
            ({}, "name is required"),
            ({"name": 1}, "name must be a text"),
            ({"name": "x", "age": True}, "age must be a whole number"),
            ({"name": "x", "height": "1"}, "height must be a number"),
            ({"name": "x", "kind": "ash"}, "kind must be one of oak, elm"),
            ({"name": "x", "kind": []}, "kind must be one of oak, elm"),
            ({"name": "x", "leaves": {}}, "leaves must be a list"),
            ({"name": "x", "leaves": [{"pair": ["a"]}]}, "leaves[0].pair must be a list of 2"),
            ({"name": "x", "leaves": [{"pair": ["a", "b"]}]}, "leaves[0].pair[1] must be a whole number"),
            ({"name": "x", "leaves": [{}]}, "leaves[0].pair is required"),
            ({"name": "x", "notes": {"a": 1}}, "notes.a must be true or false"),
            ({"name": "x", "nam": "y"}, "nam is not known here; there may be name, kind, age, height, leaves, notes"),
            ({"name": "x", "leaves": [{"pear": 1}]}, "leaves[0].pear is not known here; there may be pair"),
        ):
            error = self.assertRaises(APIError, read, Tree, given)
            self.assertEqual(error.code, 400)
            self.assertIn(words, error.brief)
