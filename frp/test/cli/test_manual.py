"""The manual pages."""

from __future__ import annotations

import contextlib
import io
import shutil
import subprocess

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from frp.cli.command import Group, run
from frp.cli.frpc import frpc
from frp.cli.frps import frps


def page(program: Group) -> str:
    """What C{man} prints."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert run(program, ["man"]) == 0
    return out.getvalue()


class ManualTests(SynchronousTestCase):
    """What stands in a page."""

    def test_whole(self) -> None:
        """Every command, below its parents, and the flags that it has for itself."""
        found = page(frpc).splitlines()
        for line in (
            ".SS frpc verify [FILE]",
            ".SS frpc nathole discover",
            ".SS frpc completion bash",
            ".SS frpc service install",
            ".SS frpc xtcp visitor",
            ".B \\-r, \\-\\-remote\\-port INTEGER",
        ):
            self.assertIn(line, found)
        self.assertEqual(found.count(".B \\-c, \\-\\-config FILE"), 1)

    def test_signals(self) -> None:
        """What each program does at a signal."""
        for program, reread in ((frps, "certificates and authorities of TLS"), (frpc, "proxies, visitors")):
            section = page(program).partition(".SH SIGNALS\n")[2].partition("\n.SH ")[0].splitlines()
            self.assertEqual(section[1::3], [".B SIGHUP", '.BR SIGTERM ", " SIGINT'])
            self.assertIn(f"The configuration is read again: {reread}", section[2])

    def test_seeAlso(self) -> None:
        """Each page leads to the other one."""
        self.assertTrue(page(frps).endswith(".SH SEE ALSO\n.BR frpc (1)\n"))
        self.assertTrue(page(frpc).endswith(".SH SEE ALSO\n.BR frps (1)\n"))

    def test_sound(self) -> None:
        """C{groff} has nothing to say about them, and shows what was written."""
        if shutil.which("groff") is None:
            raise SkipTest("there is no groff: install Debian's package groff")
        for program in (frps, frpc):
            done = subprocess.run(
                ["groff", "-man", "-ww", "-Tutf8", "-P-cbou"],
                input=page(program),
                capture_output=True,
                text=True,
            )
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn(f"\n       {program.name} - ", done.stdout)
            self.assertIn("\n       -c, --config FILE\n", done.stdout)
