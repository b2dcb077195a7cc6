"""All clients are led to another node at once, as by a balancer that has lost the first one."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.crowd import Seen
from benchmarks.load import firstEcho
from benchmarks.services import freePorts
from benchmarks.settings import Proxy
from benchmarks.severalnodes.nodes import Nodes, joined
from benchmarks.severalnodes.trial import Line, Trial

__all__ = ["moved"]

_ASKED = "<= 30"
_PROXIES = 3

#: Seconds in which all have to be there.
_PATIENCE = 300.0

#: Users at any time who ask whether a port answers.
_ASKING = 32


def _configured(trial: Trial, nodes: Nodes, port: int, ports: list[int]) -> Path:
    """@return: a folder with a file for each client, which dial a port of 127.0.0.1."""
    folder = nodes.folder / "clients"
    folder.mkdir()
    services = trial.ground.services
    for number in range(trial.clients):
        lines = [f'clientID = "client{number}"\n']
        for proxy in range(_PROXIES):
            place = number * _PROXIES + proxy
            lines += Proxy(f"proxy-{place}", "echo").lines(services.ports, services.files, ports[place])
        # The top of the file ends with a line break, and the first of these is a key of the top.
        text = nodes.dialling("127.0.0.1", port) + "\n".join(lines) + "\n"
        (folder / f"{number}.toml").write_text(text, "utf-8")
    return folder


def _until(seen: Seen) -> None:
    while not seen.enough():
        time.sleep(0.01)


def _allAnswer(places: Iterable[tuple[str, int]]) -> float:
    """
    Have an echo from each of these.

    @return: seconds until the last was there.
    @raise RuntimeError: some do not answer.
    """

    def silent(place: tuple[str, int]) -> bool:
        host, port = place
        try:
            firstEcho(port, host, _PATIENCE / 10)
        except OSError:
            return True
        return False

    began = time.perf_counter()
    left = list(places)
    with ThreadPoolExecutor(_ASKING) as pool:
        while True:
            left = [place for place, fails in zip(left, pool.map(silent, left), strict=True) if fails]
            if not left:
                return time.perf_counter() - began
            if time.perf_counter() - began > _PATIENCE:
                raise RuntimeError(f"{len(left)} ports do not answer after {_PATIENCE:.0f} s")
            time.sleep(0.1)


def moved(trial: Trial) -> Iterator[Line]:
    """All clients are one frpc of ours, with a file for each."""
    count = trial.clients * _PROXIES
    with joined(trial, "moved", 2) as nodes:
        first, second = nodes.hosts
        ports = freePorts(count, first)
        balancer = nodes.balancer()
        balancer.lead(first)
        folder = _configured(trial, nodes, balancer.port, ports)
        client = nodes.run("crowd", trial.ours, "--config_dir", str(folder))
        ready = trial.ours.kind.ready
        _until(Seen(client.output, ready, count, _PATIENCE))
        places = [(host, port) for port in ports for host in nodes.hosts]
        _allAnswer(places)
        asking = _allAnswer(places)
        up = Seen(client.output, ready, count, _PATIENCE)
        began = time.perf_counter()
        balancer.lead(second)
        balancer.drop()
        _until(up)
        back = time.perf_counter() - began
        _allAnswer(places)
        answered = time.perf_counter() - began
        if set(balancer.homes()) != {second} or len(balancer.homes()) != trial.clients:
            raise RuntimeError(
                f"{trial.clients} clients should be at the second node: {len(balancer.homes())} are there"
            )
    what = f"{trial.clients:,} clients with {count:,} tcp ports led to another node"
    yield Line(f"{what}: seconds until all are back", f"{back:.1f}", _ASKED)
    yield Line(
        "seconds until each port has answered at both nodes",
        f"{answered:.1f} (of which the asking takes about {asking:.1f})",
        _ASKED,
    )
