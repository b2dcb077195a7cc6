"""Tests of what serves the pages, and of what can be known of them without a browser."""

from __future__ import annotations

import ast
import gzip
import hashlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

import frp.web.pages
from frp.config.schema import jsonSchema
from frp.interfaces import IClientPlugin, IDashboardPartKind, IProxyKind, IVisitorKind, IVisitorPlugin
from frp.kinds import Registry
from frp.plugin import Contribution
from frp.test.web.test_serving import ServingTestCase
from frp.testing.web import Reply, WebTestCase
from frp.web.page import Page
from frp.web.pages.folder import Folder
from frp.web.serving import WebPart

PAGES = Path(frp.web.pages.__file__).parent
STATIC = PAGES / "static"
IMPORT = re.compile(r"""(?:from|import) ?\(?["'`](\.[^"'`$]+)["'`]""")
WORD = re.compile(r'^  "([^"]+)":\s+"(.*)",$', re.M)
TOKEN = re.compile(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)")
MEANT = re.compile(r"""^  ("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'):\s+["']""", re.M)
USED = re.compile(r'\b(?:t|counted|said)\(\s*"([\w. ]+)"')


class FolderTests(SynchronousTestCase):
    """L{Folder}."""

    def setUp(self) -> None:
        self.path = Path(self.mktemp())
        (self.path / "inner").mkdir(parents=True)
        (self.path / "index.html").write_text("begin")
        (self.path / "inner" / "index.html").write_text("inner")
        (self.path.parent / "secret.txt").write_text("secret")
        self.folder = Folder(str(self.path))

    def body(self, *segments: str) -> bytes | None:
        """What a path leads to."""
        found = self.folder.find(segments)
        return None if found is None else found.body

    def test_found(self) -> None:
        """A file is found, and the index of a folder by its slash."""
        self.assertEqual([self.body(), self.body(""), self.body("index.html")], [b"begin"] * 3)
        self.assertEqual(self.body("inner", ""), b"inner")

    def test_lost(self) -> None:
        """Nothing outside is found, nor what is no file, by whatever name."""
        for path in ("..", "../secret.txt", "inner", "none", "a\0b", "inner/index.html", "x" * 5000):
            self.assertIsNone(self.body(path), path)
        for segments in (("..", "secret.txt"), ("inner", "..", "..", "secret.txt"), ("/etc", "passwd")):
            self.assertIsNone(self.body(*segments), segments)

    def test_changed(self) -> None:
        """A file that has changed is read again, one that has not is not."""
        first = self.folder.find(["index.html"])
        self.assertIs(self.folder.find(["index.html"]), first)
        (self.path / "index.html").write_text("another")
        self.assertEqual(self.body("index.html"), b"another")

    def test_packed(self) -> None:
        """Texts are packed, pictures are not."""
        (self.path / "a.png").write_bytes(b"picture")
        text, picture = self.folder.find(["index.html"]), self.folder.find(["a.png"])
        assert text is not None
        assert picture is not None
        self.assertEqual(gzip.decompress(text.packed), b"begin")
        self.assertEqual((picture.type, picture.packed), ("image/png", b""))


