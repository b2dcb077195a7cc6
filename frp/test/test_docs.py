"""
What the pages tell people is true: configurations parse, links lead somewhere, examples work, known answers are right.

Whoever has the tests has the checkout, and with it the pages; without them there is nothing to test.
"""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import SkipTest

import attrs
from twisted.python.reflect import namedAny
from twisted.trial.unittest import SynchronousTestCase

from frp import interfaces
from frp.cli import docs
from frp.cli.newplugin import KINDS, package
from frp.cli.public import PUBLIC, modules, names
from frp.config import clientfile, serverfile
from frp.errors import ConfigErrors
from frp.interfaces import IProxyKind, IVisitorKind
from frp.kinds import Registry
from frp.kinds.places import pageOf
from frp.wire import frames, messages, nodes, proxyprotocol, yamux
from frp.wire.cfb import Encryptor
from frp.wire.keys import privilegeKey, tokenKey
from frp.wire.snappy import Compressor

CHECKOUT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.M | re.S)
MARKER = re.compile(r"# (frp[sc])\.(toml|yaml|json|ini)(?: --allow-unsafe (\w+))?$")
FILE = re.compile(r"(?:[Ii]n `([\w/]+\.(?:py|js))`:|^## Testing it)\n\n```(?:python|js)\n(.*?)^```", re.M | re.S)
SITE = re.compile(r"^\| `(I\w+Site)` \| \|\n\|---\|---\|\n((?:\|.*\n)+)", re.M)
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")

#: What README.md says of the plugin that it shows.
SHOUT = """\
from frp.plugin import Registry
from frp.testing.cases import NetworkTestCase
from frp.testing.contracts import ClientPluginContract


class ShoutTests(ClientPluginContract, NetworkTestCase):
    registry = Registry(files=["shout.py"])
    name = "shout"
    table = {"end": "!!!"}

    def use(self):
        user = self.network.user(self.port)
        user.send(b"hello\\n")
        self.network.advance(1)
        self.assertEqual(user.received, b"HELLO!!!\\n")
"""

ENVIRONMENT = {"FRP_SERVER": "frps.example.com"}


@attrs.frozen
class Block:
    """A piece of a page in a fence, and where it stands."""

    where: str
    language: str
    text: str

    @property
    def marker(self) -> re.Match[str] | None:
        """The first line, where it says whose configuration this is."""
        return MARKER.match(self.text.partition("\n")[0])


def pages() -> list[Path]:
    """README.md and all pages of the documentation."""
    found = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").rglob("*.md"))]
    return [page for page in found if page.exists() and "_build" not in page.parts]


def blocks() -> Iterator[Block]:
    """The fenced blocks of all pages."""
    for page in pages():
        text = page.read_text()
        for fence in FENCE.finditer(text):
            line = text.count("\n", 0, fence.start()) + 1
            yield Block(f"{page.relative_to(CHECKOUT)}:{line}", fence[1], fence[2])


