"""From a table back to a plain mapping."""

from __future__ import annotations

from typing import Any

import attrs

from frp.config.declare import Declared, Shape, keysOf
from frp.config.kindtables import tablesIn

__all__ = ["HIDDEN", "redacted", "toDict"]

HIDDEN = "******"


def toDict(config: object, *, defaults: bool = False) -> dict[str, object]:
    """
    The keys of a table and of those below it; reading them again gives an equal table.

    @param defaults: also those that have their default.
    """
    return _dump(config, defaults, hide=False)


def redacted(config: object, *, defaults: bool = False) -> dict[str, object]:
    """The same with every secret that is set replaced by L{HIDDEN}."""
    return _dump(config, defaults, hide=True)


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
