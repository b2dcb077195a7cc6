"""Tests of web servers with all their parts."""

from __future__ import annotations

from typing import Any

import attrs
from zope.interface import implementer

from frp import logs
from frp.config.common import WebServerConfig
from frp.interfaces import IDashboardPartKind, IDashboardSite, IWebPart
from frp.plugin import Contribution, Registry
from frp.testing.web import WebTestCase
from frp.web.app import App
from frp.web.dashboard.site import DashboardSite
from frp.web.operations import FIRST
from frp.web.page import Page
from frp.web.serving import Serving, WebPart

PASSWORD = {"user": "admin", "password": "secret"}


@attrs.frozen
class Counting:
    """What a stranger's part does."""

    site: IDashboardSite

    @FIRST.operation("GET", "/stranger/count", "how many proxies there are", answers=int)
    def count(self) -> int:
        """Ask the server."""
        return len(self.site.server.shared.statistics.records())


@implementer(IDashboardPartKind)
class Stranger:
    """A part that somebody else has written."""

    closed = 0

    def part(self, site: IDashboardSite) -> IWebPart:
        """It has one resource."""
        return WebPart([Counting(site)], self.close)

    def close(self) -> None:
        """Count."""
        self.closed += 1


class Odds:
    """Some of it cannot be served."""

    @FIRST.operation("GET", "/odd/good", "fine", answers=int)
    def good(self) -> int:
        """One."""
        return 1

    @FIRST.operation("GET", "/odd/bad", "has no schema", answers=complex)
    def bad(self) -> complex:
        """None."""
        return 1j

    @FIRST.operation("GET", "/clients", "is another's", answers=int)
    def clients(self) -> int:
        """None."""
        return 2


@implementer(IDashboardPartKind)
class Odd:
    """A part with mistakes."""

    def part(self, site: IDashboardSite) -> IWebPart:
        """It fails in the end as well."""
        return WebPart([Odds()], lambda: 1 // 0)


class Crooked:
    """No part at all."""


class ServingTestCase(WebTestCase):
    """frps with other parts."""

    def serving(self, *contributions: Contribution, **settings: Any) -> Serving:
        """Start frps with other parts, too."""
        server = self.network.server(**settings)
        registry = Registry(find=lambda: [*server.registry.contributions(), *contributions])
        log = logs.Log("frp.web.test")
        server.config.webServer = config = WebServerConfig(port=7500)
        site = DashboardSite(self.network.reactor, log, App(self.network.reactor, config, log), server)
        return self.serve(Serving(site, server.config, IDashboardPartKind, registry, "test"))


class ServingTests(ServingTestCase):
    """The parts."""

    def test_stranger(self) -> None:
        """What somebody else brings is served like ours, listed, described, and told of the end."""
        kind = Stranger()
        web = self.serving(Contribution(IDashboardPartKind, "stranger", "counts", kind))
        self.assertEqual(self.get("/api/stranger/count").json, 0)
        self.assertIn(b"how many proxies there are\n", self.get("/operations").body)
        self.assertIn("/api/stranger/count", self.get("/openapi.json").json["paths"])
        self.webs.remove(web)
        web.stopService()
        self.assertEqual(kind.closed, 1)

    def test_broken(self) -> None:
        """One that breaks its promise is passed over, with a line in the log."""
        self.serving(Contribution(IDashboardPartKind, "crooked", "is none", Crooked))
        self.assertEqual(self.get("/healthz").code, 200)
        self.assertEqual(self.logged("crooked is not served"), 1)

    def test_partlyBroken(self) -> None:
        """What cannot be described or routed of a part, or is another's, is left out; the rest is served."""
        self.serving(Contribution(IDashboardPartKind, "odd", "is odd", Odd()))
        self.assertEqual(self.get("/api/odd/good").json, 1)
        self.assertEqual(self.get("/api/odd/bad").code, 404)
        self.assertEqual(self.get("/openapi.json").code, 200)
        self.assertEqual(self.logged("GET /api/clients of odd is not served: another part serves it"), 1)
        self.assertEqual(len(self.flushLoggedErrors(TypeError)), 1)
        web = self.webs.pop()
        web.stopService()
        self.network.settle()
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.assertIsNotNone(self.network.user(7500).refused)

    def test_noPage(self) -> None:
        """A page whose files are not there, as where a package was built without them, is named and left out."""
        kind = Stranger()
        folder = self.mktemp()
        self.patch(kind, "part", lambda site: WebPart([], pages=[Page("lost", "Lost", folder)]))
        self.serving(Contribution(IDashboardPartKind, "stranger", "counts", kind))
        said = f"the page lost of stranger is not shown: there is no file {folder}/page.js"
        self.assertEqual(self.logged(said), 1)
        self.assertNotIn("lost", str(self.get("/api/v2/pages").json))

    def test_warned(self) -> None:
        """Whoever lets everybody in is told so; whoever does not, is not."""
        for web, count in (({"addr": "0.0.0.0"}, 1), ({"addr": "0.0.0.0", "password": "x"}, 1), ({}, 1)):
            served = self.dashboard(web=web)
            self.assertEqual(self.logged("everybody who reaches the web server"), count)
            shown = self.get("/api/v2/notices", f":{web.get('password', '')}").json["data"]
            self.assertEqual(len(shown), int(web == {"addr": "0.0.0.0"}))
            self.webs.remove(served)
            served.stopService()
            self.network.settle()
            self.network.reactor.ports.clear()

    def test_unwanted(self) -> None:
        """One that has nothing to do is not even imported."""
        self.serving(
            Contribution(IDashboardPartKind, "idle", "is idle", "no.such.module.Kind", onlyWith="vhostHTTPPort")
        )
        self.assertEqual(self.get("/metrics").code, 404)
        self.assertEqual(self.get("/debug/pprof/").code, 404)
