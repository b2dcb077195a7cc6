"""From a mapping, as a file gives it, to a table; with everything that is wrong with it at once."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import TypeVar

import attrs

from frp.config.checking import check
from frp.config.declare import Choice, Declared, Shape, keysOf, onceEach, tableType
from frp.config.kindtables import chosen, configured, keyOfKind, kindsOf, schemaOf, tableOf
from frp.config.notset import notSet
from frp.config.unknown import Look, hintOn, nowhere
from frp.config.values import Written, numeral, whatIs
from frp.errors import ConfigError, ConfigErrors, PluginError, UnknownKey
from frp.kinds import Registry
from frp.kinds.places import notInstalled
from frp.values import define, frozen

__all__ = ["EXPECTED", "Place", "Reading", "decode"]

T = TypeVar("T")
_MISSING: object = object()
_Values = dict[str, object]
_LARGEST = 2**63
#: What to write for each kind of shape.
EXPECTED = {
    "str": "a text in quotes",
    "int": "a whole number, without quotes",
    "bool": "true or false",
    "list": "a list, such as [...]",
    "dict": "a table of names and values",
    "table": "a table",
    "choice": "a table with a type",
    "value": "a text in quotes",
}


def decode(
    schema: type[T],
    mapping: Mapping[str, object],
    *,
    strict: bool = True,
    registry: Registry | None = None,
    allowed: Collection[str] = (),
    ordered: bool = True,
    path: str = "",
) -> T:
    """
    Read and check one table.

    @param strict: unknown keys are problems.
    @param registry: where the schemas of tables with a C{type} are found.
    @param allowed: the unsafe features that were allowed on the command line.
    @param ordered: read the keys in alphabetical order, as the reference does for TOML and YAML; of two spellings of
        one key the later wins.
    @param path: where the table stands, put before the path of every problem.
    @raise ConfigErrors: with all problems.
    """
    reading = Reading(strict=strict, registry=registry, ordered=ordered)
    place = Place(path=path and path + ".", struct=_struct(schema))
    config = reading.table(schema, mapping, place)
    problems = reading.problems
    problems += check(config, unsound=reading.unsound, allowed=allowed, path=path, registry=registry)
    if problems:
        raise ConfigErrors(problems)
    return config


@frozen
class Place:
    """
    Where a table stands, for texts.

    @ivar path: the user's way to it, with the dot: C{"proxies[3].transport."}.
    @ivar label: the reference's way to it.
    @ivar struct: the reference's name for it; used inside C{entry} only.
    @ivar within: what stands before every problem.
    @ivar unknown: what stands before an unknown key.
    @ivar entry: inside a table with a type the reference words wrong types otherwise.
    @ivar own: whether the reference knows of which types the keys are, where it reads YAML and is not strict. It loses
        track of them below a key that comes from a base table.
    """

    path: str = ""
    label: str = ""
    struct: str = ""
    within: str = ""
    unknown: str = ""
    entry: bool = False
    own: bool = True

    def under(self, declared: Declared, index: str = "") -> Place:
        """The place of a table below this one."""
        label = f"{self.label}{declared.embedded}{declared.name}."
        own = self.own and not declared.embedded
        return attrs.evolve(self, path=f"{self.path}{declared.name}{index}.", label=label, struct="", own=own)


def _struct(schema: type) -> str:
    known = tableType(schema)
    return known.reference.rpartition(".")[2] if known is not None else schema.__name__


@onceEach
def _spellings(schema: type) -> dict[str, Declared]:
    """The keys of a schema in lower case."""
    return {name.lower(): declared for name, declared in keysOf(schema).items()}


@define
class Reading:
    """
    One configuration being read.

    @ivar textual: numbers and booleans are taken for strings, as the reference does for YAML that is not read strictly.
    @ivar elsewhere: looks who knows a key that a table does not have.
    @ivar late: a plugin that is not there is found when its proxy starts, as the reference does for INI files.
    @ivar unsound: the tables in which something was found, by identity, and the keys; their rules would report only its
        consequences.
    @ivar unset: what is to be said of keys that count as not set, though they were, by the identities of their tables.
    @ivar places: where the tables with a type stand, by identity; they may be moved to other lists afterwards.
    """

    strict: bool = True
    registry: Registry | None = None
    ordered: bool = True
    textual: bool = False
    late: bool = False
    elsewhere: Look = nowhere
    problems: list[ConfigError] = attrs.field(factory=list)
    unsound: dict[int, set[str]] = attrs.field(factory=dict)
    unset: dict[int, dict[str, str]] = attrs.field(factory=dict)
    places: dict[int, str] = attrs.field(factory=dict)
    _kept: list[object] = attrs.field(factory=list)  # so that no identity is used twice
    _around: list[tuple[type, str]] = attrs.field(factory=list)  # the tables that are being read, and their paths

    def table(self, schema: type[T], mapping: Mapping[str, object], place: Place) -> T:
        """Read one table. What cannot be used is noted, and its key keeps the default."""
        before = len(self.problems)
        self._around.append((schema, place.path))
        broken: set[str] = set()
        known = _spellings(schema)
        values: _Values = {}
        tables: _Values = {}
        late: dict[str, tuple[Declared, object]] = {}
        items: Iterable[tuple[str, object]] = mapping.items()
        if self.ordered and len(mapping) > 1:
            items = sorted(items, key=_byName)
        for name, value in items:
            declared = known.get(name.lower() if isinstance(name, str) else str(name).lower())
            if declared is None:
                self._ofKind(tables, schema, str(name), value, place, broken)
            elif value is None:
                continue
            elif declared.shape.item is not None and declared.shape.item.kind == "choice":
                late[declared.name] = declared, value
            else:
                self._keep(values, declared, value, place, broken)
        for one in known.values() if late else ():
            if one.name in late:
                self._keep(values, *late[one.name], place, broken)
        kinds = kindsOf(schema)
        if kinds is not None:
            values[kinds.attribute] = tables
        made = schema(**values)
        if kinds is not None:
            self._complete(made, kinds.by, tables, place, broken)
        self._kept.append(made)
        unset = {name: text for name, text in notSet(schema, mapping, values) if name not in broken}
        if unset:
            self.unset[id(made)] = unset
        if len(self.problems) > before:
            self.unsound[id(made)] = broken
        self._around.pop()
        return made

    def _ofKind(self, tables: _Values, schema: type, name: str, value: object, place: Place, broken: set[str]) -> None:
        """A key that is not declared: that of a kind's table, or unknown."""
        try:
            declared = None if self.registry is None else keyOfKind(schema, name, self.registry)
        except PluginError as error:
            broken.add(name)
            self._cannot(error, f"{place.path}{name}", place.within)
            return
        if declared is None:
            if self.strict:
                self._unknown(name, place, isinstance(value, Mapping))
        elif value is not None:
            self._keep(tables, declared, value, place, broken)

    def _complete(self, made: object, by: str, tables: _Values, place: Place, broken: set[str]) -> None:
        """The kind in use has its table, so that what it lacks is known now."""
        registry = self.registry
        name = chosen(made, registry) if registry is not None else ""
        if registry is None or not name or name in tables or name in broken:
            return
        try:
            table = tableOf(made, name, registry)
        except PluginError as error:
            self._cannot(error, f"{place.path}{by}", place.within)
            return
        if table is not None:
            tables[name] = table

    def _keep(self, values: _Values, declared: Declared, value: object, place: Place, broken: set[str]) -> None:
        before = len(self.problems)
        read = self._value(declared.shape, value, declared, place, "")
        if len(self.problems) > before:
            broken.add(declared.name)
        if read is _MISSING:
            return
        # Zero means unset wherever there is a default, unless the key says otherwise; a False is a False.
        shape = declared.shape
        if read or declared.meta.zero or shape.optional or shape.kind in ("bool", "table", "choice"):
            values[declared.name] = read
        else:
            values.pop(declared.name, None)

    def _value(self, shape: Shape, value: object, declared: Declared, place: Place, index: str) -> object:
        kind = shape.kind
        if kind == "str":
            if isinstance(value, str):
                return value
            if isinstance(value, (datetime.date, datetime.time)):
                return value.isoformat().replace("+00:00", "Z")
            known = self.textual and place.own and not declared.embedded and not index.startswith(".")
            if known and isinstance(value, (bool, int, float)):
                return str(value).lower() if isinstance(value, bool) else numeral(value)
        elif kind == "int":
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                return self._integer(shape, value, declared, place, index)
        elif kind == "bool":
            if isinstance(value, bool):
                return value
        elif kind == "table":
            if isinstance(value, Mapping):
                below = place.under(declared, index)
                return self.table(shape.type, value, attrs.evolve(below, struct=shape.reference.rpartition(".")[2]))
        elif kind == "choice":
            return self._chosen(shape, value, declared, place, index)
        elif kind == "value":
            if isinstance(value, str):
                try:
                    return shape.type.parse(value)
                except ValueError as error:
                    return self._note(f"{place.path}{declared.name}{index}", place.within + str(error))
        elif kind == "list":
            if isinstance(value, (list, tuple)):
                return self._list(shape, value, declared, place, index)
        elif isinstance(value, Mapping):
            return self._map(shape, value, declared, place)
        return self._wrongType(shape, whatIs(value), declared, place, index)

    def _list(self, shape: Shape, values: Iterable[object], declared: Declared, place: Place, index: str) -> object:
        assert shape.item is not None
        read = []
        for n, value in enumerate(values):
            if value is None and shape.item.kind != "choice":
                value = _zero(shape.item)
            one = self._value(shape.item, value, declared, place, f"{index}[{n}]")
            if one is not _MISSING:
                read.append(one)
        return read

    def _map(self, shape: Shape, mapping: Mapping[str, object], declared: Declared, place: Place) -> object:
        assert shape.item is not None
        read = {}
        for name, value in mapping.items():
            one = _zero(shape.item) if value is None else self._value(shape.item, value, declared, place, f".{name}")
            if one is not _MISSING:
                read[str(name)] = one
        return read

    def _integer(self, shape: Shape, value: float, declared: Declared, place: Place, index: str) -> object:
        whole = isinstance(value, int) or (value.is_integer() and not isinstance(value, Written))
        if whole and -_LARGEST <= value < _LARGEST:
            return int(value)
        return self._wrongType(shape, f"number {numeral(value)}", declared, place, index)

    def _chosen(self, shape: Shape, value: object, declared: Declared, place: Place, index: str) -> object:
        known = tableType(shape.type)
        assert known is not None
        assert known.choice is not None
        choice, path = known.choice, f"{place.path}{declared.name}{index}"
        start = place.within if place.entry else f"decode {choice.noun} at index {index[1:-1]}: "
        if value is None:
            return self._note(path, f"{start}type is required")
        if not isinstance(value, Mapping):
            if place.entry:
                return self._wrongType(shape, whatIs(value), declared, place, index)
            text = f"json: cannot unmarshal {whatIs(value)} into Go value of type {shape.reference}"
            return self._note(path, start + text)
        name = self._type(value)
        if name is not None and not isinstance(name, str):
            if place.entry:
                label = f"{place.label}{declared.embedded}{declared.name}.type"
                field = f"Go struct field {place.struct}.{label} of type string"
                return self._note(f"{path}.type", f"{start}json: cannot unmarshal {whatIs(name)} into {field}")
            return self._note(f"{path}.type", f'field "type": cannot unmarshal {whatIs(name)} into string')
        schema = self._schema(choice, name or "", f"{path}.type", start, shape.type, late=self.late and place.entry)
        if schema is None:
            return _MISSING
        struct = schema.__name__.removesuffix(choice.suffix).removesuffix("Config") + choice.suffix
        outer = place.unknown if place.entry else start
        within, unknown = start + choice.within, outer + (choice.withinUnknown or choice.within)
        inside = Place(f"{path}.", "", struct, within, unknown, entry=True, own=False)
        if place.entry and choice.withinUnknown:
            # The reference decodes the inner table a second time, and only that pass is strict.
            inside = attrs.evolve(inside, unknown=place.unknown.partition(": ")[0] + ": " + choice.withinUnknown)
        made: object = self.table(schema, value, inside)
        self.places[id(made)] = path
        return made

    def _type(self, mapping: Mapping[str, object]) -> object:
        found = None
        names = [name for name in mapping if isinstance(name, str) and name.lower() == "type"]
        for name in sorted(names) if self.ordered else names:
            found = mapping[name] if mapping[name] is not None else found
        return found

    def _schema(
        self, choice: Choice, name: str, path: str, start: str, base: type, *, late: bool = False
    ) -> type | None:
        if not name and choice.empty:
            self._note(path, start + choice.empty)
            return None
        found = None
        if self.registry is not None and choice.family is not None and name in self.registry.names(choice.family):
            try:
                found = schemaOf(choice.family, name, self.registry, base)
            except PluginError as error:
                self._cannot(error, path, start)
                return None
        if found is None and late:
            return base
        if found is None:
            names = [] if self.registry is None or choice.family is None else configured(choice.family, self.registry)
            near = get_close_matches(name.lower(), names, n=1)
            known = f"known: {', '.join(names)}" if names else f"this frp has no {choice.noun} types"
            known = known if name else f"it has no type; {known}"
            broken = self.registry.broken if self.registry is not None else ()
            lost = "; failed to load: " + ", ".join(f"{b.module} ({b.reason})" for b in broken) if broken else ""
            hint = (f"did you mean {near[0]!r}? " if near else "") + known + lost
            besides = "" if choice.family is None else notInstalled(name, near)
            hint += f"; {besides}" if besides else ""
            self._note(path, f"{start}unknown {choice.noun} type: {name}", hint)
        return found

    def _cannot(self, error: PluginError, path: str, before: str) -> None:
        """A kind cannot be had."""
        self._note(path, before + error.brief, error.detail)
        self.problems[-1].__cause__ = error

    def _unknown(self, name: str, place: Place, table: bool) -> None:
        hint = hintOn(name, self._around, self.registry, self.elsewhere, table=table)
        text = f'{place.unknown}json: unknown field "{name}"'
        self.problems.append(UnknownKey(f"{place.path}{name}", text, hint=hint))

    def _wrongType(self, shape: Shape, found: str, declared: Declared, place: Place, index: str) -> object:
        expected = shape.reference
        if declared.meta.spelled and not index:
            path = f"{place.path}{declared.name}"
            return self._note(path, f"{path} cannot be a {found}: write {declared.meta.spelled}")
        label = f"{place.label}{declared.embedded}{declared.name}"
        if place.entry:
            field = f"Go struct field {place.struct}.{label} of type {expected}"
            text = f"{place.within}json: cannot unmarshal {found} into {field}"
        else:
            text = f'field "{label}": cannot unmarshal {found} into {expected}'
        return self._note(f"{place.path}{declared.name}{index}", text, _expected(shape, found, declared.name))

    def _note(self, path: str, problem: str, hint: str = "") -> object:
        self.problems.append(ConfigError(path, problem, hint=hint))
        return _MISSING


def _expected(shape: Shape, found: str, name: str) -> str:
    """@param found: what stands there in place of the shape."""
    if found == "object" and shape.item is not None and shape.item.kind in ("choice", "table"):
        return f"{name} is a list of tables: in TOML each begins with [[{name}]], in two brackets, and has its own name"
    return f"expected: {EXPECTED[shape.kind]}"


def _byName(item: tuple[str, object]) -> str:
    return str(item[0])


def _zero(shape: Shape) -> object:
    return {"str": "", "int": 0, "bool": False, "list": [], "value": ""}.get(shape.kind, {})