class ServedTests(WebTestCase):
    """The pages of both programs."""

    def fetch(self, path: str, *fields: str) -> Reply:
        """Ask with some headers."""
        user = self.network.user(7500)
        user.send("\r\n".join([f"GET {path} HTTP/1.1", "Host: frp", "Connection: close", *fields, "", ""]).encode())
        self.network.settle()
        return self.reply(user)

    def test_root(self) -> None:
        """The root leads to the pages by a relative address, so that a prefix before both does not matter."""
        self.dashboard()
        reply = self.get("/")
        self.assertEqual((reply.code, reply.header("Location")), (301, "static/"))
        self.assertIn(b'<script type="module" src="main.js">', self.get("/static/").body)
        self.assertEqual(self.get("/static").code, 404)

    def test_kept(self) -> None:
        """A browser may keep what it has, and asks whether it is still the same."""
        self.dashboard()
        reply = self.fetch("/static/main.js")
        tag = reply.header("ETag")
        self.assertEqual(reply.header("Content-Type"), "text/javascript; charset=utf-8")
        self.assertEqual(reply.header("Cache-Control"), "no-cache")
        self.assertEqual(str(reply.header("Content-Security-Policy"))[:18], "default-src 'self'")
        same = self.network.user(7500)
        same.send(f"GET /static/main.js HTTP/1.1\r\nHost: frp\r\nIf-None-Match: {tag}\r\n\r\n".encode())
        self.network.settle()
        self.assertTrue(same.received.startswith(b"HTTP/1.1 304 "))

    def test_packed(self) -> None:
        """Who takes gzip gets it."""
        self.dashboard()
        reply = self.fetch("/static/main.js", "Accept-Encoding: br, gzip")
        self.assertEqual(reply.header("Content-Encoding"), "gzip")
        self.assertEqual(gzip.decompress(reply.body), (STATIC / "main.js").read_bytes())

    def test_refused(self) -> None:
        """What is outside the folders cannot be had, nor anything without the password."""
        self.dashboard(web={"password": "x"})
        for path in ("/static/..%2fpart.py", "/static/%2e%2e/part.py", "/static/pages/clients/..%2f..%2fpart.py"):
            self.assertEqual(self.get(path, ":x").code, 404, path)
        for path in ("/static/pages/none/page.js", "/static/pages", "/static/pages/clients", "/static/none.js"):
            self.assertEqual(self.get(path, ":x").code, 404, path)
        stranger = self.begin("GET", "/static/")
        self.network.advance(0.3)
        self.assertEqual(self.reply(stranger).code, 401)

    def test_icon(self) -> None:
        """Old browsers ask for it there."""
        self.admin()
        reply = self.get("/favicon.ico")
        self.assertEqual((reply.header("Content-Type"), reply.body[:4]), ("image/x-icon", b"\0\0\1\0"))

    def test_menus(self) -> None:
        """Each program has its pages, in their order, and each is there."""
        self.dashboard()
        menu = self.get("/api/v2/pages").json["data"]
        self.assertEqual(menu["program"], "frps")
        self.assertEqual([one["name"] for one in menu["pages"]], ["overview", "clients", "proxies", "events"])
        for one in menu["pages"]:
            self.assertEqual(self.get(f"/static/pages/{one['name']}/page.js").code, 200)

    def test_client(self) -> None:
        """Those of frpc."""
        self.admin()
        menu = self.get("/api/v2/pages").json["data"]
        self.assertEqual(menu["program"], "frpc")
        names = [one["name"] for one in menu["pages"]]
        self.assertEqual(names, ["overview", "proxies", "visitors", "requests", "events", "config"])
        for name in names:
            self.assertEqual(self.get(f"/static/pages/{name}/page.js").code, 200)

    def test_assets(self) -> None:
        """webServer.assetsDir takes the place of the files, but not of the folders of pages."""
        folder = Path(self.mktemp())
        folder.mkdir()
        (folder / "index.html").write_text("mine")
        self.dashboard(web={"assetsDir": str(folder)})
        mine = self.get("/static/")
        self.assertEqual(mine.body, b"mine")
        self.assertFalse(mine.headers.hasHeader("content-security-policy"))  # scripts in it run, as with the reference
        self.assertTrue(self.get("/static/pages/clients/page.js").headers.hasHeader("content-security-policy"))
        self.assertEqual(self.get("/static/main.js").code, 404)
        self.assertEqual(self.get("/favicon.ico").code, 404)
        self.assertEqual(self.get("/static/pages/clients/page.js").code, 200)


class StrangerTests(ServingTestCase):
    """Pages that somebody else brings."""

    def test_stranger(self) -> None:
        """They are listed and served like ours, with what lies beside them."""
        folder = Path(self.mktemp())
        folder.mkdir()
        (folder / "page.js").write_text("export default () => null;")
        part = WebPart([], pages=[Page("visits", "Visits", str(folder)), Page("first", "First", str(folder), rank=0)])

        @implementer(IDashboardPartKind)
        class Kind:
            def part(self, site: Any) -> WebPart:
                return part

        self.serving(Contribution(IDashboardPartKind, "visits", "who came", Kind))
        names = [one["name"] for one in self.get("/api/v2/pages").json["data"]["pages"]]
        self.assertEqual(names, ["first", "overview", "clients", "proxies", "events", "visits"])
        self.assertEqual(self.get("/static/pages/visits/page.js").body, b"export default () => null;")


