"""Tests of the description of an API."""

from __future__ import annotations

import attrs
from twisted.trial.unittest import SynchronousTestCase

from frp.web.openapi import described
from frp.web.operations import FIRST, SECOND, Body, Media, operationsOf
from frp.web.queries import oneOf, parameter
from frp.web.shaping import sometimes


@attrs.frozen
class Pet:
    """A shape."""

    name: str
    owner: str = sometimes("")


@attrs.frozen
class Which:
    """A query."""

    kind: str = parameter(oneOf("kind", "cat", "dog"), "What it is.")


class Pets:
    """A resource."""

    @SECOND.operation("GET", "/pets", "all pets", query=Which, answers=list[Pet], refuses={400: "no such kind"})
    def all(self, query: Which) -> list[Pet]:
        """None."""
        return []

    @FIRST.operation("GET", "/cats", "elsewhere", refuses={301: "all pets"})
    def cats(self) -> None:
        """They are pets."""

    @FIRST.operation("PUT", "/pets/{name}", "feed it", takes=Body(Media("text/plain"), "The food."))
    def feed(self, name: str, body: bytes) -> None:
        """It is not hungry."""


class OpenAPITests(SynchronousTestCase):
    """L{described}."""

    def setUp(self) -> None:
        self.whole = described(list(operationsOf(Pets())))

    def test_get(self) -> None:
        """What the query may say, what is answered, within its envelope, and what is refused."""
        self.assertEqual(
            self.whole["paths"]["/api/v2/pets"],  # type: ignore[index]
            {
                "get": {
                    "summary": "all pets",
                    "operationId": "get_api_v2_pets",
                    "parameters": [
                        {
                            "name": "kind",
                            "in": "query",
                            "required": True,
                            "description": "What it is.",
                            "schema": {"type": "string", "enum": ["cat", "dog"]},
                        }
                    ],
                    "responses": {
                        "200": {
                            "description": "all pets",
                            "content": {
                                "application/json": {
                                    "schema": {
                                        "type": "object",
                                        "properties": {
                                            "code": {"const": 200},
                                            "msg": {"const": "success"},
                                            "data": {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}},
                                        },
                                        "required": ["code", "msg", "data"],
                                    }
                                }
                            },
                        },
                        "400": {
                            "description": "no such kind",
                            "content": {
                                "application/json": {"schema": {"type": "object", "required": ["code", "msg", "data"]}}
                            },
                        },
                        "401": {"description": "the name or the password is wrong"},
                    },
                    "security": [{"basic": []}, {}],
                }
            },
        )

    def test_put(self) -> None:
        """What it takes, and the parts of its path."""
        put = self.whole["paths"]["/api/pets/{name}"]["put"]  # type: ignore[index]
        self.assertEqual(
            put["parameters"],
            [{"name": "name", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}],
        )
        self.assertEqual(
            put["requestBody"],
            {"description": "The food.", "required": True, "content": {"text/plain": {"schema": {"type": "string"}}}},
        )
        self.assertEqual(put["responses"]["200"], {"description": "feed it"})

    def test_elsewhere(self) -> None:
        """A status below 400 brings no text with it."""
        found = self.whole["paths"]["/api/cats"]["get"]["responses"]["301"]  # type: ignore[index]
        self.assertEqual(found, {"description": "all pets"})

    def test_shapes(self) -> None:
        """Shapes stand once, below their names; what may be left out need not be there."""
        schemas = self.whole["components"]["schemas"]  # type: ignore[index]
        self.assertEqual(
            schemas,
            {
                "Pet": {
                    "type": "object",
                    "properties": {"name": {"type": "string"}, "owner": {"type": "string"}},
                    "required": ["name"],
                }
            },
        )
