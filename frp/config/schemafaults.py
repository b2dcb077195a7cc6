"""
What is wrong with the schema of a kind.
"""

from __future__ import annotations

import inspect
import re

from frp.config.declare import BadKey, keysOf, tableType
from frp.errors import Fault
from frp.kinds.places import placeOf, shortened

__all__ = ["placeOfKey", "schemaFault"]


def schemaFault(schema: object, base: type, title: str, place: str, page: str) -> Fault | None:
    """
    @param base: from which it has to be derived; C{object} where that is all the same.
    @param title: what the text begins with.
    @param place: of the kind, where nobody knows that of the schema.
    @return: None where it can be used.
    """
    if not isinstance(schema, type) or tableType(schema) is None or not issubclass(schema, base):
        derived = f", derived from {base.__module__}.{base.__name__}" if base is not object else ""
        named = f"{schema.__module__}.{schema.__qualname__}" if isinstance(schema, type) else repr(schema)
        return Fault(f"{title}: the schema is {named}", placeOf(schema) or place, f"a class with @table{derived}", page)
    try:
        keysOf(schema)
    except BadKey as error:
        return Fault(f"{title}: {error}", placeOfKey(error.owner, error.name), error.expected, page)
    except Exception as error:
        what = f"{title}: the keys of {schema.__name__} cannot be read: {type(error).__name__}: {error}"
        return Fault(what, placeOf(schema), "annotated keys, as frp.config.schema describes them", page)
    return None


def placeOfKey(owner: type, name: str) -> str:
    """@return: the file and the line in which a key is declared; those of the class, where that cannot be seen."""
    try:
        lines, first = inspect.getsourcelines(owner)
        file = inspect.getsourcefile(owner) or "?"
    except (OSError, TypeError):
        return placeOf(owner)
    for number, line in enumerate(lines, first):
        if re.match(rf"\s+{re.escape(name)}\s*[:=]", line):
            return shortened(file, number)
    return placeOf(owner)
