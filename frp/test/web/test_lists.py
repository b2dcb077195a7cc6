"""Tests of the lists of clients and proxies beyond the reference's: orders, sums, searches, and what is wanted."""

from __future__ import annotations

from frp.client.service import FRPClient
from frp.test.web.test_second import SecondCase


class ListCase(SecondCase):
    """Besides, a client with a site, and a proxy that it wants and has not."""

    settings = {"vhostHTTPPort": 8080, "subDomainHost": "op.example", "enablePrometheus": True}

    def setUp(self) -> None:
        super().setUp()
        site = {"name": "site", "type": "http", "localPort": 1, "subdomain": "shop", "metadatas": {"team": "Sales"}}
        mine = {"name": "mine", "type": "tcp", "localPort": 1, "remotePort": 6000}
        self.other: FRPClient = self.network.client(
            proxies=[site, mine], user="you", clientID="there", metadatas={"token": "secret", "place": "cellar"}
        )
        self.network.advance(1)

    def names(self, query: str) -> list[str]:
        """@return: the proxies on the first page."""
        return [one["name"] for one in self.data(f"/proxies?{query}")["items"]]

    def keys(self, query: str) -> list[str]:
        """@return: the clients there."""
        return [one["key"] for one in self.data(f"/clients?{query}")["items"]]


class OrderTests(ListCase):
    """C{sort}."""

    def test_proxies(self) -> None:
        """By whatever a column shows, in both directions; what is equal stays in the order of the reference."""
        self.assertEqual(self.names(""), ["you.site", "me.a", "me.b"])
        self.use(6001)
        for sort, expected in (
            ("name", ["me.a", "me.b", "you.site"]),
            ("-name", ["you.site", "me.b", "me.a"]),
            ("type", ["you.site", "me.a", "me.b"]),
            ("-client", ["you.site", "me.a", "me.b"]),
            ("-in", ["me.b", "you.site", "me.a"]),
            ("-out", ["me.b", "you.site", "me.a"]),
            ("-traffic", ["me.b", "you.site", "me.a"]),
            ("connections", ["you.site", "me.a", "me.b"]),
            ("-since", ["you.site", "me.a", "me.b"]),
        ):
            self.assertEqual(self.names(f"sort={sort}"), expected, sort)
        self.tell("POST", "/proxies/me.b/disable")
        self.assertEqual(self.names("sort=status"), ["me.b", "you.site", "me.a"])
        self.assertEqual(self.names("sort=-traffic&pageSize=1&page=2"), ["you.site"])

    def test_clients(self) -> None:
        """By their own texts, and by what their proxies carry together."""
        self.use(6000)
        self.use(6001)
        for sort, expected in (
            ("name", ["me.here", "you.there"]),
            ("-name", ["you.there", "me.here"]),
            ("status", ["you.there", "me.here"]),
            ("-since", ["you.there", "me.here"]),
            ("traffic", ["you.there", "me.here"]),
            ("-out", ["me.here", "you.there"]),
            ("-proxies", ["me.here", "you.there"]),
            ("-version", ["me.here", "you.there"]),
            ("-host", ["me.here", "you.there"]),
        ):
            self.assertEqual(self.keys(f"sort={sort}"), expected, sort)

    def test_wrong(self) -> None:
        """By what nothing is known of, nothing can be sorted."""
        for path in ("/clients?sort=x", "/proxies?sort=--name", "/proxies?sort=host"):
            self.assertEqual(self.get(f"/api/v2{path}").code, 400, path)


class SumTests(ListCase):
    """C{sums}."""

    def test_clients(self) -> None:
        """Whoever asks is told what the proxies of a client carry together, and nobody else."""
        self.use(6000)
        self.use(6001)
        sums = {"proxyCount": 2, "curConns": 0, "todayTrafficIn": 10, "todayTrafficOut": 10}
        self.assertEqual(self.data("/clients?sums=true")["items"][0]["sums"], sums)
        self.assertEqual(self.data("/clients/me.here?sums=true")["sums"], sums)
        self.assertNotIn("sums", self.data("/clients")["items"][0])
        self.assertNotIn("sums", self.data("/clients/me.here"))

    def test_metadata(self) -> None:
        """That of a client is told without what is a secret."""
        self.assertEqual(self.data("/clients/you.there")["metadatas"], {"place": "cellar"})
        self.assertNotIn("metadatas", self.data("/clients/me.here"))


