"""
frps and frpc as children: ours, or the reference's where its programs are at hand.

The environment variable C{FRP_REFERENCE_BIN} names the folder with the reference's C{frps} and C{frpc}.
"""

from __future__ import annotations

import itertools
import os
import random
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from frp.test.started import command

__all__ = ["MISSING", "NEEDED", "PATIENCE", "REFERENCE", "Program", "freePort", "pick"]

#: The folder of the reference's programs, or nothing.
REFERENCE = os.environ.get("FRP_REFERENCE_BIN", "")

#: Why what needs them is not run.
NEEDED = "the reference's programs are needed: set FRP_REFERENCE_BIN to their folder"

#: Why tests that need them are skipped; empty where they are there.
MISSING = "" if REFERENCE else NEEDED

#: Seconds that anything may take on a busy machine.
PATIENCE = 20.0

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


# Below those that the kernel gives to whoever asks for any: one who dials a port of that range before anybody listens
# there may be given the same port, and meets itself.
_FIRST, _LAST = 20000, 29999

# Each process goes round from a place of its own, so that hardly any two take the same port for free at the same time.
_turns = itertools.count(random.randint(_FIRST, _LAST))


def freePort() -> int:
    """A port of TCP and of UDP that was free just now, and that no outgoing connection will take."""
    while True:
        port = _FIRST + next(_turns) % (_LAST + 1 - _FIRST)
        with (
            suppress(OSError),
            socket.create_server(("127.0.0.1", port)),
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
        ):
            datagrams.bind(("127.0.0.1", port))
            return port


def pick(maker: str, name: str, reference: str = REFERENCE) -> list[str]:
    """
    @param maker: C{ours} or C{go}; @param name: C{frps} or C{frpc}.
    @return: the words of the command.
    """
    if maker == "go":
        return [os.path.join(reference, name)]
    return command(name)


class Program:
    """
    One running program, whose log is read all the time.

    @ivar who: who made it, and its name.
    @ivar lines: what it has said.
    @ivar process: the child.
    """

    def __init__(
        self, maker: str, name: str, text: str, reference: str = REFERENCE, within: Iterable[str] = ()
    ) -> None:
        """
        @param text: the configuration; @param reference: the folder of the reference's programs.
        @param within: the words of a command that runs it somewhere else, such as in a network namespace.
        """
        with tempfile.NamedTemporaryFile("w", suffix=".toml", prefix=f"{name}-", delete=False) as file:
            file.write(text)
        self._file = Path(file.name)
        self.who = f"{maker} {name}"
        self.lines: list[str] = []
        self._said = threading.Condition()
        self._silent = False
        words = [*within, *pick(maker, name, reference), "-c", file.name]
        self.process = subprocess.Popen(words, env={}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for raw in self.process.stdout:
            line = _COLOURS.sub("", raw.decode("utf-8", "replace")).rstrip("\n")
            with self._said:
                self.lines.append(line)
                self._said.notify_all()
        with self._said:
            self._silent = True
            self._said.notify_all()

    def wait(self, pattern: str, times: int = 1) -> re.Match[str]:
        """
        Wait until so many lines match.

        @return: the match in the last of them.
        @raise AssertionError: it did not come; with all that came.
        """
        found = re.compile(pattern)

        def enough() -> re.Match[str] | None:
            matches = [match for match in map(found.search, self.lines) if match]
            return matches[times - 1] if len(matches) >= times else None

        return self._await(enough, pattern)

    def _await(self, enough: Callable[[], re.Match[str] | None], what: str) -> re.Match[str]:
        deadline = time.monotonic() + PATIENCE
        with self._said:
            while True:
                match = enough()
                if match is not None:
                    return match
                left = deadline - time.monotonic()
                if left <= 0 or self._silent:
                    raise AssertionError(f"{self.who} did not say {what!r} but:\n" + "\n".join(self.lines))
                self._said.wait(left)

    def configure(self, text: str) -> None:
        """Write another configuration, which it may be told to read."""
        self._file.write_text(text)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait(PATIENCE)

    def terminate(self) -> int:
        """Ask it to end. @return: its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        """Leave nothing behind."""
        self.kill()
        self._reader.join(PATIENCE)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._file.unlink()
