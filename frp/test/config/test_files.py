"""Files that a configuration names."""

from __future__ import annotations

import os
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from frp.config.files import readFile, remedy, writeDoubt
from frp.errors import ConfigError


class ReadTests(SynchronousTestCase):
    """What is said of one that cannot be read."""

    def said(self, path: str) -> tuple[str, str, str]:
        error = self.assertRaises(ConfigError, readFile, path, "auth.file")
        return error.path, error.brief, error.hint

    def setUp(self) -> None:
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir()

    def test_there(self) -> None:
        """All of it, or so many bytes."""
        path = self.folder / "token"
        path.write_text("secret")
        self.assertEqual((readFile(str(path), ""), readFile(str(path), "", 3)), (b"secret", b"sec"))

    def test_missing(self) -> None:
        """The whole path, and for one that is not whole where it begins."""
        path = str(self.folder / "token")
        hint = f"there is no {path}: put it there, or correct the path"
        self.assertEqual(self.said(path), ("auth.file", f"open {path}: no such file or directory", hint))
        here = os.getcwd()
        hint = f"there is no {here}/no/t, nor its folder: put it there, or write its whole path;"
        self.assertEqual(self.said("no/t")[2], f"{hint} this one begins where frp starts, in {here}")

    def test_folder(self) -> None:
        """A folder is no file; a file is no folder."""
        self.assertEqual(
            self.said(str(self.folder)),
            ("auth.file", f"read {self.folder}: is a directory", f"{self.folder} is a folder: name a file in it"),
        )
        (self.folder / "a").write_text("")
        self.assertIn("nor its folder", self.said(str(self.folder / "a" / "b"))[2])

    def test_forbidden(self) -> None:
        """Who may not read it is told what to change; else where it is."""
        self.assertIn("change its owner or mode", remedy(PermissionError(13, "Permission denied"), "/etc/key"))
        self.assertEqual(remedy(OSError(5, "Input/output error"), "/etc/key"), "the file is /etc/key")


class WriteTests(SynchronousTestCase):
    """What is said of one that cannot be written."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir()

    def test_can(self) -> None:
        """One that is there, and one whose folders are to be made; nothing is made yet."""
        (self.folder / "a.log").write_text("")
        self.assertEqual(writeDoubt(str(self.folder / "a.log")), "")
        self.assertEqual(writeDoubt(str(self.folder / "x" / "y" / "a.log")), "")
        self.assertEqual([one.name for one in self.folder.iterdir()], ["a.log"])

    def test_noFile(self) -> None:
        """A folder, and one below a file."""
        (self.folder / "a").write_text("")
        self.assertEqual(
            writeDoubt(str(self.folder)), f"{self.folder} cannot be written: it is a folder: name a file in it"
        )
        below = f"{self.folder}/a/b"
        self.assertEqual(writeDoubt(below), f"{below} cannot be written: {self.folder}/a is no folder")

    def test_forbidden(self) -> None:
        """The file itself, or the folder in which it would be made."""
        self.patch(os, "access", lambda path, mode: False)
        (self.folder / "a.log").write_text("")
        for path, where in ((self.folder / "a.log", self.folder / "a.log"), (self.folder / "x" / "b", self.folder)):
            self.assertIn(f"may not write to {where}: ", writeDoubt(str(path)))
