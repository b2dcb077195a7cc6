"""C{--explain}: the reference of a table, for those who have no pages at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from frp import logs
from frp.cli.files import installed, registry
from frp.cli.suggesting import meant
from frp.errors import FRPError

if TYPE_CHECKING:
    from zope.interface import Interface

    from frp.config.flags import Values
    from frp.kinds import Registry

__all__ = ["explained", "names"]


def explained(whole: type, values: Values) -> int:
    """Print the reference of the table that C{--explain} names."""
    from frp.config.schema import explain

    kinds = registry(values)
    logs.hush()
    click.echo(explain(_table(whole, values["explain"], kinds), kinds))
    return 0


def names(whole: type, values: Values, word: str) -> list[str]:
    """
    @param word: the beginning of a name.
    @return: the names of the tables beside the one that it may name.
    @raise FRPError: what stands before its last dot is no table.
    """
    kinds = installed(values)
    above, dot, _ = word.rpartition(".")
    place = _table(whole, above, kinds)
    return [f"{above}{dot}{name}" for name in (*_kindsIn(place, kinds), *_tablesIn(place, kinds))]


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
            known = [*_kindsIn(place, kinds), *tables]
            hint = meant(part.lower(), known, f"there are: {', '.join(known) or 'none'}") + _besides(part, place)
            where = f"[{'.'.join(walked)}]" if walked else "the configuration"
            raise FRPError(f"no table [{part}] in {where}: {hint}")
        place = found
        walked.append(part)
    return place


def _besides(part: str, place: type) -> str:
    """@return: what to ask besides about a table that is not there; empty where kinds have none."""
    from frp.config.kindtables import kindsOf
    from frp.kinds.places import notInstalled

    return f"; {notInstalled(part, ())}" if kindsOf(place) is not None or _familyIn(place) is not None else ""


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
