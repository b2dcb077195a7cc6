"""The verdicts and the words of the Go programs on command lines."""

from __future__ import annotations

import contextlib
import io
import json
from importlib.resources import files
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from frp.cli.command import run
from frp.cli.frpc import frpc
from frp.cli.frps import frps

VECTORS = json.loads(files("frp.test").joinpath("vectors/commandlines.json").read_text())


class ReferenceTests(SynchronousTestCase):
    """One test for each program: what differs is listed at once."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir(parents=True)
        for name, text in VECTORS["files"].items():
            (self.folder / name).write_text(text)

    def said(self, program: str, words: list[str]) -> tuple[int, str, str]:
        """The exit code, what is printed, and the first error beside our hints; without our folder."""
        place = f"{self.folder}/"
        inPlace = [f"{place}{word}" if word in VECTORS["files"] else word for word in words]
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run({"frps": frps, "frpc": frpc}[program], inPlace)
        return code, out.getvalue().replace(place, ""), self._error(err.getvalue())

    @staticmethod
    def _error(text: str) -> str:
        return next((line for line in text.splitlines() if not line.startswith(("  ", "WARNING: "))), "")

    def compare(self, program: str) -> None:
        """Run every line of a program. Where several things are wrong, the reference tells the first one."""
        wrong = []
        for words, code, out, error in VECTORS[program]:
            found = self.said(program, words)
            printed = found[1][: len(out)] if code and out else found[1]
            if (found[0], printed, found[2]) != (code, out, error):
                wrong.append(f"{words}: expected {(code, out, error)}, got {found}")
        self.assertEqual(wrong, [])

    def test_server(self) -> None:
        """What frps of Go says to a command line, ours says."""
        self.compare("frps")

    def test_client(self) -> None:
        """What frpc of Go says to a command line, ours says."""
        self.compare("frpc")
