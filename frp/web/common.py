"""What the web servers of both programs serve."""

from __future__ import annotations

from zope.interface import implementer

from frp.interfaces import IAdminPartKind, IAdminSite, IDashboardPartKind, IDashboardSite, IWebPart
from frp.values import frozen
from frp.web.guarding import isOpen
from frp.web.openapi import Description
from frp.web.operations import ANY, PLAIN, SECOND, Media
from frp.web.serving import OPEN, WebPart

__all__ = ["Common"]

_TEXT = Media("text/plain; charset=utf-8")


@frozen
class _Common:
    _site: IDashboardSite | IAdminSite

    @PLAIN.operation("GET", "/operations", "what there is", answers=_TEXT)
    def index(self) -> str:
        listed = self._site.operations()
        width = max(len(one.path) for one in listed)
        return "".join(f"{one.verb:6} {one.path:{width}}   {one.about}\n" for one in listed)

    @SECOND.operation("GET", "/notices", "what whoever keeps this program should know", answers=list[str])
    def notices(self) -> list[str]:
        return [*([OPEN] if isOpen(self._site.config.webServer) else []), *self._site.notices()]

    @PLAIN.operation(ANY, "/healthz", "whether it lives", locked=False)
    def health(self) -> None:
        """It does."""


@implementer(IDashboardPartKind, IAdminPartKind)
class Common:
    """The list of all that there is, in two forms, and C{/healthz}."""

    def part(self, site: IDashboardSite | IAdminSite) -> IWebPart:
        return WebPart([_Common(site), Description(site)])
