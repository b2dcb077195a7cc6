"""
Keys that are understood and checked, and that nothing in this version acts on. Whoever sets one is told so at start.
"""

from __future__ import annotations

from collections.abc import Iterator

from frp.config.declare import keysOf

__all__ = ["unserved"]


def unserved(config: object, path: str = "") -> Iterator[str]:
    """
    @param path: where the table stands, with the dot.
    @return: the keys that are set in vain: those of a table and of the tables below it that say so.
    """
    for name, declared in keysOf(type(config)).items():
        value = getattr(config, name)
        if declared.shape.kind == "table" and value is not None:
            yield from unserved(value, f"{path}{name}.")
        elif not declared.meta.served and value != declared.default():
            yield path + name
