"""Holding a table to its rules."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

import attrs

from frp.config.declare import Declared, Problem, Shape, keysOf, onceEach, tableType
from frp.config.files import writeDoubt
from frp.config.kindtables import tablesIn
from frp.errors import ConfigError, Fault, PluginError
from frp.kinds import Registry
from frp.kinds.places import notInstalled, pageOf, placeOfError
from frp.values import frozen

__all__ = ["check", "doubts"]

_SOUND: Mapping[int, Collection[str]] = {}
_ANYWHERE: Mapping[int, str] = {}
_SET: Mapping[int, Mapping[str, str]] = {}
_Rules = Callable[[object, str, Collection[str]], Iterable[Problem]]


def check(
    config: object,
    *,
    unsound: Mapping[int, Collection[str]] = _SOUND,
    allowed: Collection[str] = (),
    places: Mapping[int, str] = _ANYWHERE,
    path: str = "",
    registry: Registry | None = None,
) -> Iterable[ConfigError]:
    """
    Hold a table and those below it to their rules, class by class: key by key in the order of declaration, then the
    rules of the whole. So what is common to many tables comes before what is special to one, as in the reference.

    @param unsound: the identities of tables whose own rules are not asked, and those of their keys that are not either.
    @param allowed: the unsafe features that were allowed on the command line.
    @param places: where tables with a type stand, by identity, if not where they are found now.
    @param path: where the table stands.
    @param registry: the kinds whose names are allowed where a key names a family.
    """
    return _Checking(unsound, allowed, places, registry).table(config, path, "")


@frozen
class _Checking:
    unsound: Mapping[int, Collection[str]]
    allowed: Collection[str]
    places: Mapping[int, str]
    registry: Registry | None

    def table(self, config: object, path: str, prefix: str) -> Iterator[ConfigError]:
        """@param prefix: what stands before every text."""
        told: set[Problem] = set()  # a table may well call the rules of its base itself
        dot = path and path + "."
        for keys, rules in _ruled(type(config)):
            for declared in keys:
                value = getattr(config, declared.name)
                if declared.name not in self.unsound.get(id(config), ()):
                    yield from self.key(config, declared, value, dot, prefix)
                for at, item, before in _below(declared, value):
                    where = self.places.get(id(item)) or f"{dot}{declared.name}{at}"
                    yield from self.table(item, where, prefix + before)
            if rules is not None and id(config) not in self.unsound:
                yield from self.whole(config, rules, told, path, prefix)
        for name, item in tablesIn(config).items():
            yield from self.table(item, dot + name, prefix)

    def key(self, config: object, declared: Declared, value: object, dot: str, prefix: str) -> Iterator[ConfigError]:
        name, check = declared.name, declared.meta.check
        if declared.meta.required and not value:
            yield ConfigError(dot + name, f"{prefix or dot}{name} is required", hint=declared.meta.help)
            return
        text = ""
        try:
            text = _refusal(declared, value, self.registry) or ("" if check is None else check(value, config))
        except Exception as error:
            yield _failed(error, dot + name, prefix, f"the check of {name}", "check(value, table)")
        if text:
            yield ConfigError(dot + name, prefix + text, hint=_nearest(declared, value))

    def whole(self, config: object, rules: _Rules, told: set[Problem], path: str, prefix: str) -> Iterator[ConfigError]:
        try:
            problems = list(rules(config, path, self.allowed))
        except Exception as error:
            expected = "problems(self, at, allowed), which gives a Problem for each"
            yield _failed(error, path, prefix, f"the rules of {type(config).__name__}", expected)
            return
        for found in problems:
            if found not in told:
                told.add(found)
                yield ConfigError(".".join(p for p in (path, found.key) if p), prefix + found.text, hint=found.hint)


@onceEach
def _ruled(schema: type) -> list[tuple[list[Declared], _Rules | None]]:
    """
    The keys of a table that have rules or tables below them, and the rules of the whole, in the order of asking: class
    by class, bases first. What the table's C{checkOrder} names, keys and classes, comes before all.
    """
    keys = {
        name: d
        for name, d in keysOf(schema).items()
        if d.meta.oneOf or d.meta.check or d.meta.required or _nested(d.shape)
    }
    tables = [base for base in reversed(schema.__mro__) if attrs.has(base)]
    rules = {base: vars(base).get("problems") for base in tables}
    found: list[tuple[list[Declared], _Rules | None]] = [
        ([keys.pop(item)] if item in keys else [], None) if isinstance(item, str) else ([], rules.pop(item))
        for item in getattr(schema, "checkOrder", ())
    ]
    for base in tables:
        own = [a.name for a in attrs.fields(base) if not a.inherited and a.name in keys]
        found.append(([keys.pop(name) for name in own], rules.get(base)))
    return found


def _nested(shape: Shape) -> bool:
    return shape.kind in ("table", "choice") or (
        shape.kind == "list" and shape.item is not None and _nested(shape.item)
    )


def _below(declared: Declared, value: Any) -> Iterator[tuple[str, object, str]]:
    """The tables in a value: where each stands, and what stands before its problems."""
    shape = declared.shape
    if shape.kind == "list" and shape.item is not None and _nested(shape.item):
        for n, item in enumerate(value):
            yield f"[{n}]", item, _entryPrefix(shape.item, item)
    elif value is not None and shape.kind == "table":
        yield "", value, ""
    elif value is not None and shape.kind == "choice":
        yield "", value, f"{declared.name} {value.type}: "


def _entryPrefix(shape: Shape, item: Any) -> str:
    known = tableType(shape.type)
    return f"{known.choice.noun} {item.name}: " if known is not None and known.choice is not None else ""


def _failed(error: Exception, path: str, prefix: str, what: str, expected: str) -> ConfigError:
    """A rule is broken itself: that of a plugin, or ours."""
    told = f"{what} failed: {type(error).__name__}: {error}"
    fault = Fault(told, placeOfError(error), expected, pageOf())
    found = ConfigError(path, f"{prefix}{what} failed", hint=str(fault))
    found.__cause__ = PluginError(told, faults=[fault])
    found.__cause__.__cause__ = error
    return found


def _refusal(declared: Declared, value: object, registry: Registry | None) -> str:
    meta = declared.meta
    if not meta.oneOf or all(v in meta.oneOf for v in (value if isinstance(value, list) else [value])):
        return ""
    if meta.family is not None and registry is not None and value in registry.names(meta.family):
        return ""
    refusal = meta.refusal or f"invalid {declared.name}, optional values are {{allowed}}"
    return refusal.format(value=value, allowed=f"[{' '.join(meta.oneOf)}]")


def _nearest(declared: Declared, value: object) -> str:
    """@return: what may be meant by a value that is not allowed; the texts of a key's own check have no such word."""
    if not declared.meta.oneOf:
        return ""
    wrong = [v for v in (value if isinstance(value, list) else [value]) if v not in declared.meta.oneOf]
    lower = {v.lower(): v for v in declared.meta.oneOf}
    near = [lower[m] for v in wrong if isinstance(v, str) for m in get_close_matches(v.lower(), lower, n=1) if m]
    asked = [f"did you mean {near[0]!r}?"] if near else []
    if declared.meta.family is not None:
        asked.append(notInstalled(str(value), near))
    return " or ".join(filter(None, asked))


