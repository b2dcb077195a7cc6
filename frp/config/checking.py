"""
Holding a table to its rules.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from typing import Any

from frp.config.declare import Declared, Problem, Shape, keysOf, tableType
from frp.errors import ConfigError

__all__ = ["check"]


def check(
    config: Any, *, unsound: Collection[int] = (), allowed: Collection[str] = (), path: str = "", prefix: str = ""
) -> Iterable[ConfigError]:
    """
    Hold a table and those below it to their rules: key by key in the order of declaration, then the rules of the whole
    table.

    @param unsound: the identities of tables whose own rules are not asked.
    @param path: where the table stands.
    @param prefix: what stands before every text.
    """
    dot = path and path + "."
    for name, declared in keysOf(type(config)).items():
        value = getattr(config, name)
        text = _refusal(declared, value) or (
            declared.meta.check(value, config) if declared.meta.check is not None else ""
        )
        if text:
            yield ConfigError(dot + name, prefix + text, hint=_nearest(declared, value))
        if declared.shape.kind == "table" or (declared.shape.kind == "choice" and value is not None):
            if value is not None:
                inner = f"{prefix}{name} {value.type}: " if declared.shape.kind == "choice" else prefix
                yield from check(value, unsound=unsound, allowed=allowed, path=dot + name, prefix=inner)
        elif declared.shape.item is not None and declared.shape.item.kind in ("table", "choice"):
            for n, item in enumerate(value if declared.shape.kind == "list" else ()):
                inner = prefix + _entryPrefix(declared.shape.item, item)
                yield from check(item, unsound=unsound, allowed=allowed, path=f"{dot}{name}[{n}]", prefix=inner)
    if id(config) not in unsound:
        for found in _broken(config, path, allowed):
            yield ConfigError(".".join(p for p in (path, found.key) if p), prefix + found.text, hint=found.hint)


def _broken(config: Any, path: str, allowed: Collection[str]) -> Iterable[Problem]:
    """What the rules of a table and of its bases find, once: a table may well call its base's rules itself."""
    rules = [vars(c)["problems"] for c in reversed(type(config).__mro__) if "problems" in vars(c)]
    return dict.fromkeys(problem for rule in rules for problem in rule(config, path, allowed))


def _entryPrefix(shape: Shape, item: Any) -> str:
    known = tableType(shape.type)
    return f"{known.choice.noun} {item.name}: " if known is not None and known.choice is not None else ""


def _refusal(declared: Declared, value: Any) -> str:
    meta = declared.meta
    if not meta.oneOf or all(v in meta.oneOf for v in (value if isinstance(value, list) else [value])):
        return ""
    refusal = meta.refusal or f"invalid {declared.name}, optional values are {{allowed}}"
    return refusal.format(value=value, allowed=f"[{' '.join(meta.oneOf)}]")


def _nearest(declared: Declared, value: Any) -> str:
    wrong = [v for v in (value if isinstance(value, list) else [value]) if v not in declared.meta.oneOf]
    lower = {v.lower(): v for v in declared.meta.oneOf}
    near = [lower[m] for v in wrong if isinstance(v, str) for m in get_close_matches(v.lower(), lower, n=1) if m]
    return f"did you mean {near[0]!r}?" if near else ""