class SearchTests(ListCase):
    """C{search}."""

    def test_proxies(self) -> None:
        """Each word has to stand somewhere; addresses are those that are shown. C{q} is one text."""
        for search, expected in (
            ("shop.op.example", ["you.site"]),
            ("http://shop.op.example:8080", ["you.site"]),
            (":6001", ["me.b"]),
            ("tcp://:6001", ["me.b"]),
            ("there+SITE", ["you.site"]),
            ("there+me.a", []),
            ("sales+online", ["you.site"]),
            ("team", ["you.site"]),
        ):
            self.assertEqual(self.names(f"search={search}"), expected, search)
        self.assertEqual(self.names("q=there+site"), [])

    def test_clients(self) -> None:
        """The same for clients."""
        self.assertEqual(self.keys("search=there+you"), ["you.there"])
        self.assertEqual(self.keys("search=there+me.h"), [])
        self.assertEqual(self.keys("search=ONLINE"), ["me.here", "you.there"])


class WantedTests(ListCase):
    """C{wanted}."""

    WHY = "port 6000 is already used by proxy [me.a]"

    def test_listed(self) -> None:
        """What was never open stands among the others, with the reason; without being asked for it does not."""
        self.assertEqual(self.names("wanted=true"), ["you.site", "me.a", "me.b", "you.mine"])
        (one,) = self.data("/proxies?wanted=true&search=already+mine")["items"]
        self.assertEqual((one["refused"], one["user"], one["clientID"]), (self.WHY, "you", "there"))
        self.assertEqual((one["spec"], one["status"]["phase"]), ({"type": "tcp", "tcp": {}}, "offline"))
        self.assertEqual(self.names("wanted=true&status=online"), ["you.site", "me.a", "me.b"])
        self.assertEqual(self.names("wanted=true&sort=status")[0], "you.mine")

    def test_one(self) -> None:
        """It can be looked at as well."""
        self.assertEqual(self.get("/api/v2/proxies/you.mine").code, 404)
        self.assertEqual(self.get("/api/v2/proxies/nobody?wanted=true").code, 404)
        self.assertEqual(self.data("/proxies/you.mine?wanted=true")["refused"], self.WHY)
        self.assertNotIn("refused", self.data("/proxies/me.a?wanted=true"))
        self.assertEqual(self.names("wanted=true&name=you.mine"), ["you.mine"])
        self.assertEqual(self.names("name=you.mine"), [])

    def test_ordered(self) -> None:
        """One that an operator keeps closed, and that was never open, can still be looked at."""
        self.tell("POST", "/proxies/you.mine/disable", reason="not yet")
        shown = self.data("/proxies/you.mine?wanted=true")
        self.assertEqual(shown["disabled"], "not yet")
        self.assertNotIn("refused", shown)
        self.assertEqual(self.names("wanted=true&search=mine"), ["you.mine"])
        (one,) = self.data("/disabled?what=proxies")["items"]
        self.assertEqual((one["type"], one["client"]), ("tcp", "you.there"))
        self.network.advance(31)
        self.ask("POST", "/api/v2/proxies/you.mine/enable")
        self.assertNotIn("refused", self.data("/proxies/you.mine?wanted=true"))
        self.assertEqual(self.data("/refusals")["total"], 0)
        self.network.advance(31)
        self.assertEqual(self.data("/proxies/you.mine?wanted=true")["refused"], self.WHY)

    def test_before(self) -> None:
        """One that was open before is one row, not two."""
        self.tell("POST", "/proxies/me.b/disable")
        mine = {"name": "more", "type": "tcp", "localPort": 1, "remotePort": 6001}
        self.network.client(proxies=[mine], user="you", clientID="late")
        self.network.advance(1)
        self.ask("POST", "/api/v2/proxies/me.b/enable")
        self.network.advance(31)
        self.assertEqual(self.names("wanted=true&search=me.b"), ["me.b"])
        shown = self.data("/proxies/me.b?wanted=true")
        self.assertEqual(shown["refused"], "port 6001 is already used by proxy [you.more]")
        self.assertIn("lastStartAt", shown["status"])
        self.assertNotIn("refused", self.data("/proxies/me.b"))

    def test_same(self) -> None:
        """Two clients that want one name are two rows: one has it, the other one has not."""
        same = {"name": "a", "type": "tcp", "localPort": 1, "remotePort": 6009}
        self.network.client(proxies=[same], user="me", clientID="too")
        self.network.advance(1)
        shown = self.data("/proxies?wanted=true&user=me&search=me.a")["items"]
        self.assertEqual([(one["clientID"], "refused" in one) for one in shown], [("here", False), ("too", True)])
        self.assertEqual(self.data("/proxies/me.a?wanted=true")["clientID"], "here")

    def test_counted(self) -> None:
        """Numbers of refusals by few words for the reason, and how many proxies are refused now."""
        self.tell("POST", "/proxies/me.b/disable")
        self.network.advance(31)
        lines = self.get("/metrics").body.decode().splitlines()
        self.assertIn('frp_server_proxy_refusals_total{reason="port"} 2', lines)
        self.assertIn('frp_server_proxy_refusals_total{reason="disabled"} 1', lines)
        self.assertIn("frp_server_proxies_refused 1", lines)
        self.assertFalse([line for line in lines if "frp_server_node" in line], "it is alone")
