"""What the API of frpc has beyond the reference's, in the manner of that of frps."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

from twisted.internet.threads import deferToThreadPool
from zope.interface import Interface, implementer

from frp.client.service import FRPClient
from frp.client.store import Shelf
from frp.config.describe import jsonSchema
from frp.config.entries import written
from frp.config.proxy import ProxyConfig
from frp.config.visitor import VisitorConfig
from frp.errors import PluginError
from frp.interfaces import IAdminPartKind, IAdminSite, IClientPlugin, IProxyKind, IVisitorKind, IVisitorPlugin, IWebPart
from frp.kinds import Registry
from frp.values import frozen
from frp.web.admin.configuration import Configuration
from frp.web.admin.happenings import happenings
from frp.web.admin.statuses import ProxyStatus, VisitorStatus, proxyStatuses, visitorStatuses, waitingProxies
from frp.web.admin.store import Definition, definition
from frp.web.admin.testing import Testing
from frp.web.answers import APIError
from frp.web.events import Events
from frp.web.operations import FIRST, SECOND
from frp.web.serving import WebPart

__all__ = ["SecondAPI"]


@implementer(IAdminPartKind)
class SecondAPI:
    """Below C{/api/v2}; and what the reference's own first API tells of single proxies and visitors."""

    def part(self, site: IAdminSite) -> IWebPart:
        events = Events(site.clock)
        happenings(site.client, events)
        return WebPart(
            [_Running(site.client), Testing(site.client), Configuration(site), _Schemas(site), events], events.close
        )


@frozen
class _Running:
    """What runs, and with which configuration."""

    _client: FRPClient

    @SECOND.operation("GET", "/proxies", "what the proxies do, and which wait for a server", answers=list[ProxyStatus])
    def proxies(self) -> Iterable[ProxyStatus]:
        return chain(proxyStatuses(self._client), waitingProxies(self._client))

    @SECOND.operation("GET", "/visitors", "what the visitors do", answers=list[VisitorStatus])
    def visitors(self) -> Iterable[VisitorStatus]:
        return visitorStatuses(self._client)

    @FIRST.operation(
        "GET",
        "/proxy/{name}/config",
        "the configuration of a proxy, with its defaults",
        answers=Definition,
        refuses={404: "there is none of this name"},
    )
    def proxy(self, name: str) -> Definition:
        store = self._client.store
        return _config("proxy", name, self._client.sources.wanted.proxies, store.proxies if store else None)

    @FIRST.operation(
        "GET",
        "/visitor/{name}/config",
        "the same of a visitor",
        answers=Definition,
        refuses={404: "there is none of this name"},
    )
    def visitor(self, name: str) -> Definition:
        store = self._client.store
        return _config("visitor", name, self._client.sources.wanted.visitors, store.visitors if store else None)


def _config(
    noun: str, name: str, wanted: Iterable[ProxyConfig | VisitorConfig], shelf: Shelf[Any] | None
) -> Definition:
    running = next((one for one in wanted if one.name == name), None)
    if running is not None:
        return definition(name, running.type, written(running))
    if shelf is not None and name in shelf.entries:  # and not enabled
        entry = shelf.entries[name]
        return definition(name, entry.config.type, entry.written)
    raise APIError(404, f'{noun} "{name}" not found')


@frozen
class KindSchemas:
    """JSON Schemas, by type: what a table of that type may have."""

    proxies: dict[str, object]
    visitors: dict[str, object]
    plugins: dict[str, object]
    visitorPlugins: dict[str, object]


@frozen
class _Schemas:
    _site: IAdminSite

    @SECOND.operation(
        "GET", "/schema", "what proxies, visitors and plugins of each installed type may have", answers=KindSchemas
    )
    async def schemas(self) -> KindSchemas:
        # Every kind is imported for it, which takes its time.
        reactor, registry = self._site.reactor, self._site.client.registry
        found: KindSchemas = await deferToThreadPool(reactor, reactor.getThreadPool(), _schemas, registry)
        return found


def _schemas(registry: Registry) -> KindSchemas:
    return KindSchemas(
        proxies=_ofFamily(IProxyKind, registry),
        visitors=_ofFamily(IVisitorKind, registry),
        plugins=_ofFamily(IClientPlugin, registry),
        visitorPlugins=_ofFamily(IVisitorPlugin, registry),
    )


def _ofFamily(family: type[Interface], registry: Registry) -> dict[str, object]:
    """One that is broken is left out."""
    found: dict[str, object] = {}
    for name in registry.names(family):
        try:
            found[name] = jsonSchema(registry.get(family, name).schema, registry)
        except PluginError:
            continue
    return found
