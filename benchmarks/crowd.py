"""A frps with very many clients, which do nothing but be there: one frpc, which reads a folder of files."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import takewhile
from pathlib import Path

from benchmarks.load import typing
from benchmarks.measures import Bench
from benchmarks.peers import Tunnel, told
from benchmarks.services import answers
from benchmarks.table import percentile

__all__ = ["CLIENTS", "PROXIES", "Crowd", "Returning", "Seen", "returned"]

CLIENTS = 1000
PROXIES = 5

#: Seconds in which all have to be there.
_PATIENCE = 120

#: Seconds between two round trips of a user meanwhile.
_PAUSE = 0.005


class Crowd(Tunnel):
    """
    The frps of a pair with a web server, and a frpc that is a thousand clients with some tcp proxies each.

    @cvar proxies: how many.
    @ivar crowd: the frpc.
    """

    proxies = PROXIES

    def _startClients(self) -> None:
        make = self.pair.client
        folder = self.folder / "clients"
        folder.mkdir()
        common = list(takewhile(lambda line: line != "[[proxies]]", make.kind.clientLines(self)))
        for number in range(CLIENTS):
            (folder / f"{number:03}.toml").write_text("\n".join([*common, *self._client(number)]) + "\n")
        self.crowd = self._run([*make.commands["frpc"], "--config_dir", str(folder)], "crowd", make)
        self.crowd.waitFor(told(make.kind.ready, CLIENTS * self.proxies), "all proxies up", _PATIENCE)

    def _client(self, number: int) -> list[str]:
        """Ten of them have one user."""
        lines = [f'user = "user{number // 10:02}"', f'clientID = "client{number:03}"', "loginFailExit = false"]
        for proxy in range(self.proxies):
            lines += ["[[proxies]]", f'name = "proxy-{number:03}-{proxy}"', 'type = "tcp"', "remotePort = 0"]
            lines.append(f"localPort = {self.services.ports['echo']}")
        return lines


class Returning(Crowd):
    """The same with three proxies each, beside a client that has a frpc of its own, and a user."""

    proxies = 3

    def _startClients(self) -> None:
        Tunnel._startClients(self)
        super()._startClients()

    def restart(self) -> float:
        """
        End frps, and execute it again.

        @return: seconds until it had ended.
        """
        server = self._programs.pop(0)
        began = time.perf_counter()
        server.stop(_PATIENCE)
        ended = time.perf_counter() - began
        again = self._execute("frps", self.pair.server)
        self._programs.insert(0, self._programs.pop())
        again.waitFor(lambda _: answers(self.bindPort), "listening")
        return ended


def returned(_: Bench, tunnel: Tunnel) -> Sequence[float]:
    """
    All come back at once to a frps that was started again.

    @return: seconds until all of their proxies are up; of a user who was served first, the median of the round trips
        until then, and the longest, in milliseconds; and seconds that frps took to end.
    """
    assert isinstance(tunnel, Returning)
    up = Seen(tunnel.crowd.output, tunnel.pair.client.kind.ready, CLIENTS * tunnel.proxies)
    ended = tunnel.restart()
    began = time.perf_counter()
    port = tunnel.port(tunnel.setting.proxies[0].name)
    took = _served(port, up.enough)
    return time.perf_counter() - began, percentile(took, 0.5) / 1e3, took[-1] / 1e3, ended


def _served(port: int, until: Callable[[], bool]) -> list[float]:
    """@return: the round trips of a user, from when he is served to the end without being thrown out in between."""
    while True:
        while not answers(port):
            time.sleep(0.001)
        with suppress(ConnectionError):
            return typing(port, _PAUSE, until)


class Seen:
    """How often a program says something from now on. What it has said before is not read again."""

    def __init__(self, path: Path, what: str, times: int, patience: float = 2 * _PATIENCE) -> None:
        """
        @param path: of its log.
        @param patience: seconds in which it has to be.
        """
        self._path = path
        self._what = what
        self._left = times
        self._place = path.stat().st_size
        self._rest = ""
        self._patience = patience
        self._end = time.perf_counter() + patience

    def enough(self) -> bool:
        """
        Whether it was often enough.

        @raise RuntimeError: it was not for too long.
        """
        if time.perf_counter() > self._end:
            raise RuntimeError(f"{self._left} times more: {self._what}: not in {self._patience:.0f} s")
        with self._path.open("rb") as log:
            log.seek(self._place)
            new = log.read()
        self._place += len(new)
        *lines, self._rest = (self._rest + new.decode(errors="replace")).split("\n")
        self._left -= sum(self._what in line for line in lines)
        return self._left <= 0