class PagesTests(SynchronousTestCase):
    """A person reads the pages and does what they say."""

    def setUp(self) -> None:
        if not (CHECKOUT / "docs").is_dir():
            raise SkipTest("installed without the pages")

    def test_configurationsAreMarked(self) -> None:
        """Every TOML text on a page says in its first line whose configuration it is, so that it is checked here."""
        unmarked = [block.where for block in blocks() if block.language in ("toml", "yaml") and block.marker is None]
        self.assertEqual(unmarked, [])

    def test_configurationsCanBeUsed(self) -> None:
        """Every configuration on a page is accepted, by the program that it is for, with all its keys."""
        folder = Path(self.mktemp())
        (folder / "conf.d").mkdir(parents=True)
        self.addCleanup(os.chdir, Path.cwd())
        os.chdir(folder)
        wrong = [f"{block.where}: {problem}" for block in blocks() if block.marker for problem in problemsOf(block)]
        self.assertEqual(wrong, [])

    def test_linksLeadSomewhere(self) -> None:
        """Every link from a page to a file of the checkout finds it."""
        lost = [
            f"{page.relative_to(CHECKOUT)}: {target}"
            for page in pages()
            for target in LINK.findall(page.read_text())
            if not (page.parent / target).exists()
        ]
        self.assertEqual(lost, [])

    def test_readersKnowWhatFor(self) -> None:
        """Every page says at its top what its reader can do after it; lists of changes and decisions are no lessons."""
        without = ("README.md", "docs/index.md", "docs/changelog.md", "docs/architecture/decisions.md")
        silent = [
            str(page.relative_to(CHECKOUT))
            for page in pages()
            if "changelog.d" not in page.parts and not re.match(r"# .*\n\nAfter ", page.read_text())
        ]
        self.assertEqual(sorted(silent), sorted(without))

    def tool(self, name: str) -> Any:
        """@return: a module that writes pages."""
        path = str(CHECKOUT / "docs" / "_ext")
        sys.path.insert(0, path)
        self.addCleanup(sys.path.remove, path)
        return importlib.import_module(name)

    def test_reference(self) -> None:
        """The reference says what the declarations say; python docs/_ext/reference.py writes it."""
        reference = self.tool("reference")
        for page in (*reference.PROGRAMS, *reference.FAMILIES):
            shown = (reference.PAGES / f"{page}.md").read_text()
            self.assertEqual(shown, reference.written(page), f"{page}: run python docs/_ext/reference.py")

    def test_manuals(self) -> None:
        """The manual pages say what the commands say; python docs/_ext/manual.py writes them."""
        kinds = (one for one in Registry().contributions() if one.family in (IProxyKind, IVisitorKind))
        others = {one.package for one in kinds} - {"frp"}
        if others:
            raise SkipTest(f"{', '.join(others)} would be in them: uninstall it")
        manual = self.tool("manual")
        for name in manual.PROGRAMS:
            shown = (manual.PAGES / name).read_text()
            self.assertEqual(shown, manual.written(name), f"{name}: run python docs/_ext/manual.py")

    def test_readmeHasATestCommand(self) -> None:
        """README.md marks the block that .ci/run runs."""
        self.assertRegex((CHECKOUT / "README.md").read_text(), r"(?m)^<!-- tests -->\n```sh\n(.*\n)*.*pytest")


def problemsOf(block: Block) -> Iterator[str]:
    """What is wrong with a configuration on a page."""
    assert block.marker is not None
    program, extension, unsafe = block.marker.groups()
    path = Path(f"{program}.{extension}")
    path.write_text(block.text)
    read: Any = serverfile.loadServer if program == "frps" else clientfile.loadClient
    try:
        read(str(path), registry=Registry(), unsafe=[unsafe] if unsafe else [], environ=ENVIRONMENT)
    except ConfigErrors as errors:
        yield from (problem.detail for problem in errors.problems)


#: How slow a machine is says nothing of what the pages show.
PATIENT = """
from hypothesis import HealthCheck, settings

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
"""


