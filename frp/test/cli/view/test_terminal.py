"""C{frpc --ui} on a real terminal."""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from frp.cli.view.terminal import Terminal
from frp.test.cli.test_processes import freePort
from frp.test.started import BIN, installed

_ENTERED, _LEFT = "\x1b[?1049h", "\x1b[?1049l"


class TerminalTestCase(SynchronousTestCase):
    """Has a terminal of 80 columns and 24 rows."""

    def setUp(self) -> None:
        self.master, self.slave = os.openpty()
        self.addCleanup(os.close, self.master)
        self.addCleanup(os.close, self.slave)
        self.resize(80, 24)
        self.before = termios.tcgetattr(self.slave)

    def resize(self, columns: int, rows: int) -> None:
        """Let the window have another size."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self) -> str:
        """@return: what has been written to it, once there is something."""
        self.assertTrue(select.select([self.master], [], [], 30)[0], "nothing is shown")
        return os.read(self.master, 1 << 16).decode("utf-8", "replace").replace("\r\r", "\r")


class DrawingTests(TerminalTestCase):
    """A terminal by itself."""

    def setUp(self) -> None:
        super().setUp()
        self.terminal = Terminal(os.ttyname(self.slave))
        self.addCleanup(self.terminal.leave)

    def test_frames(self) -> None:
        """The first one enters another screen; each begins in the first cell, and leaves nothing of the one before."""
        self.assertTrue(self.terminal.draw([(("a", "red"), ("b", "")), ()]))
        enter = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J"
        self.assertEqual(self.read(), f"{enter}\x1b[H\x1b[K\x1b[31ma\x1b[mb\r\n\x1b[J")
        self.terminal.draw([(("c", ""),)])
        self.assertEqual(self.read(), "\x1b[H\x1b[Jc")

    def test_fullLines(self) -> None:
        """Nothing is erased behind the text of a line: the cursor of one that is full stands on its last character."""
        full = "x" * self.terminal.size[0]
        self.terminal.draw([((full, ""),), ((full, ""),)])
        self.assertTrue(self.read().endswith(f"\x1b[H\x1b[K{full}\r\n\x1b[J{full}"))

    def test_left(self) -> None:
        """Afterwards all is as before, and stays so."""
        self.terminal.leave()
        self.terminal.draw([])
        self.assertFalse(termios.tcgetattr(self.slave)[3] & termios.ECHO)
        self.read()
        self.terminal.leave()
        self.terminal.leave()
        self.assertEqual(self.read(), "\x1b[?7h\x1b[?25h\x1b[?1049l")
        self.assertEqual(termios.tcgetattr(self.slave), self.before)

    def test_size(self) -> None:
        """That of the window; one that knows none is as terminals were once."""
        self.assertEqual(self.terminal.size, (80, 24))
        self.resize(0, 0)
        self.assertEqual(self.terminal.size, (80, 24))
        self.resize(33, 7)
        self.assertEqual(self.terminal.size, (33, 7))

    def test_full(self) -> None:
        """Nobody waits for a terminal that takes nothing more, and the shell's own writing still waits as it did."""
        line = (("x" * 1000, ""),)
        while self.terminal.draw([line] * 100):
            pass
        self.assertTrue(os.get_blocking(self.slave))
        while select.select([self.master], [], [], 0)[0]:
            os.read(self.master, 1 << 16)


class ProgramTests(TerminalTestCase):
    """The command."""

    def setUp(self) -> None:
        super().setUp()
        self.stack = ExitStack()
        self.addCleanup(self.stack.close)
        self.port = freePort()

    def start(self, words: list[str], **streams: Any) -> subprocess.Popen[bytes]:
        """Start a program; it is killed at the end."""
        process: subprocess.Popen[bytes] = subprocess.Popen(words, env={**os.environ, "TERM": "xterm"}, **streams)
        self.stack.callback(process.wait)
        self.stack.callback(process.kill)
        return process

    def lines(self, program: str, *words: str) -> Iterator[bytes]:
        """Start a command of ours. @return: what it prints."""
        process = self.start([*installed(program), *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert process.stdout is not None
        self.stack.callback(process.stdout.close)
        return iter(process.stdout)

    def server(self, *words: str) -> None:
        """Start frps; its clients come when it is there."""
        lines = self.lines("frps", "-p", str(self.port), *words)
        self.assertTrue(any(b"started successfully" in line for line in lines))

    def frpc(self, *words: str) -> subprocess.Popen[bytes]:
        """Start frpc as the foreground of the terminal."""
        script = "import fcntl, os, sys, termios; os.setsid(); fcntl.ioctl(1, termios.TIOCSCTTY, 0)\n"
        script += f"os.execv({str(BIN / 'frpc')!r}, sys.argv)"
        flags = ("-s", f"127.0.0.1:{self.port}", "--ui")
        ours = {"stdin": self.slave, "stdout": self.slave, "stderr": self.slave}
        return self.start([sys.executable, "-c", script, *words, *flags], **ours)

    def until(self, pattern: str, shown: str = "") -> str:
        """@return: all that was shown until it matches."""
        end = time.monotonic() + 30
        while not re.search(pattern, shown, re.DOTALL):
            self.assertLess(time.monotonic(), end, shown)
            shown += self.read()
        return shown

    def test_signals(self) -> None:
        """Ctrl+C and SIGTERM end it, and the terminal is as it was; meanwhile no line of the log stands on it."""
        self.server()
        for end in (lambda _: os.write(self.master, b"\x03"), lambda frpc: frpc.send_signal(signal.SIGTERM)):
            frpc = self.frpc("tcp", "80", "-r", str(freePort()))
            shown = self.until("running")
            self.assertNotIn("start proxy success", shown)
            self.assertEqual(shown.count(_ENTERED), 1)
            end(frpc)
            self.until(re.escape(_LEFT))
            self.assertEqual(frpc.wait(30), 0)
            self.assertEqual(termios.tcgetattr(self.slave), self.before)

    def test_resize(self) -> None:
        """A window that becomes narrow is drawn anew."""
        self.server()
        self.frpc("tcp", "80", "-r", str(freePort()))
        self.until("running")
        self.resize(12, 5)
        self.until(re.escape("\x1b[H\x1b[K\x1b[1mfrpc\x1b[m\r\n\x1b[K\x1b[2mServer    \x1b[m1…"))

    def test_inspects(self) -> None:
        """The requests of an http proxy without a file are shown without being asked for."""
        self.server("--vhost-http-port", str(freePort()))
        self.frpc("http", "80", "-d", "x.test")
        self.until("Requests")

    def test_fails(self) -> None:
        """Why it cannot start stands on the terminal as it was, behind all that was drawn."""
        frpc = self.frpc("tcp", "80", "-r", "1")
        shown = self.until("login to the server failed.*\n")
        self.assertEqual(frpc.wait(30), 1)
        self.assertNotIn(_ENTERED, shown[shown.index("login to the server failed") :])
        self.assertEqual(shown.count(_ENTERED), shown.count(_LEFT))

    def test_noTerminal(self) -> None:
        """Elsewhere there are plain lines, as without the flag."""
        self.server()
        words = ("tcp", "80", "-r", str(freePort()), "-s", f"127.0.0.1:{self.port}", "--ui")
        shown = b""
        for line in self.lines("frpc", *words):
            shown += line
            if b"start proxy success: tcp://" in line:
                break
        self.assertNotIn(b"\x1b", shown)
