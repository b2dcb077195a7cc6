"""A web server with all its parts, as the plugin system has them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.web.resource import IResource
from zope.interface import Interface, implementer

from frp.config.client import ClientConfig
from frp.config.server import ServerConfig
from frp.errors import PluginError
from frp.interfaces import IReactor, IWebPart, IWebSite
from frp.kinds import Registry
from frp.logs import Log
from frp.sockets.certificates import TLSFields
from frp.values import frozen
from frp.web.app import App
from frp.web.guarding import isOpen
from frp.web.listening import WebServer
from frp.web.openapi import described
from frp.web.operations import Operation, operationsOf
from frp.web.page import Page

__all__ = ["OPEN", "Serving", "WebPart", "WebSite"]

#: Whoever keeps the web server as open as this is told so, in the log and on the pages.
OPEN = (
    "everybody who reaches the web server may see and change everything: set webServer.user and webServer.password, or"
    " let webServer.addr be 127.0.0.1"
)


@implementer(IWebPart)
@frozen
class WebPart:
    """A part that needs no class of its own."""

    resources: Sequence[object]
    _closed: Callable[[], object] = lambda: None
    pages: Sequence[Page] = ()

    def close(self) -> None:
        self._closed()


@implementer(IWebSite)
@frozen(eq=False)
class WebSite:
    """What the sites of both programs have in common."""

    reactor: IReactor
    log: Log
    app: App

    @property
    def clock(self) -> IReactorTime:
        return self.reactor

    def operations(self) -> Sequence[Operation]:
        return self.app.operations

    def pages(self) -> Sequence[Page]:
        return self.app.pages

    def notices(self) -> Sequence[str]:
        return ()

    def mount(self, path: str, resource: IResource) -> None:
        self.app.mount(path, resource)


class Serving(Service):
    """
    The parts, and their port.

    @ivar listening: the port.
    @ivar parts: by name.
    """

    def __init__(
        self,
        site: WebSite,
        config: ServerConfig | ClientConfig,
        family: type[Interface],
        registry: Registry,
        name: str,
    ) -> None:
        """@param name: what the log calls it."""
        self._site = site
        self._config = config
        self._family = family
        self._registry = registry
        self.parts: dict[str, IWebPart] = {}
        app = site.app
        self.listening = WebServer(site.reactor, config.webServer, app.resource, app.guard, name=name, log=site.log)

    @property
    def operations(self) -> Sequence[Operation]:
        """All that is served."""
        return self._site.operations()

    def startService(self) -> None:
        """
        @raise frp.errors.FRPError: the port cannot be had, a file of C{webServer.tls} cannot be used, or a part does
            not want to be there.
        """
        for contribution in self._registry.contributions(self._family):
            if contribution.wanted(self._config):
                self._add(contribution.name)
        self.listening.startService()
        if isOpen(self._config.webServer):
            self._site.log.warn("{what}", what=OPEN)
        Service.startService(self)

    def renewal(self, tls: TLSFields | None) -> Callable[[], None] | None:
        """As L{WebServer.renewal<frp.web.listening.WebServer.renewal>}."""
        return self.listening.renewal(tls)

    def _add(self, name: str) -> None:
        """One that is broken is passed over, and so is what cannot be served or described of another."""
        try:
            part: IWebPart = self._registry.make(self._family, name, "part", self._site)
        except PluginError as error:
            self._site.log.error("{name} is not served: {reason}", name=name, reason=error.detail)
            return
        self.parts[name] = part
        for page in part.pages:
            self._show(name, page)
        for resource in part.resources:
            for operation in operationsOf(resource):
                self._serve(name, operation)

    def _show(self, name: str, page: Page) -> None:
        script = os.path.join(page.folder, "page.js")
        if os.path.isfile(script):
            self._site.app.pages.append(page)
        else:
            text = "the page {page} of {name} is not shown: there is no file {file}"
            self._site.log.error(text, page=page.name, name=name, file=script)

    def _serve(self, name: str, operation: Operation) -> None:
        what, log = f"{operation.verb} {operation.path}", self._site.log
        if any((one.verb, one.path) == (operation.verb, operation.path) for one in self.operations):
            log.error("{what} of {name} is not served: another part serves it", what=what, name=name)
            return
        try:
            described([operation])
            self._site.app.add(operation)
        except Exception:
            log.failure("{what} of {name} cannot be served", what=what, name=name)

    def stopService(self) -> Deferred[None]:
        Service.stopService(self)
        parts, self.parts = self.parts, {}
        for name, part in parts.items():
            try:
                part.close()
            except Exception:
                self._site.log.failure("{name} did not close", name=name)
        return self.listening.stopService()
