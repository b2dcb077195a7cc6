"""Who has come for what."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from frp.errors import Refused
from frp.gateways.routes import MAX_WILD, Routes, canonicalHost, otherPaths

LABELS = st.sampled_from(["a", "b", "c", "*"])
HOSTS = st.one_of(st.just(""), st.lists(LABELS, min_size=1, max_size=5).map(".".join))
PLACES = st.sampled_from(["", "/", "/a", "/ab", "/b", "/a/b"])
USERS = st.sampled_from(["", "u", "v"])
ROUTES = st.lists(st.tuples(HOSTS, PLACES, USERS), max_size=12)


def wanted(routes: list[tuple[str, str, str]], host: str, path: str, user: str) -> tuple[str, str, str] | None:
    """The order of the reference, said as slowly as possible."""
    domains = [host]
    labels = host.split(".")
    while len(labels) >= 3:
        labels[0] = "*"
        domains.append(".".join(labels))
        labels = labels[1:]
    domains.append("*")
    for domain in domains:
        for name in (user, ""):
            fitting = [r for r in routes if r[0] == domain and r[2] == name and path.startswith(r[1])]
            if fitting:
                return max(fitting, key=lambda route: route[1])
    return None


class RouteTests(SynchronousTestCase):
    """The order in which routes are looked at."""

    @given(ROUTES, HOSTS, PLACES, USERS)
    def test_model(self, asked: list[tuple[str, str, str]], host: str, path: str, user: str) -> None:
        """Every question is answered as the slow model does."""
        routes: Routes[tuple[str, str, str]] = Routes()
        known: list[tuple[str, str, str]] = []
        for route in asked:
            if route in known:
                self.assertRaises(Refused, routes.add, *route, route)
            else:
                routes.add(*route, route)
                known.append(route)
        self.assertEqual(len(routes), len(known))
        self.assertEqual(routes.find(host, path, user), wanted(known, host, path, user))

    @given(ROUTES, st.data())
    def test_removing(self, asked: list[tuple[str, str, str]], data: st.DataObject) -> None:
        """What was removed is gone, and nothing else is."""
        routes: Routes[tuple[str, str, str]] = Routes()
        known = list(dict.fromkeys(asked))
        for route in known:
            routes.add(*route, route)
        gone = data.draw(st.lists(st.sampled_from(known), unique=True)) if known else []
        for route in gone:
            routes.remove(*route, route)
        left = [route for route in known if route not in gone]
        self.assertEqual(len(routes), len(left))
        for domain, location, user in known:
            self.assertEqual(routes.find(domain, location, user), wanted(left, domain, location, user))

    def test_conflict(self) -> None:
        """A route that somebody has is refused in the reference's words, whatever the case of its domain."""
        routes: Routes[int] = Routes()
        routes.add("Example.com", "", "", 1)
        error = self.assertRaises(Refused, routes.add, "example.COM", "", "", 2)
        self.assertEqual(error.brief, "router config conflict: domain [example.COM] is taken")
        self.assertEqual(routes.find("example.com", "/", ""), 1)
        routes.remove("EXAMPLE.com", "", "", 1)
        routes.add("example.com", "", "", 2)
        self.assertEqual(routes.find("example.com", "/", ""), 2)

    def test_nothingRemoved(self) -> None:
        """Removing what is not there changes nothing."""
        routes: Routes[int] = Routes()
        routes.add("a.b", "/x", "u", 1)
        for key in (("a.c", "", "", 1), ("a.b", "", "u", 1), ("a.b", "/x", "", 1), ("a.b", "/x", "u", 2)):
            routes.remove(*key)
        self.assertEqual(routes.find("a.b", "/x", "u"), 1)

    def test_wildcards(self) -> None:
        """*.com does not match example.com, *.example.com does not match example.com itself."""
        routes: Routes[int] = Routes()
        routes.add("*.com", "", "", 1)
        routes.add("*.example.com", "", "", 2)
        self.assertEqual(routes.find("example.com", "", ""), None)
        self.assertEqual(routes.find("a.b.example.com", "", ""), 2)
        self.assertEqual(routes.find("a.other.com", "", ""), None)

    def test_long(self) -> None:
        """A host longer than any in DNS costs one look, not thousands."""
        routes: Routes[int] = Routes()
        routes.add("*.a.a", "", "", 1)
        routes.add("*", "", "", 2)
        self.assertEqual(routes.find(".".join("a" * (MAX_WILD // 2)), "", ""), 1)
        self.assertEqual(routes.find("a." * 50_000, "", ""), 2)


class CanonicalHostTests(SynchronousTestCase):
    """One form of a host, whatever was asked for."""

    def test_forms(self) -> None:
        """As the reference's net.SplitHostPort has it, and its dot."""
        for text, host in (
            ("Example.COM", "example.com"),
            ("example.com:8080", "example.com"),
            ("example.com.:8080", "example.com"),
            ("example.com..", "example.com."),
            (":80", ""),
            ("", ""),
            ("10.0.0.1:80", "10.0.0.1"),
            ("[::1]:80", "::1"),
            ("[::1]", "[::1]"),
            ("::1", "::1"),
            ("a:b:c", "a:b:c"),
            ("[a]:80", "a"),
            ("[a:80", ""),
            ("a]:80", ""),
            ("a[b:80", ""),
            ("[::1]:80:90", ""),
            ("[::1]x:90", "[::1]x:90"),
            ("[::1]:8]0", ""),
        ):
            self.assertEqual(canonicalHost(text), host, text)

    @given(st.text(max_size=30))
    @example("[]:")
    @example("[:")
    @example("]:]:")
    def test_junk(self, text: str) -> None:
        """Nothing raises, and what has been made canonical has no upper case."""
        host = canonicalHost(text)
        self.assertEqual(host, host.lower())


class PathTests(SynchronousTestCase):
    """The paths that a path may stand for."""

    def test_plain(self) -> None:
        """Most stand for themselves."""
        for path in ("", "*", "/", "/a/b.c/", "/a.b"):
            self.assertEqual(list(otherPaths(path)), [])

    def test_others(self) -> None:
        """Dots lead up or nowhere, and nothing is above the root; empty steps count or do not."""
        for path, others in (
            ("//a", {"/a", "//a"}),
            ("/../../a", {"/a"}),
            ("/x/./y/../a", {"/x/a"}),
            ("/x//../a", {"/a", "/x/a"}),
            ("/x/..;v=1/a;w", {"/a;w"}),
            ("/.", {"/"}),
        ):
            self.assertEqual(set(otherPaths(path)), others, path)
