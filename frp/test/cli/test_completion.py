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

from frp.cli import command
from frp.cli.command import Group, run
from frp.cli.frpc import frpc
from frp.cli.frps import frps
from frp.test.cli.test_calls import CallCase
from frp.test.cli.test_operating import page

BIN = str(Path(sys.executable).parent)

#: What is typed before the tab, and what is there then that was not before.
TYPED = [
    ("frps veri", "frps verify"),
    ("frps -c mycon", "frps -c myconfig.toml"),
    ("frps --config mycon", "frps --config myconfig.toml"),
    ("frps --config=mycon", "frps --config=myconfig.toml"),
    ("frpc --config-dir=myfol", "frpc --config-dir=myfolder/"),
    ("frps --config=myfolder/in", "frps --config=myfolder/inner.toml"),
    ("frps proxies --sort traf", "frps proxies --sort traffic"),
    ("frps verify mycon", "frps verify myconfig.toml"),
    ("frps --plugin mycon", "frps --plugin myconfig.toml"),
    ("frpc --config-dir myfol", "frpc --config-dir myfolder/"),
    ("frpc tcp --remo", "frpc tcp --remote-port"),
    ("frpc completion z", "frpc completion zsh"),
    ("frps service unins", "frps service uninstall"),
    ("frpc docs tuto", "frpc docs tutorial"),
    ("frpc docs xtc", "frpc docs xtcp"),
    ("frps --log-level de", "frps --log-level debug"),
    ("frps --log-level=de", "frps --log-level=debug"),
    ("frpc tcp -p web", "frpc tcp -p websocket"),
    ("frpc new-plugin --kind visitor-", "frpc new-plugin --kind visitor-plugin"),
    ("frpc test -c myconfig.toml my", "frpc test -c myconfig.toml myproxy"),
]


class ShellTests(SynchronousTestCase):
    """Words, flags and files."""

    def setUp(self) -> None:
        self.folder = mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        Path(self.folder, "myconfig.toml").write_text('[[proxies]]\nname = "myproxy"\ntype = "tcp"\nlocalPort = 1\n')
        Path(self.folder, "myfolder").mkdir()
        Path(self.folder, "myfolder", "inner.toml").touch()
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


