"""What is made from tables: a reference for people, a JSON Schema for editors, and plain mappings."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from frp.config.declare import Declared, Shape, keysOf, tableType
from frp.config.kindtables import allKeys, schemaOf, tablesIn
from frp.errors import PluginError
from frp.kinds import Registry
from frp.values import frozen

__all__ = [
    "HIDDEN",
    "explain",
    "explainKey",
    "jsonSchema",
    "readFiles",
    "redacted",
    "secrets",
    "toDict",
    "writtenFiles",
]

_JSON = dict[str, Any]

HIDDEN = "******"


def explain(schema: type, registry: Registry | None = None) -> str:
    """
    The reference of one table in plain text: every key with its type, default, unit, allowed values and meaning. Tables
    below it are only named.

    @param registry: the kinds whose tables are below it, too.
    """
    lines = [_about(schema) or schema.__name__, ""]
    for name, declared in (keysOf(schema) if registry is None else allKeys(schema, registry)).items():
        lines.append(explainKey(name, declared))
    return "\n".join(lines) + "\n"


def explainKey(name: str, declared: Declared) -> str:
    """The lines of one key there."""
    return f"{name} ({', '.join(_facts(declared))})\n    {declared.meta.help}"


def _about(schema: type) -> str:
    """What its docstring says of a table to people, without the fields and the markup for programmers."""
    text = inspect.cleandoc(schema.__doc__ or "").partition("\n\n@")[0]
    return re.sub(r"[CL]\{([^{}<]*)(?:<[^{}]*>)?\}", r"`\1`", text)


def _facts(declared: Declared) -> list[str]:
    meta, facts = declared.meta, [_typeName(declared.shape)]
    if meta.unit:
        facts[0] += f" of {meta.unit}" if declared.shape.kind == "int" else f" in {meta.unit}"
    if meta.oneOf:
        each = "each " if declared.shape.kind == "list" else ""
        facts.append(f"{each}one of {' | '.join(v or repr(v) for v in meta.oneOf)}")
    if meta.required:
        facts.append("required")
    elif meta.shown:
        facts.append(f"default {meta.shown}")
    elif declared.shape.kind not in ("table", "choice", "list", "dict", "value"):
        facts.append(f"default {json.dumps(declared.default(), ensure_ascii=False)}")
    return [*facts, "secret"] if meta.secret else facts


def _typeName(shape: Shape) -> str:
    plain = {"str": "string", "int": "integer", "bool": "true or false", "value": "string"}
    if shape.kind in plain:
        return plain[shape.kind]
    if shape.kind == "list":
        return f"list of {_typeName(shape.item)}" if shape.item is not None else "list"
    if shape.kind == "dict":
        return f"table of {_typeName(shape.item)}" if shape.item is not None else "table"
    return "table chosen by its type" if shape.kind == "choice" else f"table {shape.type.__name__}"


def jsonSchema(schema: type, registry: Registry) -> _JSON:
    """
    A JSON Schema, draft 2020-12. Keys match it in the spelling of the reference pages only; the decoder takes any case.

    @param registry: the kinds whose tables are chosen by C{type}, or stand below another one by their names; those
        that cannot be loaded are left out.
    """
    making = _Making(registry)
    made = making.table(schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made, "$defs": making.definitions}


@frozen
class _Making:
    """One JSON Schema in the making: every table below the first is a definition, so that it is written once."""

    registry: Registry
    definitions: _JSON = attrs.field(factory=dict)
    names: dict[tuple[type, str], str] = attrs.field(factory=dict)

    def table(self, schema: type, fixedType: str = "") -> _JSON:
        keys = allKeys(schema, self.registry)
        properties = {name: self.key(declared) for name, declared in keys.items()}
        required = [name for name, declared in keys.items() if declared.meta.required]
        made = {
            "title": schema.__name__,
            "description": _about(schema),
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
        }
        if fixedType:
            properties["type"] = {"const": fixedType}
            required.insert(0, "type")
        if required:
            made["required"] = required
        return made

    def key(self, declared: Declared) -> _JSON:
        meta, made = declared.meta, self.shape(declared.shape)
        if meta.oneOf:
            more = self.registry.names(meta.family) if meta.family is not None else ()
            item = made["items"] if declared.shape.kind == "list" else made
            item["enum"] = list(dict.fromkeys((*meta.oneOf, *more)))
        unit, shown = meta.unit and f" In {meta.unit}.", meta.shown and f" Default: {meta.shown}."
        made["description"] = f"{meta.help}{unit}{shown}"
        if not meta.shown and not meta.required and declared.shape.kind in ("str", "int", "bool"):
            made["default"] = declared.default()
        elif declared.shape.kind == "table" and declared.shape.optional:
            made["default"] = None  # an empty one says something: that it is there
        if meta.secret:
            made["writeOnly"] = True
        return made

    def shape(self, shape: Shape) -> _JSON:
        plain = {"str": "string", "int": "integer", "bool": "boolean", "value": "string"}
        if shape.kind in plain:
            return {"type": plain[shape.kind]}
        if shape.kind == "list" and shape.item is not None:
            return {"type": "array", "items": self.shape(shape.item)}
        if shape.kind == "dict" and shape.item is not None:
            return {"type": "object", "additionalProperties": self.shape(shape.item)}
        return self.chosen(shape.type) if shape.kind == "choice" else self.defined(shape.type)

    def defined(self, schema: type, fixedType: str = "") -> _JSON:
        name = self.names.get((schema, fixedType))
        if name is None:
            # Two packages may well call their tables the same, and two kinds may share one.
            name = schema.__name__
            while name in self.definitions:
                name += "_"
            self.names[schema, fixedType] = name
            self.definitions[name] = {}
            self.definitions[name] = self.table(schema, fixedType)
        return {"$ref": f"#/$defs/{name}"}

    def chosen(self, schema: type) -> _JSON:
        known = tableType(schema)
        if known is None or known.choice is None or known.choice.family is None:
            return {"type": "object"}
        tables = []
        for name in self.registry.names(known.choice.family):
            try:
                found = schemaOf(known.choice.family, name, self.registry)
            except PluginError:
                continue
            if found is not None:
                tables.append(self.defined(found, name))
        return {"oneOf": tables} if tables else {"type": "object"}


def toDict(config: object, *, defaults: bool = False) -> dict[str, object]:
    """
    The keys of a table and of those below it; reading them again gives an equal table.

    @param defaults: also those that have their default.
    """
    return _dump(config, defaults, hide=False)


def redacted(config: object, *, defaults: bool = False) -> dict[str, object]:
    """The same with every secret that is set replaced by L{HIDDEN}."""
    return _dump(config, defaults, hide=True)


def writtenFiles(config: object) -> Iterator[str]:
    """The files that a program with this table, and those below it, writes, as the table has them."""
    found = _keysBelow(config, "", {})
    return (value for _, declared, value in found if declared.meta.written and value != declared.default())


def readFiles(config: object, places: Mapping[int, str]) -> Iterator[tuple[str, str]]:
    """
    The files without which kinds whose tables stand in a configuration cannot be had: the path of the key that names
    one, C{"proxies[0].plugin.crtPath"}, and the file.

    @param places: where tables stand, by identity, if not where they are found.
    """
    found = _keysBelow(config, f"{places[id(config)]}." if id(config) in places else "", places)
    return ((path, value) for path, declared, value in found if declared.meta.reads and value)


def secrets(config: object, places: Mapping[int, str]) -> Iterator[tuple[str, str]]:
    """
    The secrets that are set in a table and those below it: the path of the key, and each text that it holds.

    @param places: where tables stand, by identity, if not where they are found.
    """
    for path, declared, value in _keysBelow(config, "", places):
        if declared.meta.secret:
            texts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
            yield from ((path, str(text)) for text in texts if text)


def _keysBelow(config: object, place: str, places: Mapping[int, str]) -> Iterator[tuple[str, Declared, Any]]:
    for name, declared in keysOf(type(config)).items():
        value, path = getattr(config, name), f"{place}{name}"
        yield path, declared, value
        inner = {f"{path}[{n}]": one for n, one in enumerate(value)} if isinstance(value, list) else {path: value}
        for where, table in inner.items():
            if tableType(type(table)) is not None:
                yield from _keysBelow(table, f"{places.get(id(table), where)}.", places)
    for name, table in tablesIn(config).items():
        yield from _keysBelow(table, f"{place}{name}.", places)


def _dump(config: object, defaults: bool, hide: bool) -> dict[str, object]:
    written: dict[str, object] = {}
    for name, declared in keysOf(type(config)).items():
        value = getattr(config, name)
        if value is None or (not defaults and not declared.shape.optional and _unset(config, declared, value)):
            continue
        secret = hide and declared.meta.secret
        written[name] = _hidden(value) if secret and value else _plain(declared.shape, value, defaults, hide)
    for name, table in tablesIn(config).items():
        written[name] = _dump(table, defaults, hide)
    return written


def _unset(config: Any, declared: Declared, value: object) -> bool:
    """Whether the table would have this value without being told."""
    default = declared.default()
    if value == default or not hasattr(config, "__attrs_post_init__"):
        return bool(value == default)
    return bool(getattr(attrs.evolve(config, **{declared.name: default}), declared.name) == value)


def _hidden(value: object) -> object:
    if isinstance(value, dict):
        return dict.fromkeys(value, HIDDEN)
    return [HIDDEN for _ in value] if isinstance(value, list) else HIDDEN


def _plain(shape: Shape, value: Any, defaults: bool, hide: bool) -> object:
    if shape.kind in ("table", "choice"):
        return _dump(value, defaults, hide)
    if shape.kind == "value":
        return str(value)
    if shape.kind == "dict":
        return dict(value)
    if shape.kind == "list" and shape.item is not None:
        return [_plain(shape.item, item, defaults, hide) for item in value]
    return value
