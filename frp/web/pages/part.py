"""The web parts that serve pages: our own, and those that other parts bring."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Literal

from twisted.web.resource import Resource
from twisted.web.server import Request
from zope.interface import implementer

from frp.interfaces import IAdminPartKind, IAdminSite, IDashboardPartKind, IDashboardSite, IWebPart, IWebSite
from frp.values import frozen
from frp.version import __version__
from frp.web.answers import NOT_FOUND, Answer, moved
from frp.web.operations import ANY, PLAIN, SECOND, Media
from frp.web.page import Page
from frp.web.pages.folder import Folder
from frp.web.serving import WebPart

__all__ = ["AdminPages", "DashboardPages", "Menu"]

_HERE = os.path.dirname(__file__)

_ICON = "favicon.ico"


def _own(program: str, *pages: tuple[str, str]) -> Sequence[Page]:
    return [
        Page(name, title, os.path.join(_HERE, program, name), rank) for rank, (name, title) in enumerate(pages, start=1)
    ]


@implementer(IDashboardPartKind)
class DashboardPages:
    """Those of frps."""

    def part(self, site: IDashboardSite) -> IWebPart:
        pages = _own(
            "frps", ("overview", "Overview"), ("clients", "Clients"), ("proxies", "Proxies"), ("events", "Events")
        )
        return _part("frps", site, site.config.webServer.assetsDir, pages)


@implementer(IAdminPartKind)
class AdminPages:
    """Those of frpc."""

    def part(self, site: IAdminSite) -> IWebPart:
        pages = _own(
            "frpc",
            ("overview", "Overview"),
            ("proxies", "Proxies"),
            ("visitors", "Visitors"),
            ("requests", "Requests"),
            ("events", "Events"),
            ("config", "Configuration"),
        )
        return _part("frpc", site, site.config.webServer.assetsDir, pages)


def _part(program: Literal["frps", "frpc"], site: IWebSite, assets: str, pages: Sequence[Page]) -> IWebPart:
    static = Static(Folder(assets or os.path.join(_HERE, "static")), site, foreign=bool(assets))
    site.mount("/static", static)
    return WebPart([_Doors(program, site, static)], pages=pages)


@frozen
class MenuEntry:
    """A page, which is C{pages/NAME/page.js}."""

    name: str
    title: str


@frozen
class Menu:
    """What the pages begin with."""

    program: Literal["frps", "frpc"]
    version: str
    pages: list[MenuEntry]


@frozen
class _Doors:
    _program: Literal["frps", "frpc"]
    _site: IWebSite
    _static: Static

    @PLAIN.operation(ANY, "/", "to the pages", refuses={301: "they are at static/"})
    def root(self) -> Answer:
        return moved("static/")

    @PLAIN.operation("GET", "/favicon.ico", "the icon", answers=Media("image/x-icon"), refuses={404: "there is none"})
    def icon(self) -> Answer | bytes:
        found = self._static.own.find([_ICON])
        return NOT_FOUND if found is None else found.body

    @SECOND.operation("GET", "/pages", "the pages for browsers", answers=Menu)
    def menu(self) -> Menu:
        listed = sorted(self._site.pages(), key=lambda one: one.rank)
        return Menu(self._program, __version__, [MenuEntry(one.name, one.title) for one in listed])


class Static(Resource):
    """
    C{/static/}, with the folder of each page at C{pages/NAME/}.

    @ivar own: what is served beside them.
    """

    isLeaf = True

    def __init__(self, own: Folder, site: IWebSite, *, foreign: bool) -> None:
        """@param foreign: whether these are somebody's own, who decides what they may load."""
        Resource.__init__(self)
        self.own = own
        self._site = site
        self._foreign = foreign
        self._folders: Mapping[str, Folder] | None = None

    def render_GET(self, request: Request) -> bytes:
        segments = [one.decode("utf-8", "replace") for one in request.postpath or ()]
        if segments[:1] == ["pages"] and len(segments) > 2 and segments[1] in self._pages():
            asset = self._pages()[segments[1]].find(segments[2:])
        else:
            asset = self.own.find(segments)
            if self._foreign:
                request.responseHeaders.removeHeader(b"content-security-policy")
        if asset is not None:
            return asset.render(request)
        request.setResponseCode(NOT_FOUND.code)
        request.responseHeaders.setRawHeaders(b"content-type", [NOT_FOUND.type.encode()])
        return NOT_FOUND.body

    def _pages(self) -> Mapping[str, Folder]:
        if self._folders is None:
            self._folders = {one.name: Folder(one.folder) for one in self._site.pages()}
        return self._folders
