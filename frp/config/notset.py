"""A zero that counts as an absent key: what the reference does, and who writes a plugin has to know."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from frp.config.declare import keysOf, ownerOf

__all__ = ["notSet"]


def notSet(schema: type, mapping: Mapping[str, object], values: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """
    @param values: what was kept of the mapping.
    @return: the keys with a zero for which the default stands, and what is to be said of that. For keys of frp's own
        tables nothing is: there it is as the reference has it.
    """
    for written, value in mapping.items():
        if value or value is None:
            continue
        name = str(written).lower()
        declared = next((one for one in keysOf(schema).values() if one.name.lower() == name), None)
        if declared is None or declared.name in values:
            continue
        default = declared.default()
        if default and ownerOf(schema, declared.name).__module__.partition(".")[0] != __name__.partition(".")[0]:
            shown = "the default" if declared.meta.secret else _asWritten(default)
            yield declared.name, f"{_asWritten(value)} counts as not set: {shown} is used"


def _asWritten(value: object) -> str:
    return json.dumps(value, default=str, ensure_ascii=False)