class ExtendingTests(SynchronousTestCase):
    """A stranger writes a plugin from the pages that say how."""

    def setUp(self) -> None:
        self.folder = CHECKOUT / "docs" / "extending"
        if not self.folder.is_dir():
            raise SkipTest("installed without the pages")

    def files(self, page: Path) -> dict[str, str]:
        """The files on a page, by the paths that it gives them; what comes after "Testing it" is its test."""
        found = {}
        for path, text in FILE.findall(page.read_text()):
            found[path or f"test_{page.stem}.py"] = text
        return found

    def test_generated(self) -> None:
        """The pages show what frpc new-plugin writes."""
        for kind in KINDS:
            page = self.folder / f"{kind}.md"
            shown, written = self.files(page), self.generated(page)
            self.assertEqual({path: shown.get(path) for path in written}, written, page)

    def generated(self, page: Path) -> dict[str, str]:
        """What a page shows that frpc new-plugin writes."""
        if page.stem not in KINDS or page.stem in ("authenticator", "hook"):  # these have examples of their own
            return {}
        return {path: text for path, text in package("hello", page.stem).items() if path.endswith(".py")}

    def test_others(self) -> None:
        """What else the pages show works: their tests pass, and plugins --check has nothing against them."""
        folder = Path(self.mktemp())
        folder.mkdir()
        (folder / "test_shout.py").write_text(SHOUT)
        (folder / "conftest.py").write_text(PATIENT)
        for page in (CHECKOUT / "README.md", *sorted(self.folder.glob("*.md"))):
            generated = self.generated(page)
            for path, text in self.files(page).items():
                if path in generated:
                    continue
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                self.assertFalse((folder / path).exists(), f"{page}: {path} is on two pages")
                (folder / path).write_text(text)
        environment = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(CHECKOUT)}
        tests = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        check = [sys.executable, "-c", "from frp.cli.frps import main; main()", "plugins", "--check"]
        names = ("hello", "knock", "mirror", "shelf", "shout", "unixsocket")
        single = [word for name in names for word in ("--plugin", f"{name}.py")]
        for command in (tests, [*check, *single]):
            done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"hello +hello\.py +greets whoever")

    def test_short(self) -> None:
        """Every plugin on a page has less than 60 lines."""
        for page in sorted(self.folder.glob("*.md")):
            for path, text in self.files(page).items():
                self.assertLess(len([line for line in text.splitlines() if line.strip()]), 60, f"{page}: {path}")

    def test_pagesOfErrors(self) -> None:
        """Every page that an error about a plugin names is there."""
        for family in {one.family for one in Registry().contributions()}:
            self.assertIn(pageOf(family), docs.pages())

    def test_sites(self) -> None:
        """A table about a site names all that the site has."""
        told = set()
        for page in sorted(self.folder.glob("*.md")):
            for name, rows in SITE.findall(page.read_text()):
                named = set(re.findall(r"[`.](\w+)\b", re.sub(r"(?m)^\| (.*?) \|.*$", r"\1", rows)))
                self.assertEqual(set(getattr(interfaces, name).names()) - named, set(), f"{page}: {name}")
                told.add(name)
        self.assertEqual(told, {"IServerSite", "IClientSite", "IClientPluginSite"})

    def test_promised(self) -> None:
        """Everything that the page calls public can be imported."""
        page = (self.folder / "index.md").read_text()
        promised = page.partition("## What may be relied on")[2].partition("A name that begins")[0]
        told = set(re.findall(r"`(frp\.[a-z.]+)`", promised))
        for name in told:
            namedAny(name)
        self.assertEqual(told - {"frp.expose"} - set(modules()), set())
        self.assertEqual(set(PUBLIC) - {"frp"} - told, set())
        for some in PUBLIC.values():
            for name in some:
                self.assertRegex(promised, rf"`(frp\.)?{name}`")

    def test_kit(self) -> None:
        """The page about web parts names everything that kit.js gives, and imports nothing else from it."""
        kit = (CHECKOUT / "frp" / "web" / "pages" / "static" / "kit.js").read_text()
        given = {name for names in re.findall(r"export \{ (.*?) \}", kit) for name in names.split(", ")}
        page = (self.folder / "web.md").read_text()
        rows = re.findall(r"(?m)^\| (`.*?) \|", page.partition("## What a page is made of")[2])
        self.assertEqual({name for row in rows for name in re.findall(r"`(\w+)", row)}, given)
        for imported in re.findall(r"import \{ (.*?) \} from \"../../kit.js\"", page):
            self.assertEqual(set(imported.split(", ")) - given, set())

    def test_public(self) -> None:
        """What the plugins on the pages import from frp is public. A test may look at anything."""
        listed = set(modules())
        known = {(place, one.name) for one in names() for place in (one.module, one.source) if place in listed}
        for page in sorted(set(self.folder.glob("*.md")) - {self.folder / "testing.md"}):
            for path, text in self.files(page).items():
                for module, imported in re.findall(r"(?m)^from (frp\b[\w.]*) import (.+)$", text):
                    for name in imported.split(", "):
                        self.assertIn((module, name), known, f"{page}: {path}")


