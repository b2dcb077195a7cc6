"""Announcements, read from Twisted's note of them."""

from __future__ import annotations

import importlib
import os
import sys
import zipfile

from twisted.plugin import getPlugins
from twisted.trial.unittest import SynchronousTestCase

from frp.interfaces import IContribution
from frp.kinds import Contribution
from frp.kinds.announced import announced

_OURS = """
from frp.interfaces import IProxyKind
from frp.plugin import Contribution
{name} = Contribution(IProxyKind, "{name}", "for tests", object)
"""

_OTHERS = """
from announced_interface import IOther
from twisted.plugin import IPlugin
from zope.interface import implementer

@implementer(IPlugin, IOther)
class Other:
    "Somebody else's."

other = Other()
"""

_INTERFACE = "from zope.interface import Interface\nclass IOther(Interface):\n    'What somebody else announces.'\n"


class AnnouncedTests(SynchronousTestCase):
    """A package with a plugin of ours and one of somebody else's, of which Twisted has taken note."""

    def setUp(self) -> None:
        self.folder = os.path.abspath(self.mktemp())
        self.plugins = f"{self.folder}/announced_plugins"
        os.makedirs(self.plugins)
        self.write(f"{self.folder}/announced_interface.py", _INTERFACE)
        self.write(f"{self.plugins}/__init__.py", "")
        self.write(f"{self.plugins}/ours.py", _OURS.format(name="first"))
        self.write(f"{self.plugins}/others.py", _OTHERS)
        self.patch(sys, "path", [self.folder, *sys.path])
        self.addCleanup(self.forget)
        self.note()

    def write(self, path: str, text: str) -> None:
        """A module that is older than any note."""
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.utime(path, (1_000_000_000, 1_000_000_000))
        importlib.invalidate_caches()

    def forget(self) -> None:
        """Nothing was imported."""
        for name in [name for name in sys.modules if name.startswith("announced_")]:
            del sys.modules[name]

    def note(self) -> list[str]:
        """@return: what Twisted finds, while it takes note."""
        found = [one.name for one in getPlugins(IContribution, importlib.import_module("announced_plugins"))]
        self.forget()
        return found

    def names(self, *folders: str) -> list[str] | None:
        """@return: of what is announced there."""
        found = announced(folders or [self.plugins], IContribution)
        return None if found is None else [one.name for one in found if isinstance(one, Contribution)]

    def test_ours(self) -> None:
        """What is ours is there; what others announce is not even imported."""
        self.assertEqual(self.names(), ["first"])
        self.assertIn("announced_plugins.ours", sys.modules)
        self.assertNotIn("announced_interface", sys.modules)
        self.assertNotIn("announced_plugins.others", sys.modules)

    def test_changed(self) -> None:
        """A module that was changed afterwards is Twisted's to look at."""
        self.write(f"{self.plugins}/ours.py", _OURS.format(name="second"))
        os.utime(f"{self.plugins}/ours.py")
        os.utime(f"{self.plugins}/dropin.cache", (1_000_000_001, 1_000_000_001))
        self.assertIsNone(self.names())
        self.assertEqual(self.note(), ["second"])
        os.utime(f"{self.plugins}/ours.py", (1_000_000_000, 1_000_000_000))
        self.assertEqual(self.names(), ["second"])

    def test_come(self) -> None:
        """So is one that has come, and the rest when one has gone."""
        self.write(f"{self.plugins}/more.py", _OURS.format(name="more"))
        self.assertIsNone(self.names())
        self.assertEqual(sorted(self.note()), ["first", "more"])
        self.assertEqual(sorted(self.names() or ()), ["first", "more"])
        os.unlink(f"{self.plugins}/more.py")
        self.assertIsNone(self.names())

    def test_noNote(self) -> None:
        """Without a note, or with one that nobody can read, Twisted has to look."""
        with open(f"{self.plugins}/dropin.cache", "wb") as file:
            file.write(b"\x80\x04nothing")
        self.assertIsNone(self.names())
        os.unlink(f"{self.plugins}/dropin.cache")
        self.assertIsNone(self.names())

    def test_renamed(self) -> None:
        """So it is with a note from before an update, by which something of ours is called otherwise."""
        path = f"{self.plugins}/dropin.cache"
        with open(path, "r+b") as file:
            noted = file.read()
            file.seek(0)
            file.write(noted.replace(b"IContribution", b"IContributing"))
        self.assertIsNone(self.names())
        self.assertEqual(self.note(), ["first"])
        self.assertEqual(self.names(), ["first"])

    def test_broken(self) -> None:
        """A module that cannot be imported any more is Twisted's to tell about."""
        os.utime(f"{self.plugins}/dropin.cache", (2_000_000_000, 2_000_000_000))
        self.write(f"{self.plugins}/ours.py", "import announced_nowhere\n")
        self.assertIsNone(self.names())

    def test_folders(self) -> None:
        """A place without plugins changes nothing; one that may have some, in an archive or as packages, does."""
        self.assertEqual(self.names(f"{self.folder}/none", self.plugins), ["first"])
        with zipfile.ZipFile(f"{self.folder}/archive.zip", "w") as archive:
            archive.writestr("plugins/ours.py", "")
        self.assertIsNone(self.names(f"{self.folder}/archive.zip/plugins", self.plugins))
        os.mkdir(f"{self.plugins}/package")
        self.assertIsNone(self.names())

    def test_hidden(self) -> None:
        """A module hides those of its name that come after it, as it does for Python."""
        self.assertEqual(self.names(self.plugins, self.plugins), None)