def doubts(config: object, path: str = "", unset: Mapping[int, Mapping[str, str]] = _SET) -> Iterator[str]:
    """
    @param path: where the table stands, with the dot; or whose it is.
    @param unset: by the identities of tables, what is odd about keys whose value was not kept.
    @return: what is odd about values, of a table and of those below it, that are taken all the same.
    """
    yield from (f"{path}{name}: {text}" for name, text in unset.get(id(config), {}).items())
    for name, declared in _doubtful(type(config)):
        value = getattr(config, name)
        text = declared.meta.doubt(value, config) if declared.meta.doubt is not None else ""
        if not text and declared.meta.written and value != declared.default():
            text = writeDoubt(value)
        if text:
            yield f"{path}{name}: {text}"
        for at, nested, whose in _below(declared, value):
            yield from doubts(nested, whose or f"{path}{name}{at}.", unset)
    for name, nested in tablesIn(config).items():
        yield from doubts(nested, f"{path}{name}.", unset)


@onceEach
def _doubtful(schema: type) -> list[tuple[str, Declared]]:
    """The keys that doubts may be about, or about what stands below them."""
    return [
        (name, declared)
        for name, declared in keysOf(schema).items()
        if declared.meta.doubt is not None or declared.meta.written or _nested(declared.shape)
    ]
