"""What frpc new-plugin writes."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import tomli
from twisted.trial.unittest import SynchronousTestCase

from frp.cli.command import run
from frp.cli.frpc import frpc
from frp.cli.newplugin import KINDS, package

CHECK = "import sys; from frp.cli.command import run; from frp.cli.frps import frps; sys.exit(run(frps))"

READMES = """
import re, sys
import tomli
from frp.config.clientfile import clientFromValues
from frp.config.serverfile import serverFromValues
from frp.kinds import Registry

registry = Registry()
for path in sys.argv[1:]:
    with open(path) as readme:
        texts = re.findall("```toml\\n(.*?)```", readme.read(), re.S)
    for values in map(tomli.loads, texts):
        (serverFromValues if {"hooks", "gateways"} & set(values) else clientFromValues)(values, registry=registry)
    print("well" if texts else "nothing")
"""


class NewPluginTests(SynchronousTestCase):
    """A person wants to write a plugin, and starts with what frpc gives."""

    def run_(self, *words: str, code: int = 0) -> str:
        """Run frpc new-plugin; gives all that it says."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            self.assertEqual(run(frpc, ["new-plugin", *words]), code, out.getvalue())
        return out.getvalue()

    def project(self, *words: str) -> Any:
        """@return: what C{pyproject.toml} says of the project, for these flags."""
        folder = self.mktemp()
        self.run_("hello", *words, "--directory", folder)
        return tomli.loads(Path(folder, "pyproject.toml").read_text())["project"]

    def git(self, text: str) -> None:
        """Let git know the user from this text alone."""
        path = Path(self.mktemp()).absolute()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        patched = mock.patch.dict(
            os.environ, {"GIT_CONFIG_GLOBAL": str(path), "GIT_CONFIG_NOSYSTEM": "1", "GIT_DIR": "/nowhere"}
        )
        patched.start()
        self.addCleanup(patched.stop)

    def inside(self, folder: str, *command: str) -> str:
        """What Python says in a folder, which is on its path; nothing is installed."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
        checkout = str(Path(__file__).parents[3])
        environment["PYTHONPATH"] = os.pathsep.join([checkout, environment.get("PYTHONPATH", "")])
        done = subprocess.run(
            [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True, timeout=120
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_allWork(self) -> None:
        """
        A package of each kind passes its tests, plugins --check has nothing against it, and what its README says to
        configure can be used.
        """
        folder = self.mktemp()
        for kind in KINDS:
            self.run_(f"my-{kind}", "--kind", kind, "--author", "", "--directory", folder + kind)
            for path, text in package(f"my-{kind}", kind).items():
                self.assertEqual(Path(folder + kind, path).read_text(), text)
                # All in one folder, so that Python starts once.
                place = Path(folder, path)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(text)
        said = self.inside(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider")
        self.assertRegex(said, r"\d\d passed")
        listed = self.inside(folder, "-c", CHECK, "plugins", "--check")
        for kind in KINDS:
            self.assertIn(f"  my-{kind} ", listed)
        readmes = [str(Path(folder + kind, "README.md").absolute()) for kind in KINDS]
        self.assertEqual(self.inside(folder, "-c", READMES, *readmes).split(), ["well"] * len(KINDS))

    def test_short(self) -> None:
        """No plugin has sixty lines, and no test twenty."""
        for kind in KINDS:
            for path, text in package("hello", kind).items():
                lines = [line for line in text.splitlines() if line.strip()]
                self.assertLess(len(lines), 20 if path.startswith("test_") else 60, path)

    def test_twice(self) -> None:
        """Nothing is written over."""
        folder = self.mktemp()
        self.run_("hello", "--directory", folder)
        mine = Path(folder, "frpx_hello.py")
        mine.write_text("mine")
        self.assertIn("is there already", self.run_("hello", "--directory", folder, code=1))
        self.assertEqual(mine.read_text(), "mine")

    def test_taken(self) -> None:
        """A name that one of this kind has already is refused, for neither could be used then."""
        for name, kind, noun in (
            ("tcp", "proxy", "proxy"),
            ("token", "authenticator", "authenticator"),
            ("stcp", "gateway", "proxy"),
        ):
            folder = self.mktemp()
            said = self.run_(name, "--kind", kind, "--directory", folder, code=1)
            self.assertIn(f"there is a {noun} {name!r} already (it is frp.", said)
            self.assertFalse(Path(folder).exists())

    def test_next(self) -> None:
        """What is said to do next names the program that uses such a plugin."""
        self.assertIn("frps plugins --check", self.run_("hello", "--kind", "hook", "--directory", self.mktemp()))
        self.assertIn("frpc plugins --check", self.run_("hello", "--kind", "visitor", "--directory", self.mktemp()))

    def test_folder(self) -> None:
        """Without --directory it is frpx-NAME, here; what to do next is said."""
        folder = self.mktemp()
        os.makedirs(folder)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(folder)
        self.assertIn("pip install -e", self.run_("hello", "--kind=plugin"))
        self.assertTrue(Path("frpx-hello", "twisted", "plugins", "frpx_hello.py").exists())
        self.assertEqual(list(Path("frpx-hello").rglob("__init__.py")), [])

    def test_names(self) -> None:
        """A name with a dash is one in Python, too; what cannot be one is refused."""
        files = package("my-fine-echo", "proxy")
        self.assertIn("class MyFineEcho(", files["frpx_my_fine_echo.py"])
        self.assertEqual(tomli.loads(files["pyproject.toml"])["project"]["name"], "frpx-my-fine-echo")
        for name in ("Echo", "../echo", "1", "a b", "-x"):
            self.assertTrue(self.run_("--", name, code=1), name)
        for name in ("class", "import", "none", "true"):
            self.assertIn("it is a word of Python's own", self.run_(name, code=1))
        self.assertIn("one NAME is needed", self.run_(code=1))

    def test_words(self) -> None:
        """What it does and who writes it are what the flags say."""
        said = self.project("--description", "tells the time", "--author", "Ann Ott <ann@example.com>")
        self.assertEqual(said["description"], "tells the time")
        self.assertEqual(said["authors"], [{"name": "Ann Ott", "email": "ann@example.com"}])
        files = package("hello", "plugin", "tells the time")
        self.assertIn('"hello", "tells the time", "frpx_hello.Hello"', files["twisted/plugins/frpx_hello.py"])
        self.assertIn("# frpx-hello\n\ntells the time\n", files["README.md"])

    def test_author(self) -> None:
        """Of an author one of the two is enough; nobody is nobody."""
        for given, authors in (
            ("Ann", [{"name": "Ann"}]),
            ("ann@example.com", [{"email": "ann@example.com"}]),
            ("<ann@example.com>", [{"email": "ann@example.com"}]),
            ("", None),
        ):
            self.assertEqual(self.project("--author", given).get("authors"), authors, given)

    def test_git(self) -> None:
        """Without a flag it is who git takes the user for, if it knows."""
        self.git("[user]\n\tname = Bob Bell\n\temail = bob@example.com\n")
        self.assertEqual(self.project()["authors"], [{"name": "Bob Bell", "email": "bob@example.com"}])
        self.git("")
        self.assertNotIn("authors", self.project())

    def test_quotes(self) -> None:
        """What would break the files is refused."""
        for words in ('--description=say "hello"', "--description=a\nb", "--author=C:\\ann"):
            said = self.run_("hello", words, "--directory", self.mktemp(), code=1)
            self.assertIn("one line, without double quotes and backslashes", said)

    def test_kinds(self) -> None:
        """A kind that is not there is answered with those that are."""
        said = self.run_("hello", "--kind", "proxi", "--directory", self.mktemp(), code=1)
        self.assertIn("it is one of: proxy, plugin, hook", said)
