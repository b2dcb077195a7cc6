"""Tests of shapes."""

from __future__ import annotations

from typing import Generic, Literal, TypeVar

import attrs
from twisted.trial.unittest import SynchronousTestCase

from frp.web.shaping import fieldsOf, schemaOf, sometimes

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class Tree:
    """It has trees within."""

    name: str
    age: int = sometimes(0)
    kind: Literal["oak", "elm"] = "oak"
    below: list[Tree] | None = sometimes(None)
    notes: dict[str, str | None] | None = sometimes(None)


@attrs.frozen
class Page(Generic[T]):
    """Some of many."""

    total: int
    items: list[T]


class FieldsTests(SynchronousTestCase):
    """L{fieldsOf}."""

    def test_omitted(self) -> None:
        """What is empty is left out where it may be, and nowhere else; the order is that of the class."""
        self.assertEqual(list((fieldsOf(Tree(name="")) or {}).items()), [("name", ""), ("kind", "oak")])
        self.assertEqual(fieldsOf(Tree(name="x", age=3)), {"name": "x", "age": 3, "kind": "oak"})

    def test_slots(self) -> None:
        """Whether a shape has slots makes no difference, nor what else an instance has."""

        @attrs.define(slots=False)
        class Loose:
            name: str
            kind: str = sometimes("")
            age: int = 0

        found = fieldsOf(loose := Loose("x"))
        self.assertEqual(list((found or {}).items()), [("name", "x"), ("age", 0)])
        self.assertEqual(loose, Loose("x"))
        vars(loose)["other"] = 1
        self.assertEqual(list((fieldsOf(loose) or {}).items()), [("name", "x"), ("age", 0)])

    def test_others(self) -> None:
        """A mapping is what it is; a list is no such thing."""
        self.assertEqual(fieldsOf({"a": 1}), {"a": 1})
        self.assertIsNone(fieldsOf(["a"]))


class SchemaTests(SynchronousTestCase):
    """L{schemaOf}."""

    def test_itself(self) -> None:
        """A shape may have itself within."""
        shapes: dict[str, object] = {}
        self.assertEqual(schemaOf(Tree, shapes), {"$ref": "#/components/schemas/Tree"})
        self.assertEqual(
            shapes["Tree"],
            {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "age": {"type": "integer"},
                    "kind": {"type": "string", "enum": ["oak", "elm"]},
                    "below": {
                        "anyOf": [
                            {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
                            {"type": "null"},
                        ]
                    },
                    "notes": {
                        "anyOf": [
                            {
                                "type": "object",
                                "additionalProperties": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                            },
                            {"type": "null"},
                        ]
                    },
                },
                "required": ["name", "kind"],
            },
        )

    def test_generic(self) -> None:
        """A shape of another one has a name for each."""
        shapes: dict[str, object] = {}
        self.assertEqual(schemaOf(Page[Tree], shapes), {"$ref": "#/components/schemas/PageTree"})
        self.assertEqual(
            shapes["PageTree"],
            {
                "type": "object",
                "properties": {
                    "total": {"type": "integer"},
                    "items": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
                },
                "required": ["total", "items"],
            },
        )

    def test_unknown(self) -> None:
        """What has no schema is said."""
        self.assertRaises(TypeError, schemaOf, complex, {})
