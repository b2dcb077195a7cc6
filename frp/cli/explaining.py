"""C{--explain}: the reference of a table or a key, for those who have no pages at hand."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

import click

from frp import logs
from frp.cli.files import installed, registry
from frp.cli.suggesting import asked
from frp.errors import FRPError

if TYPE_CHECKING:
    from zope.interface import Interface

    from frp.config.flags import Values
    from frp.kinds import Registry

__all__ = ["explained", "names"]


def explained(whole: type, values: Values) -> int:
    """Print the reference of the table, or of the key, that C{--explain} names."""
    kinds = registry(values)
    logs.hush()
    click.echo(_reference(whole, values["explain"], kinds))
    return 0


def _reference(whole: type, name: str, kinds: Registry) -> str:
    """@raise FRPError: there is nothing of this name."""
    from frp.config.describe import explain, explainKey
    from frp.config.kindtables import allKeys

    try:
        return explain(_table(whole, name, kinds), kinds)
    except FRPError:
        above, _, last = name.rpartition(".")
        for key, declared in allKeys(_table(whole, above, kinds), kinds).items():
            if key.lower() == last.lower():
                return explainKey(key, declared)
        raise


def names(whole: type, values: Values, word: str) -> list[str]:
    """
    @param word: the beginning of a name.
    @return: the names of the tables and keys beside the one that it may name.
    @raise FRPError: what stands before its last dot is no table.
    """
    kinds = installed(values)
    above, dot, _ = word.rpartition(".")
    place = _table(whole, above, kinds)
    return [f"{above}{dot}{name}" for name in _namesIn(place, kinds)]


def _table(whole: type, name: str, kinds: Registry) -> type:
    """
    @param name: where it stands, C{transport.tls}; kinds by their name, C{proxies.tcp}; empty for the whole.
    @raise FRPError: there is no such table.
    """
    # One step for each part of the name. A choice takes the name of a kind for the next step; its own keys count, too.
    place: type = whole
    walked: list[str] = []
    for part in name.split(".") if name else ():
        tables = {key.lower(): table for key, table in _tablesIn(place, kinds).items()}
        found = _kindIn(place, part, kinds) or tables.get(part.lower())
        if found is None:
            where = f"[{'.'.join(walked)}]" if walked else "the configuration"
            hint = _elsewhere(part, whole, kinds) or _here(part, place, kinds)
            raise FRPError(f"no table and no key [{part}] in {where}: {hint}")
        place = found
        walked.append(part)
    return place


def _elsewhere(part: str, whole: type, kinds: Registry) -> str:
    """@return: where there are keys of this very name, in this program or the other; empty where there is none."""
    from frp.config.elsewhere import namesOf, namesOfOther

    names = namesOf(part, whole, kinds)
    if names:
        return asked(names)
    program, names = namesOfOther(part, whole, kinds)
    return f"a key of {program}: {program} --explain {names[0]}" if names else ""


def _here(part: str, place: type, kinds: Registry) -> str:
    """@return: what a table has in place of a part that it has not."""
    from frp.config.kindtables import kindsOf
    from frp.kinds.places import notInstalled

    known = {name.lower(): name for name in _namesIn(place, kinds)}
    near = [known[name] for name in get_close_matches(part.lower(), known)]
    tables = ", ".join((*_kindsIn(place, kinds), *_tablesIn(place, kinds)))
    said = [asked(near, f"its tables are: {tables or 'none'}")]
    if kindsOf(place) is not None or _familyIn(place) is not None:
        said.append(notInstalled(part, ()))
    return (" or " if near else "; ").join(said)


def _namesIn(place: type, kinds: Registry) -> list[str]:
    """@return: of the kinds, and of all keys."""
    from frp.config.kindtables import allKeys

    return list(dict.fromkeys((*_kindsIn(place, kinds), *allKeys(place, kinds))))


def _tablesIn(place: type, kinds: Registry) -> dict[str, type]:
    """@return: the tables below one, by their keys."""
    from frp.config.kindtables import allKeys

    tables: dict[str, type] = {}
    for key, declared in allKeys(place, kinds).items():
        shape = declared.shape
        if shape.kind in ("list", "dict") and shape.item is not None:
            shape = shape.item
        if shape.kind in ("table", "choice"):
            tables[key] = shape.type
    return tables


def _familyIn(place: type) -> type[Interface] | None:
    """@return: the family of the kinds among which a table chooses, if it does."""
    from frp.config.declare import tableType

    declared = tableType(place)
    return None if declared is None or declared.choice is None else declared.choice.family


def _kindsIn(place: type, kinds: Registry) -> list[str]:
    from frp.config.kindtables import configured

    family = _familyIn(place)
    return [] if family is None else configured(family, kinds)


def _kindIn(place: type, name: str, kinds: Registry) -> type | None:
    """@return: the table of a kind of this name, if there is one."""
    from frp.config.kindtables import configured, schemaOf

    family = _familyIn(place)
    return None if family is None or name not in configured(family, kinds) else schemaOf(family, name, kinds)
