"""The description of an API, in the words of OpenAPI 3.1, made from the declarations of its operations."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence

from frp.interfaces import IWebSite
from frp.values import frozen
from frp.version import __version__
from frp.web.operations import ANY, PART, PLAIN, Media, Operation
from frp.web.queries import parametersOf
from frp.web.shaping import schemaOf

__all__ = ["Description", "described"]

#: Puts something around a schema.
_Around = Callable[[Mapping[str, object]], Mapping[str, object]]


@frozen
class Description:
    """Serves it."""

    _site: IWebSite

    @PLAIN.operation("GET", "/openapi.json", "this API, as OpenAPI describes it", answers=dict[str, object])
    def whole(self) -> object:
        return described(self._site.operations())


def described(operations: Sequence[Operation]) -> dict[str, object]:
    """@return: what C{json} can write."""
    shapes: dict[str, object] = {}
    paths: dict[str, dict[str, object]] = {}
    for one in operations:
        paths.setdefault(one.path, {})["get" if one.verb == ANY else one.verb.lower()] = _operation(one, shapes)
    return {
        "openapi": "3.1.0",
        "info": {"title": "frp", "version": __version__},
        "paths": paths,
        "components": {"schemas": shapes, "securitySchemes": {"basic": {"type": "http", "scheme": "basic"}}},
    }


def _operation(one: Operation, shapes: MutableMapping[str, object]) -> dict[str, object]:
    found: dict[str, object] = {
        "summary": one.about,
        "operationId": f"{one.verb.lower()}{re.sub(r'[^A-Za-z0-9]+', '_', one.path)}",
        "parameters": [*_parts(one.path), *_query(one)],
        "responses": {"200": _answer(one, shapes), **_refusals(one)},
        "security": [{"basic": []}, {}] if one.locked else [],
    }
    if one.takes is not None:
        content = _content(one.takes.shape, shapes)
        found["requestBody"] = {"description": one.takes.about, "required": True, "content": content}
    return found


def _parts(path: str) -> Iterable[dict[str, object]]:
    for name in PART.findall(path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}


def _query(one: Operation) -> Iterable[dict[str, object]]:
    for found in parametersOf(one.query) if one.query is not None else ():
        yield {
            "name": found.name,
            "in": "header" if found.header else "query",
            "required": found.reader.needed,
            "description": found.about,
            "schema": dict(found.reader.schema),
        }


def _answer(one: Operation, shapes: MutableMapping[str, object]) -> dict[str, object]:
    if one.answers is None:
        return {"description": one.about}
    content = _content(one.answers, shapes, lambda schema: _around(one, schema))
    return {"description": one.about, "content": content}


def _around(one: Operation, schema: Mapping[str, object]) -> Mapping[str, object]:
    """The schema of the envelope, which is an object with the schema itself for one of its values."""
    wrapped = one.manner.wrapped(schema)
    if wrapped is schema or not isinstance(wrapped, Mapping):
        return schema
    found = {name: schema if value is schema else {"const": value} for name, value in wrapped.items()}
    return {"type": "object", "properties": found, "required": list(found)}


def _refusals(one: Operation) -> dict[str, object]:
    schema = {"type": "object", "required": list(one.manner.problem(0, ""))}
    content = {"content": {"application/json": {"schema": schema}}}
    locked = {"401": {"description": "the name or the password is wrong"}} if one.locked else {}
    # Whoever is sent elsewhere is told nothing more.
    told = {
        str(code): {"description": why, **(content if code >= 400 else {})} for code, why in sorted(one.refuses.items())
    }
    return {**locked, **told}


def _content(shape: object, shapes: MutableMapping[str, object], around: _Around = lambda schema: schema) -> object:
    if isinstance(shape, Media):
        return {shape.type: {"schema": {"type": "string"}}}
    return {"application/json": {"schema": around(schemaOf(shape, shapes))}}
