"""What it costs that one frps is two workers: CPU time of all of its processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

from benchmarks.exchanges import ASK_WEB, ASK_WEB_ONCE, ECHO, Exchange, exchanges
from benchmarks.load import bulk
from benchmarks.peers import Pair, Tunnel
from benchmarks.processes import cpuSeconds
from benchmarks.settings import BULK, Proxy, Setting
from benchmarks.severalnodes.trial import Line, Trial, compared, inTurn

__all__ = ["workers"]

_ASKED = "<= 1.10"
_WORKERS = 2
_PROXIES = (*BULK, Proxy("echo", "echo"), Proxy("web", "web", type="http"))

#: Users at any time: enough that both workers have their share.
_USERS = 32


class _One(Tunnel):
    """Only frps counts."""

    def cpu(self) -> float:
        """Of frps and all that it has started."""
        return cpuSeconds(self.pids[:1])


class _Several(_One):
    def _startClients(self) -> None:
        """When all workers are there."""
        said = f"{_WORKERS} workers serve"
        self._programs[0].waitFor(lambda log: said in log, said)
        super()._startClients()


def _each(trial: Trial, proxy: str, exchange: Exchange) -> Callable[[Tunnel], float]:
    """@return: a measurement: CPU microseconds for one of these."""

    def measure(tunnel: Tunnel) -> float:
        before = tunnel.cpu()
        done, _ = exchanges(tunnel.port(proxy), exchange, _USERS, trial.seconds)
        return (tunnel.cpu() - before) / done * 1e6

    return measure


def _measures(trial: Trial) -> dict[str, Callable[[Tunnel], float]]:
    services, seconds = trial.ground.services, trial.seconds
    return {
        "s for a GB over tcp, user to service": lambda tunnel: (
            bulk(tunnel, ["sink"], services.random, services.tally, seconds).cpu
        ),
        "s for a GB over tcp, service to user": lambda tunnel: (
            bulk(tunnel, ["random"], None, services.tally, seconds).cpu
        ),
        "us for a connection over tcp": _each(trial, "echo", ECHO),
        "us for an HTTP request, kept alive": _each(trial, "web", ASK_WEB),
        "us for an HTTP request, Connection: close": _each(trial, "web", ASK_WEB_ONCE),
    }


def workers(trial: Trial) -> Iterator[Line]:
    """Two workers and one, in turn. All proxies are those of one client; users of http come to both workers."""
    pair = Pair(trial.ours, trial.client)
    folder, services = trial.ground.folder, trial.ground.services
    one = _One(pair, Setting("one-worker", _PROXIES), folder / "one-worker", services)
    several = _Several(
        pair, Setting("workers", _PROXIES, server=(f"workers = {_WORKERS}",)), folder / "workers", services
    )
    with ExitStack() as stack:
        for tunnel in (several, one):
            tunnel.start()
            stack.callback(tunnel.stop)
        taken = inTurn(trial.runs, _measures(trial), several, one)
    for figure, (many, single) in taken.items():
        yield Line(f"CPU of frps, {_WORKERS} workers to one: {figure}", compared(many, single), _ASKED)
