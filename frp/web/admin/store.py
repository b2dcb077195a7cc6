"""The reference's API of the store."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping
from typing import Generic, TypeVar

from zope.interface import implementer

from frp.client.store import Conflict, Shelf, Unknown
from frp.config.checking import doubts
from frp.config.entries import Kept
from frp.config.proxy import ProxyConfig
from frp.config.visitor import VisitorConfig
from frp.errors import ConfigError, ConfigErrors, FRPError
from frp.interfaces import IAdminPartKind, IAdminSite, IWebPart
from frp.logs import Log
from frp.values import frozen
from frp.web.admin.strictly import Strictly
from frp.web.answers import APIError, ConfigProblem, problemsOf, unusable
from frp.web.operations import FIRST, Body
from frp.web.serving import WebPart

__all__ = ["Definition", "StoreAPI", "definition"]

C = TypeVar("C", ProxyConfig, VisitorConfig)

#: C{name}, C{type}, and one block below the name of the type, as in a configuration.
Definition = dict[str, object]

_BODY = Body(dict[str, object], "Its name, its type, and a block with its keys, which has the name of the type.")
_REFUSES = {400: "it means nothing, or breaks a rule", 500: "it cannot be kept"}
_UNKNOWN = {404: "there is none of this name"}

#: What stands beside an entry whose keys are not all known.
_WARNINGS = "warnings"


@implementer(IAdminPartKind)
class StoreAPI:
    """C{store.path}."""

    def part(self, site: IAdminSite) -> IWebPart:
        store = site.client.store
        return WebPart(
            [
                _Stored("/store/proxies", "proxies", store.proxies, site.log),
                _Stored("/store/visitors", "visitors", store.visitors, site.log),
            ]
        )


def definition(name: str, type: str, block: Mapping[str, object]) -> Definition:
    """@return: what the API says of a proxy or a visitor."""
    return {"name": name, "type": type, type: block}


@frozen
class _Stored(Generic[C]):
    """The proxies of the store, or its visitors."""

    prefix: str
    _title: str
    _shelf: Shelf[C]
    _log: Log

    @FIRST.operation("GET", "", "all of the store, by name", answers=dict[str, list[Definition]])
    def all(self) -> dict[str, Iterable[Definition]]:
        entries = self._shelf.entries
        return {self._title: map(self._shown, [entries[name] for name in sorted(entries)])}

    @FIRST.operation("GET", "/{name}", "one of them", answers=Definition, refuses=_UNKNOWN)
    def one(self, name: str) -> Definition:
        entry = self._shelf.entries.get(name)
        if entry is None:
            raise APIError(404, f'not found: {self._shelf.noun} "{name}"')
        return self._shown(entry)

    @FIRST.operation(
        "POST",
        "",
        "make one",
        query=Strictly,
        takes=_BODY,
        answers=Definition,
        refuses={**_REFUSES, 409: "its name is taken"},
    )
    async def create(self, body: object, query: Strictly) -> Definition:
        entry = self._read(body, query)
        await self._told(self._shelf.add(entry), "created", entry.config.name)
        return self._warned(entry)

    @FIRST.operation(
        "PUT",
        "/{name}",
        "let it be another",
        query=Strictly,
        takes=_BODY,
        answers=Definition,
        refuses={**_REFUSES, **_UNKNOWN},
    )
    async def update(self, name: str, body: object, query: Strictly) -> Definition:
        entry = self._read(body, query)
        if entry.config.name != name:
            raise APIError(400, f"{self._shelf.noun} name in URL must match name in body")
        await self._told(self._shelf.replace(entry), "updated", name)
        return self._warned(entry)

    @FIRST.operation("DELETE", "/{name}", "take it away", refuses={**_UNKNOWN, 500: "the others cannot be kept"})
    async def delete(self, name: str) -> None:
        await self._told(self._shelf.remove(name), "deleted", name)

    async def _told(self, change: Awaitable[None], verb: str, name: str) -> None:
        """@raise APIError: it cannot be done."""
        try:
            await change
        except FRPError as error:
            raise _refused(error) from error
        self._log.info('store: {verb} {noun} "{name}"', verb=verb, noun=self._shelf.noun, name=name)

    def _shown(self, entry: Kept[C]) -> Definition:
        return definition(entry.config.name, entry.config.type, entry.written)

    def _warned(self, entry: Kept[C]) -> Definition:
        """Keys that mean nothing are the reference's clients' right; whoever has made a slip of the pen is told."""
        shown = self._shown(entry)
        told = [*entry.unknown, *map(_doubt, doubts(entry.config))]
        if told:
            why = "; ".join(one.detail for one in told)
            noun, name = self._shelf.noun, entry.config.name
            self._log.warn('store: {noun} "{name}": {reason}', noun=noun, name=name, reason=why)
            shown[_WARNINGS] = problemsOf(told)
        return shown

    def _read(self, body: object, query: Strictly) -> Kept[C]:
        """@raise APIError: it is no definition."""
        noun, types = self._shelf.noun, self._shelf.types()
        if not isinstance(body, Mapping):
            raise APIError(400, f"parse JSON error: a {noun} is an object with name, type, and a block")
        name, type = body.get("name", ""), body.get("type", "")
        if not isinstance(name, str) or not isinstance(type, str):
            raise APIError(400, "parse JSON error: name and type are texts")
        if not name:
            raise _wrong("name", f"{noun} name is required")
        if type not in types:
            raise _wrong("type", f"invalid {noun} type: {type}")
        blocks = [one for one in types if body.get(one) is not None]
        if len(blocks) != 1:
            raise APIError(400, f"exactly one {noun} type block is required")
        if blocks[0] != type:
            raise APIError(400, f'{noun} type block "{blocks[0]}" does not match type "{type}"')
        block = body[type]
        if not isinstance(block, Mapping):
            raise APIError(400, f"parse JSON error: {type} is no object")
        own = {key: value for key, value in block.items() if key.lower() not in ("name", "type")}
        try:
            entry = self._shelf.read(type, {"name": name, "type": type, **own})
            if query.strictConfig and entry.unknown:
                raise ConfigErrors(entry.unknown)
        except ConfigErrors as errors:
            raise unusable("parse JSON error", errors) from errors
        return entry


def _doubt(said: str) -> ConfigError:
    path, _, problem = said.partition(": ")
    return ConfigError(path, problem)


def _wrong(path: str, problem: str, code: int = 400) -> APIError:
    """@param path: the key."""
    return APIError(code, problem, [ConfigProblem(path, problem)])


def _refused(error: FRPError) -> APIError:
    if isinstance(error, Conflict):
        return _wrong("name", f"conflict: {error.brief}", 409)
    if isinstance(error, Unknown):
        return APIError(404, f"not found: {error.brief}")
    if isinstance(error, ConfigErrors):
        return unusable("invalid argument: validation error", error)
    return APIError(500, error.brief)
