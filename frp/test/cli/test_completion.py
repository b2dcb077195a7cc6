"""Command lines that a real shell completes."""

from __future__ import annotations

import contextlib
import io
import os
import pty
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path
from tempfile import mkdtemp

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from frp.cli.command import run
from frp.cli.frps import frps

BIN = str(Path(sys.executable).parent)

#: What is typed before the tab, and what is there then that was not before.
TYPED = [
    ("frps veri", "frps verify"),
    ("frps -c mycon", "frps -c myconfig.toml"),
    ("frps --config mycon", "frps --config myconfig.toml"),
    ("frps verify mycon", "frps verify myconfig.toml"),
    ("frps --plugin mycon", "frps --plugin myconfig.toml"),
    ("frpc --config-dir myfol", "frpc --config-dir myfolder/"),
    ("frpc tcp --remo", "frpc tcp --remote-port"),
    ("frpc completion z", "frpc completion zsh"),
    ("frps service unins", "frps service uninstall"),
    ("frpc docs tuto", "frpc docs tutorial"),
]


class ShellTests(SynchronousTestCase):
    """Words, flags and files."""

    def setUp(self) -> None:
        self.folder = mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        Path(self.folder, "myconfig.toml").touch()
        Path(self.folder, "myfolder").mkdir()
        self.environment = {"HOME": self.folder, "PATH": f"{BIN}:/usr/bin:/bin", "PS1": "> ", "TERM": "dumb"}

    def need(self, shell: str) -> None:
        """@raise SkipTest: it is not there."""
        if shutil.which(shell) is None:
            raise SkipTest(f"there is no {shell}: install Debian's package {shell}")

    def open(self, *shell: str) -> None:
        """Start a shell on a terminal of ours."""
        self.need(shell[0])
        terminal, other = pty.openpty()
        process = subprocess.Popen(
            shell,
            stdin=other,
            stdout=other,
            stderr=other,
            cwd=self.folder,
            env=self.environment,
            start_new_session=True,
        )
        os.close(other)
        self.addCleanup(os.close, terminal)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.terminal = terminal

    def expect(self, words: str) -> None:
        """Read what the shell shows up to these words."""
        shown, end = "", time.monotonic() + 30
        while words not in shown:
            if not select.select([self.terminal], [], [], max(0, end - time.monotonic()))[0]:
                self.fail(f"{words!r} was not shown, but {shown!r}")
            shown += os.read(self.terminal, 4096).decode(errors="replace")

    def enter(self, words: str) -> None:
        """Type words, which the shell shows."""
        os.write(self.terminal, words.encode())

    def complete(self) -> None:
        """Press the tab for each of the lines."""
        for line, completed in TYPED:
            self.enter(line)
            self.expect(line)
            self.enter("\t")
            self.expect(completed.removeprefix(line))
            self.enter("\x15")

    def test_bash(self) -> None:
        """In bash."""
        self.open("bash", "--norc", "--noprofile", "-i")
        self.enter("for p in frps frpc; do source <($p completion bash); done; echo rea''dy\n")
        self.expect("ready")
        self.complete()

    def test_zsh(self) -> None:
        """In zsh."""
        self.open("zsh", "-f", "-i")
        self.enter("autoload -U compinit; compinit -u\n")
        self.enter("for p in frps frpc; do source <($p completion zsh); done; echo rea''dy\n")
        self.expect("ready")
        self.complete()

    def test_fish(self) -> None:
        """In fish, which can be asked."""
        self.need("fish")
        asked = "; ".join(f'complete -C "{line}"; echo ==' for line, _ in TYPED)
        done = subprocess.run(
            ["fish", "--no-config", "-c", f"for p in frps frpc; $p completion fish | source; end; {asked}"],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        answers = [[line.partition("\t")[0] for line in one.split("\n")] for one in done.stdout.split("==\n")]
        for (_, completed), answer in zip(TYPED, answers[:-1], strict=True):
            self.assertEqual(answer, [completed.rpartition(" ")[2], ""])


class ScriptTests(SynchronousTestCase):
    """What the command prints, and the answers to what a script asks."""

    def run_(self, *words: str, code: int = 0) -> str:
        """Run frps; gives what it printed."""
        with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
            self.assertEqual(run(frps, words), code, err.getvalue())
        return out.getvalue() + err.getvalue()

    def ask(self, form: str, words: str, position: int) -> list[str]:
        """What a script is told of these words."""
        self.patch(os, "environ", {"_FRPS_COMPLETE": form, "COMP_WORDS": words, "COMP_CWORD": str(position)})
        return self.run_().splitlines()

    def test_shells(self) -> None:
        """Each script calls the program in its own way."""
        for shell in ("bash", "zsh", "fish", "powershell"):
            script = self.run_("completion", shell)
            self.assertIn("_FRPS_COMPLETE", script)
            self.assertIn(f"{shell}_complete", script)

    def test_descriptions(self) -> None:
        """What words mean is told, unless the script was printed so that it is not."""
        about = "Verify that the configures is valid"
        self.assertIn("zsh_complete_plain", self.run_("completion", "zsh", "--no-descriptions"))
        self.assertEqual(self.ask("zsh_complete", "frps veri", 1), ["plain", "verify", about])
        self.assertEqual(self.ask("zsh_complete_plain", "frps veri", 1), ["plain", "verify", "_"])
        self.assertEqual(self.ask("powershell_complete", "frps veri", 1), ["plain", "verify", about])

    def test_unknown(self) -> None:
        """A shell of which nobody knows gets no answer."""
        self.patch(os, "environ", {"_FRPS_COMPLETE": "ksh_complete"})
        self.assertEqual(self.run_(code=1), "")
        self.patch(os, "environ", {"_FRPS_COMPLETE": "bash_source"})
        self.assertEqual(self.run_(code=1), "")

    def test_word(self) -> None:
        """One word too many is refused, in the reference's text."""
        for shell in ("bash", "zsh", "fish", "powershell"):
            said = self.run_("completion", shell, "x", code=1)
            self.assertEqual(said.splitlines()[0], f'Error: unknown command "x" for "frps completion {shell}"')