def encrypted(start: int, *sent: messages.Message) -> list[bytes]:
    """What one direction of a control stream sends for these messages, with the initial vector that begins so."""
    encryptor = Encryptor(tokenKey(b"token"), bytes(range(start, start + 16)))
    return [encryptor.encrypt(frames.encode(message)) for message in sent]


class KnownAnswerTests(SynchronousTestCase):
    """A person compares bytes on the pages with bytes of a peer."""

    def holds(self, page: str, *answers: bytes) -> None:
        """The page shows these bytes as hexadecimal digits; spaces between them do not count."""
        path = CHECKOUT / "docs" / "protocol" / page
        if not path.exists():
            raise SkipTest("installed without the pages")
        shown = re.sub(r"\s", "", path.read_text())
        for answer in answers:
            self.assertIn(answer.hex(), shown)

    def test_frames(self) -> None:
        """The Ping and the proofs on the page of frames are what we send."""
        self.holds("frames.md", frames.encode(messages.Ping()))
        self.holds("frames.md", *(bytes.fromhex(privilegeKey(token, 1700000000)) for token in (b"token", b"")))

    def test_yamux(self) -> None:
        """The yamux frames on their page are what we send."""
        grow, ping = yamux.Type.WINDOW_UPDATE, yamux.Type.PING
        more = 6 * 1024 * 1024 - yamux.INITIAL_WINDOW
        self.holds("yamux.md", yamux.header(grow, yamux.Flag.SYN, 1, more), yamux.header(grow, yamux.Flag.ACK, 1, more))
        self.holds("yamux.md", yamux.header(grow, yamux.Flag.FIN, 1, 0), yamux.dataHeader(1, 5))
        self.holds("yamux.md", yamux.header(ping, yamux.Flag.SYN, 0, 0), yamux.header(ping, yamux.Flag.ACK, 0, 0))

    def test_transforms(self) -> None:
        """Keys, ciphers, Snappy and the PROXY header on their page are what we send."""
        self.holds("transforms.md", *(tokenKey(token) for token in (b"", b"token", b"123456", b"abc")))
        self.holds("transforms.md", *encrypted(0, messages.Ping()))
        self.holds("transforms.md", Compressor().compress(b"hello"))
        self.holds("transforms.md", proxyprotocol.encode("v2", ("192.168.1.100", 12345), ("10.0.0.1", 80)))

    def test_nodes(self) -> None:
        """The hello of a node, and a question with both answers, on their page are what we send."""
        hello = nodes.Proofs(b"secret", bytes(32)).say(nodes.Hello("a-1", "first", "b-1"), dials=True)
        self.holds("nodes.md", hello, nodes.encodeAsk({"run": "x"}), nodes.YES, nodes.encodeRefusal("gone"))

    def test_conversation(self) -> None:
        """The conversation on the first page is what a client and a server of ours write."""
        login = messages.Login(
            version="0.70.1",
            hostname="pi",
            os="linux",
            arch="arm64",
            privilege_key=privilegeKey(b"token", 1700000000),
            timestamp=1700000000,
            pool_count=1,
        )
        start = messages.StartWorkConn(
            proxy_name="web", src_addr="203.0.113.9", src_port=52044, dst_addr="198.51.100.1", dst_port=6000
        )
        run = "0123456789abcdef"
        clear = (login, messages.LoginResp(version="0.70.1", run_id=run), messages.NewWorkConn(run_id=run), start)
        for stream, message in zip((1, 1, 3, 3), clear, strict=True):
            sent = frames.encode(message)
            self.holds("overview.md", yamux.dataHeader(stream, len(sent)), sent[:9])
        asks = messages.NewProxy(proxy_name="web", proxy_type="tcp", remote_port=6000)
        answers = messages.ReqWorkConn(), messages.NewProxyResp(proxy_name="web", remote_addr=":6000")
        for sent in encrypted(0, asks) + encrypted(16, *answers):
            self.holds("overview.md", yamux.dataHeader(1, len(sent)))
        for sent in (encrypted(0, asks)[0][16:28], encrypted(16, *answers)[0][16:], encrypted(16, *answers)[1][:12]):
            self.holds("overview.md", sent)