class SourceTests(SynchronousTestCase):
    """What is seen in the files."""

    def texts(self, pattern: str) -> dict[Path, str]:
        """All files of that pattern but those of others."""
        return {path: path.read_text() for path in PAGES.rglob(pattern) if "vendor" not in path.parts}

    def test_vendored(self) -> None:
        """What others have written is as they have published it, with its licence, and all of it is known."""
        folder = STATIC / "vendor"
        origins = json.loads((folder / "origins.json").read_text())
        for one in origins:
            self.assertEqual(hashlib.sha256((folder / one["as"]).read_bytes()).hexdigest(), one["sha256"], one["as"])
        licences = {name for one in origins for name in one["licences"]}
        self.assertEqual(set(os.listdir(folder)), {one["as"] for one in origins} | licences | {"origins.json"})

    def test_imports(self) -> None:
        """Every module that is asked for is there. Those of a page are two folders below, when they are served."""
        lost = []
        for path, text in self.texts("*.js").items():
            for target in IMPORT.findall(text):
                served = STATIC / "pages" / path.relative_to(path.parents[1]) if path.parents[2] == PAGES else path
                found = os.path.normpath(served.parent / target)
                inPage = found.startswith(f"{STATIC}/pages/")
                real = path.parents[1] / os.path.relpath(found, STATIC / "pages") if inPage else Path(found)
                if not real.is_file():
                    lost.append(f"{path.relative_to(PAGES)}: {target}")
        self.assertEqual(lost, [])

    def test_index(self) -> None:
        """All that the first page names is there, and nothing stands in it that the policy forbids."""
        text = (STATIC / "index.html").read_text()
        for name in re.findall(r'(?:href|src)="([^"]+)"', text):
            self.assertTrue((STATIC / name).is_file(), name)
        self.assertNotRegex(text, r"<style|style=|<script>| on\w+=")

    def test_preloaded(self) -> None:
        """What every page needs is asked for at once, rather than when it turns out to be needed."""
        needed: set[str] = set()

        def follow(name: str) -> None:
            if name not in needed:
                needed.add(name)
                for target in IMPORT.findall((STATIC / name).read_text()):
                    follow(os.path.normpath(os.path.join(os.path.dirname(name), target)))

        follow("main.js")
        follow("kit.js")
        named = re.findall(r'modulepreload" href="([^"]+)"', (STATIC / "index.html").read_text())
        self.assertEqual(set(named), needed - {"main.js"})

    def test_words(self) -> None:
        """Every language has the same texts, with the same values in them; each that is asked for is there."""
        words = {code: WORD.findall((STATIC / "words" / f"{code}.js").read_text()) for code in ("en", "zh")}
        keys = {code: [key for key, _text in found] for code, found in words.items()}
        self.assertEqual(keys["en"], keys["zh"])
        self.assertEqual(len(keys["en"]), len(set(keys["en"])))
        values = {code: [set(re.findall(r"{(\w+)}", text)) for _key, text in found] for code, found in words.items()}
        self.assertEqual(values["en"], values["zh"])
        used = {key for text in self.texts("*.js").values() for key in USED.findall(text)}
        self.assertEqual(used - set(keys["en"]), set())

    def test_keys(self) -> None:
        """Every key of the kinds that come with frp has its name and its meaning in Chinese, and nothing else has."""
        names, meanings = set[str](), set[str]()
        for schema in schemas():
            for name, declared in propertiesOf(schema):
                names.add(f"key.{name}")
                meanings.add(declared["description"])
        labels = {key for key, _text in WORD.findall((STATIC / "words" / "zh.keys.js").read_text())}
        self.assertEqual((names - labels, labels - names), (set(), set()))
        told = {str(ast.literal_eval(one)) for one in MEANT.findall((STATIC / "words" / "zh.help.js").read_text())}
        self.assertEqual((meanings - told, told - meanings), (set(), set()))

    def test_contrast(self) -> None:
        """Text can be read on every ground that it stands on, in both themes (WCAG 2, AA)."""
        tokens = {name: shades for name, *shades in TOKEN.findall((STATIC / "style" / "tokens.css").read_text())}
        pairs = [(ink, on) for ink in ("text", "dim") for on in ("ground", "surface", "raised", "sunken")]
        pairs += [(ink, on) for ink in ("accent", "good", "warn", "bad") for on in ("ground", "surface", "raised")]
        pairs += [(ink, f"{ink}-faint") for ink in ("accent", "good", "warn", "bad")] + [("on-accent", "accent")]
        for ink, on in pairs:
            for theme in (0, 1):
                self.assertGreaterEqual(contrast(tokens[ink][theme], tokens[on][theme]), 4.5, (ink, on, theme))
        for theme in (0, 1):
            self.assertGreaterEqual(contrast(tokens["edge"][theme], tokens["surface"][theme]), 3)

    def test_small(self) -> None:
        """One idea a file. A language is one, with as many lines as it has texts."""
        code = {path: text for path, text in self.texts("*.js").items() if path.parent.name != "words"}
        long = [str(path) for path, text in code.items() if text.count("\n") > 320]
        self.assertEqual(long, [])


def schemas() -> Iterator[dict[str, Any]]:
    """Of all kinds whose forms there are, as far as they come with frp."""
    installed = Registry()
    for family in (IProxyKind, IVisitorKind, IClientPlugin, IVisitorPlugin):
        for one in installed.contributions(family):
            if one.package == "frp":
                yield jsonSchema(installed.get(family, one.name).schema, installed)


def propertiesOf(schema: Any) -> Iterator[tuple[str, Any]]:
    """Each key that a JSON Schema describes, wherever, and its own."""
    if isinstance(schema, dict):
        for name, one in schema.get("properties", {}).items():
            if "description" in one:
                yield name, one
        for one in schema.values():
            yield from propertiesOf(one)
    elif isinstance(schema, list):
        for one in schema:
            yield from propertiesOf(one)


def contrast(one: str, other: str) -> float:
    """Of two colours, as WCAG counts it."""
    dark, light = sorted(_luminance(colour) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
