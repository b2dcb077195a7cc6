"""
Single proxies and visitors, as JSON says them outside of a configuration file: in the store of frpc, and in its API.
The shape is that of the reference, which writes some keys even where they are empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

from frp.config.checking import check
from frp.config.common import HeaderOperations
from frp.config.declare import keysOf
from frp.config.decoding import Place, Reading
from frp.config.describe import toDict
from frp.config.proxy import ProxyConfig
from frp.config.visitor import VisitorConfig
from frp.errors import ConfigError, ConfigErrors, UnknownKey
from frp.kinds import Registry
from frp.values import frozen

__all__ = ["Kept", "fit", "read", "written"]

C_co = TypeVar("C_co", bound=ProxyConfig | VisitorConfig, covariant=True)
C = TypeVar("C", bound=ProxyConfig | VisitorConfig)

_Mapping = Mapping[str, object]

#: What the reference writes in any case, in its order.
_PROXY: _Mapping = {
    "name": "",
    "type": "",
    "transport": {"bandwidthLimit": ""},
    "loadBalancer": {"group": ""},
    "healthCheck": {"type": "", "intervalSeconds": 0},
    "plugin": None,
}
_VISITOR: _Mapping = {"name": "", "type": "", "transport": {}, "plugin": None}

#: In which order people read them; the rest follows.
_ORDER = (
    "name",
    "type",
    "enabled",
    "annotations",
    "transport",
    "metadatas",
    "loadBalancer",
    "healthCheck",
    "localIP",
    "localPort",
    "plugin",
)


@frozen
class Kept(Generic[C_co]):
    """
    An entry that was given from outside.

    @ivar given: what was said of it. Defaults are not filled in, so that those of a later version hold for it, too.
    @ivar config: what it means.
    @ivar unknown: its keys that mean nothing.
    """

    given: _Mapping
    config: C_co
    unknown: tuple[ConfigError, ...] = ()

    @property
    def written(self) -> dict[str, object]:
        """What was given, as the reference writes it."""
        return written(self.config, self.given)


def read(schema: type[C], given: _Mapping, registry: Registry) -> Kept[C]:
    """
    @param schema: of its type.
    @param given: what is not known in it is passed over.
    @raise ConfigErrors: a value is of the wrong type.
    """
    reading = Reading(registry=registry, ordered=False)
    config = reading.table(schema, given, Place(struct=schema.__name__))
    wrong = [problem for problem in reading.problems if not isinstance(problem, UnknownKey)]
    if wrong:
        raise ConfigErrors(wrong)
    return Kept(given, config, tuple(reading.problems))


def fit(config: ProxyConfig | VisitorConfig, registry: Registry) -> None:
    """@raise ConfigErrors: it breaks a rule."""
    problems = list(check(config, registry=registry))
    if problems:
        raise ConfigErrors(problems)


def written(config: ProxyConfig | VisitorConfig, given: _Mapping | None = None) -> dict[str, object]:
    """
    @param given: where it is there, only what it says; else all that is not empty.
    @return: what C{json} can write.
    """
    told = _told(toDict(config, defaults=True), toDict(config), given)
    if given is None and config.enabled:
        del told["enabled"]  # the reference does not fill it in
    always = {**(_VISITOR if isinstance(config, VisitorConfig) else _PROXY), **_headers(config)}
    if config.plugin is not None:
        always["plugin"] = _headers(config.plugin)
    whole = _merged(always, told)
    return {name: whole[name] for name in dict.fromkeys([*_ORDER, *whole]) if name in whole}


def _headers(table: object) -> _Mapping:
    """@return: the keys of a table with what is done to headers, which the reference writes in any case."""
    return {name: {} for name, declared in keysOf(type(table)).items() if declared.shape.type is HeaderOperations}


def _told(full: _Mapping, unlike: _Mapping, given: _Mapping | None) -> dict[str, object]:
    """
    @param full: all keys.
    @param unlike: those that have another value than their default.
    """
    spelled = None if given is None else {name.lower(): value for name, value in given.items()}
    found: dict[str, object] = {}
    for name, value in full.items():
        said = None if spelled is None else spelled.get(name.lower())
        if spelled is not None and said is None:
            continue
        if isinstance(value, Mapping):
            below, own = unlike.get(name), said if isinstance(said, Mapping) else None
            value = _told(value, below if isinstance(below, Mapping) else {}, own)
        elif isinstance(said, bool | int):
            value = said  # which may stand for a default
        # A no, or a nothing, counts where the default is something else; so does a table where the default is none.
        if value or name in unlike:
            found[name] = value
    return found


def _merged(always: _Mapping, told: _Mapping) -> dict[str, object]:
    found = {**always, **told}
    for name, value in always.items():
        own = told.get(name)
        if isinstance(value, Mapping) and isinstance(own, Mapping):
            found[name] = _merged(value, own)
    return found