class ScriptTests(CallCase):
    """What the command prints, and the answers to what a script asks."""

    def setUp(self) -> None:
        self.patch(command, "PATIENCE", 60)

    def shown(self, *words: str, code: int = 0, program: Group = frps) -> str:
        """Run a program; gives what it printed."""
        with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
            self.assertEqual(run(program, words), code, err.getvalue())
        return out.getvalue() + err.getvalue()

    def ask(self, form: str, words: str, position: int, program: Group = frps) -> list[str]:
        """What a script is told of these words."""
        variable = f"_{str(program.name).upper()}_COMPLETE"
        self.patch(os, "environ", {variable: form, "COMP_WORDS": words, "COMP_CWORD": str(position)})
        return self.shown(program=program).splitlines()

    def offered(self, line: str) -> set[str]:
        """What may stand at the end of a line."""
        words = line.split(" ")
        program = frps if words[0] == "frps" else frpc
        return {one.removeprefix("plain,") for one in self.ask("bash_complete", line, len(words) - 1, program)}

    def test_order(self) -> None:
        """The proxies of a file come in their order."""
        names = ["web", "api", "db"]
        proxies = "".join(f'[[proxies]]\nname = "{name}"\ntype = "tcp"\nlocalPort = 1\n' for name in names)
        path = self.file(proxies)
        line = f"frpc test -c {path} "
        for form in "bash_complete", "zsh_complete":
            said = self.ask(form, line, 4, frpc)
            self.assertEqual([word for word in " ".join(said).replace(",", " ").split() if word in names], names, form)

    def test_values(self) -> None:
        """What a key allows, kinds and those of a plugin file included, whichever command has its flag."""
        levels = {"trace", "debug", "info", "warn", "error"}
        self.assertEqual(self.offered("frps --log-level "), levels)
        self.assertEqual(self.offered("frpc tcp --log-level "), levels)
        self.assertEqual(self.offered("frpc stcp visitor -p "), {"tcp", "kcp", "quic", "websocket", "wss"})
        self.assertEqual(self.offered("frpc tcp --bandwidth-limit-mode "), {"client", "server"})
        self.assertEqual(self.offered("frpc tcpmux --mux "), {"httpconnect"})
        self.assertEqual(self.offered("frps --allow-unsafe "), {"TokenSourceExec"})
        self.assertEqual(self.offered("frps plugins --interface ITunnelT"), {"ITunnelTransport"})
        self.assertEqual(self.offered("frpc tcp --user "), set())
        self.assertEqual(self.offered("frps --explain subDom"), {"subDomainHost"})
        self.assertEqual(self.offered("frps --explain tr"), {"transport"})
        self.assertEqual(self.offered("frps verify --explain transport.tl"), {"transport.tls"})
        self.assertEqual(self.offered("frpc --explain proxies.tc"), {"proxies.tcp", "proxies.tcpmux"})
        self.assertEqual(self.offered("frpc --explain proxies.tcp.remote"), {"proxies.tcp.remotePort"})
        self.assertEqual(self.offered("frpc --explain nonsense.t"), set())
        plugin = self.file(
            "from frp.interfaces import ITunnelTransport\nfrom frp.kinds import Contribution\n"
            'own = Contribution(ITunnelTransport, "carrierpigeon", "slow", "frp.transports.tcp.TCP")\n'
        )
        os.rename(plugin, f"{plugin}.py")
        self.assertEqual(self.offered(f"frpc --plugin {plugin}.py tcp -p carr"), {"carrierpigeon"})

    def test_proxies(self) -> None:
        """Those of the file, if it can be read; nobody is told of what is wrong with it now."""
        path = self.file('[[proxies]]\nname = "web"\ntype = "tcp"\n[[proxies]]\nname = "ssh"\ntype = "tcp"\n')
        self.assertEqual(self.offered(f"frpc test -c {path} "), {"web", "ssh"})
        self.assertEqual(self.offered(f"frpc test -c {path} w"), {"web"})
        for broken in self.file("nonsense"), "/no/file", os.curdir:
            self.assertEqual(self.offered(f"frpc test -c {broken} "), set())

    def test_running(self) -> None:
        """What frps can disable, enable or kick it is asked for; one that does not answer says nothing."""
        with self.api() as server:
            path = self.file(f"webServer.port = {server.server_port}\n")
            server.bodies["/api/v2/proxies?page=1&pageSize=200"] = page({"name": "web"})
            server.bodies["/api/v2/disabled?what=proxies&page=1&pageSize=200"] = page({"name": "shut"})
            clients = page({"key": "here", "online": True}, {"key": "gone", "online": False})
            server.bodies["/api/v2/clients?page=1&pageSize=200"] = clients
            for line, found in (
                ("disable", {"web"}),
                ("disable --client", {"here", "gone"}),
                ("enable", {"shut"}),
                ("kick", {"here"}),
            ):
                self.assertEqual(self.offered(f"frps -c {path} {line} "), found)
        self.assertEqual(self.offered(f"frps -c {path} kick "), set())

    def test_patience(self) -> None:
        """A file that does not come gives nothing, in a few seconds."""
        pipe: str = self.mktemp()
        os.mkfifo(pipe)
        environment = {"_FRPC_COMPLETE": "bash_complete", "COMP_WORDS": f"frpc test -c {pipe} ", "COMP_CWORD": "4"}
        script = "from frp.cli.entry import frpc; frpc()"
        done = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60
        )
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_joined(self) -> None:
        """A value behind C{=} is a word of its own in bash; for other shells it is one with its flag."""
        self.assertEqual(self.ask("bash_complete", "frps --log-level = de", 3), ["plain,debug"])
        self.assertEqual(self.ask("zsh_complete", "frps --log-level=de", 1)[:2], ["plain", "--log-level=debug"])
        folder = self.mktemp()
        os.makedirs(f"{folder}/below")
        for name in ("a.toml", ".hidden", "b.toml"):
            Path(folder, name).touch()
        for form, flag, ends in (
            ("zsh_complete", "--config", ["a.toml", "b.toml", "below/"]),
            ("zsh_complete", "--config-dir", ["below/"]),
        ):
            said = self.ask(form, f"frpc {flag}={folder}/", 1, frpc)
            self.assertEqual(said[1::3], [f"{flag}={folder}/{end}" for end in ends])
        self.assertEqual(
            self.ask("zsh_complete", f"frpc --config={folder}/.h", 1, frpc)[1], f"--config={folder}/.hidden"
        )
        self.assertEqual(self.ask("zsh_complete", "frpc --config=/no/where/", 1, frpc), [])

    def test_orders(self) -> None:
        """What a list can be sorted by."""
        self.assertLessEqual({"traffic", "-traffic", "status"}, self.offered("frps proxies --sort "))
        self.assertEqual(self.offered("frps clients --sort hos"), {"host"})

    def test_shells(self) -> None:
        """Each script calls the program in its own way."""
        for shell in ("bash", "zsh", "fish", "powershell"):
            script = self.shown("completion", shell)
            self.assertIn("_FRPS_COMPLETE", script)
            self.assertIn(f"{shell}_complete", script)

    def test_descriptions(self) -> None:
        """What words mean is told, unless the script was printed so that it is not."""
        about = "Verify that the configures is valid"
        self.assertIn("zsh_complete_plain", self.shown("completion", "zsh", "--no-descriptions"))
        self.assertEqual(self.ask("zsh_complete", "frps veri", 1), ["plain", "verify", about])
        self.assertEqual(self.ask("zsh_complete_plain", "frps veri", 1), ["plain", "verify", "_"])
        self.assertEqual(self.ask("powershell_complete", "frps veri", 1), ["plain", "verify", about])

    def test_unknown(self) -> None:
        """A shell of which nobody knows gets no answer."""
        self.patch(os, "environ", {"_FRPS_COMPLETE": "ksh_complete"})
        self.assertEqual(self.shown(code=1), "")
        self.patch(os, "environ", {"_FRPS_COMPLETE": "bash_source"})
        self.assertEqual(self.shown(code=1), "")

    def test_word(self) -> None:
        """One word too many is refused, in the reference's text."""
        for shell in ("bash", "zsh", "fish", "powershell"):
            said = self.shown("completion", shell, "x", code=1)
            self.assertEqual(said.splitlines()[0], f'Error: unknown command "x" for "frps completion {shell}"')
