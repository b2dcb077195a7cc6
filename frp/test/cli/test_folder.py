"""One client for each file of a folder."""

from __future__ import annotations

import os
from collections.abc import Callable

from twisted.python.failure import Failure

from frp.cli import run as serving
from frp.cli.folder import filesBelow
from frp.cli.frpc import frpc
from frp.errors import FRPError
from frp.test.cli.test_programs import Programs


class FolderTests(Programs):
    """C{--config_dir}."""

    def test_files(self) -> None:
        """Every file counts, by name, in folders below too; pipes do not."""
        folder = self.mktemp()
        for name in ("b/2", "b/1", "a", "c"):
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w"):
                pass
        os.mkfifo(os.path.join(folder, "pipe"))
        os.symlink("/no/where", os.path.join(folder, "dangling"))
        self.assertEqual(
            [os.path.relpath(path, folder) for path in filesBelow(folder)], ["a", "b/1", "b/2", "c", "dangling"]
        )

    def test_nothingToServe(self) -> None:
        """A file that cannot be used is named; when none is left frpc ends, and that is no failure."""
        folder = self.mktemp()
        os.makedirs(folder)
        path = os.path.join(folder, "bad")
        with open(path, "w") as file:
            file.write("nope = 1")
        why = f'  {path}: json: unknown field "nope" (line 1, nope)\n'
        printed = self.run_(frpc, "--config_dir", folder, warned=why)
        self.assertEqual(printed, f"frpc service error for config file [{path}]\n")

    def test_nothingThere(self) -> None:
        """Where there is no folder, or nothing in it, standard error says so, and the exit code is 1."""
        folder = self.folder()
        missing = os.path.join(folder, "missing")
        for words in (), ("verify",), ("health",), ("reload",), ("service", "install"):
            self.assertEqual(self.run_(frpc, *words, "--config-dir", missing, code=1), "")
            self.assertEqual(self.hints, f"--config-dir: there is no {missing}\n")
            self.assertEqual(self.run_(frpc, *words, "--config-dir", folder, code=1), "")
            self.assertEqual(self.hints, f"--config-dir: no configuration in {folder}\n")

    def test_file(self) -> None:
        """A file in place of the folder is the one that is served."""
        path = self.file("nope = 1")
        printed = self.run_(frpc, "--config-dir", path, warned=f'  {path}: json: unknown field "nope" (line 1, nope)\n')
        self.assertEqual(printed, f"frpc service error for config file [{path}]\n")

    def test_verify(self) -> None:
        """Every file of the folder is verified, and one that is bad makes the exit code."""
        folder = self.folder(a="serverPort = 7000", b="nope = 1", c="serverPort = 7001")
        printed = self.run_(frpc, "verify", "--config-dir", folder, code=1)
        self.assertEqual(
            printed,
            f"frpc: the configuration file {folder}/a syntax is ok\n"
            'json: unknown field "nope"\n'
            f"frpc: the configuration file {folder}/c syntax is ok\n",
        )
        self.assertEqual(self.hints, f"  line 1, nope\n  in {folder}/b\n")

    def test_copies(self) -> None:
        """What an editor has left there is read, as by the reference, and named."""
        copies = ["#a.toml#", ".a.toml.swp", "a.toml.bak", "a.toml~"]
        folder = self.folder(**{"a.toml": "", **dict.fromkeys(copies, "")})
        said = "is read as one more configuration, and looks like a copy of one"
        warned = "".join(f"WARNING: {folder}/{name} {said}\n" for name in copies)
        printed = self.run_(frpc, "verify", "--config-dir", folder, warned=warned)
        self.assertEqual(printed.count("syntax is ok"), 5)

    def test_ends(self) -> None:
        """A client that gives up says which it is, and why; the exit code stays 0."""
        folder = self.folder(a="loginFailExit = true")
        error = FRPError("login failed", "login failed: the server does not answer")

        def serve(_clients: object, _values: object, _kinds: object, failed: Callable[[str, Failure], int]) -> int:
            return failed(f"{folder}/a", Failure(error))

        self.patch(serving, "serveClients", serve)
        why = f"  {folder}/a: login failed: the server does not answer\n"
        printed = self.run_(frpc, "--config-dir", folder, warned=why)
        self.assertEqual(printed, f"frpc service error for config file [{folder}/a]\n")

    def folder(self, **files: str) -> str:
        """The path of a folder with these files: their texts by their names."""
        path: str = os.path.abspath(self.mktemp())
        os.makedirs(path)
        for name, text in files.items():
            with open(os.path.join(path, name), "w") as file:
                file.write(text)
        return path
