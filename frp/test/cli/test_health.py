"""C{health}, asked of programs that run, that do not, and that hang."""

from __future__ import annotations

import contextlib
import io
import socket
import subprocess
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from frp.cli import health
from frp.cli.command import Group, run
from frp.cli.frpc import frpc
from frp.cli.frps import frps
from frp.test.cli.test_processes import freePort
from frp.test.started import installed


class HealthTests(SynchronousTestCase):
    """One answer, and an exit code."""

    def file(self, text: str) -> str:
        """The path of a configuration."""
        path = Path(self.mktemp())
        path.write_text(text)
        return str(path)

    def ask(self, program: Group, path: str, code: int) -> str:
        """What the command says."""
        with contextlib.redirect_stdout(io.StringIO()) as out:
            self.assertEqual(run(program, ["health", "-c", path]), code, out.getvalue())
        return out.getvalue()

    def start(self, program: str, path: str, words: str) -> None:
        """Start a program, and wait until its log has these words."""
        process = subprocess.Popen([*installed(program), "-c", path], stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        assert process.stdout is not None
        self.assertTrue(any(words in line for line in process.stdout))

    def test_server(self) -> None:
        """frps lives where it shows its certificate."""
        path = self.file(f'bindAddr = "127.0.0.1"\nbindPort = {(port := freePort())}\n')
        self.assertEqual(self.ask(frps, path, 1), f"127.0.0.1:{port}: connection refused\n")
        self.start("frps", path, "started successfully")
        self.assertEqual(self.ask(frps, path, 0), f"frps answers on 127.0.0.1:{port}\n")

    def test_hangs(self) -> None:
        """A port on which nobody answers is not enough."""
        self.patch(health, "PATIENCE", 0.1)
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            where = f"127.0.0.1:{silent.getsockname()[1]}"
            path = self.file(f'bindAddr = "127.0.0.1"\nbindPort = {silent.getsockname()[1]}\n')
            self.assertIn(f"{where}: ", self.ask(frps, path, 1))

    def test_client(self) -> None:
        """frpc lives where its web server answers; one without cannot be asked."""
        path = self.file("")
        self.assertEqual(self.ask(frpc, path, 0), f"frpc has no webServer.port in {path}, and cannot be asked\n")
        port = freePort()
        text = f'serverAddr = "127.0.0.1"\nserverPort = 1\nloginFailExit = false\nwebServer.port = {port}\n'
        path = self.file(text)
        self.assertIn("connection refused", self.ask(frpc, path, 1))
        self.start("frpc", path, "try to connect to server")
        self.assertEqual(self.ask(frpc, path, 0), f"frpc answers on 127.0.0.1:{port}\n")

    def test_folder(self) -> None:
        """Of a folder each is asked, and each that does not answer is named; one is enough for the exit code."""
        folder = Path(self.mktemp())
        folder.mkdir()
        (folder / "a.toml").write_text("")
        silent = "frpc has no webServer.port in {}, and cannot be asked\n".format
        self.assertEqual(self.askFolder(folder, 0), (silent(folder / "a.toml"), ""))
        (folder / "b.toml").write_text(f"webServer.port = {freePort()}")
        (folder / "c.toml").write_text("serverPort = 99999999\nnope = 1")
        (folder / "d.toml").write_text("")
        out, err = self.askFolder(folder, 1)
        said = [silent(folder / "a.toml") in out, silent(folder / "d.toml") in out, out.count("connection refused")]
        self.assertEqual(said, [True, True, 1])
        self.assertEqual(
            [line for line in err.splitlines() if line.startswith("  in ")],
            [f"  in {folder}/{name}.toml" for name in "bc"],
        )
        self.assertEqual(self.askFolder(folder / "none", 1)[0], "")

    def askFolder(self, folder: Path, code: int) -> tuple[str, str]:
        """@return: what is said of a folder, on both ways."""
        with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
            self.assertEqual(run(frpc, ["health", "--config-dir", str(folder)]), code, out.getvalue())
        return out.getvalue(), err.getvalue()

    def test_wrong(self) -> None:
        """Whose configuration is wrong does not live."""
        self.assertIn("port number 99999", self.ask(frps, self.file("bindPort = 99999"), 1))
