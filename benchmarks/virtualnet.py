"""
C{python -m benchmarks.virtualnet}: one TCP connection between two machines of a virtual network, and what it costs.

It has no row in the table, whose pairs share one machine: here are three, network namespaces of our own, each with one
program of the same make. It needs root. C{FRP_REFERENCE_BIN} names the folder of the reference's programs.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, closing
from pathlib import Path
from unittest import SkipTest

from benchmarks.peers import Implementation, environment
from benchmarks.processes import Program, cpuSeconds
from benchmarks.table import Better, Figure, Results
from frp.test.live.namespaces import Machines

__all__ = ["main"]

_ADDRESSES = {"publisher": "100.86.0.1", "visitor": "100.86.0.2"}
_SERVER = "bindPort = 7000\n"
_CLIENT = """serverAddr = "10.77.{number}.1"
serverPort = 7000
featureGates.VirtualNet = true
virtualNet.address = "{address}/24"
"""
_ENTRIES = {
    "publisher": '[[proxies]]\nname = "p"\ntype = "stcp"\nsecretKey = "k"\nplugin.type = "virtual_net"\n',
    "visitor": '[[visitors]]\nname = "v"\ntype = "stcp"\nserverName = "p"\nsecretKey = "k"\nbindPort = -1\n'
    'plugin.type = "virtual_net"\nplugin.destinationIP = "100.86.0.1"\n',
}
_SAID = {"publisher": "start proxy success", "visitor": "start visitor success"}

#: From which machine to which.
_WAYS = {"up": ("visitor", "publisher"), "down": ("publisher", "visitor")}
_RATE = {way: Figure(f"rate-{way}", f"VirtualNet, one TCP connection, {way}", "MB/s", Better.MORE) for way in _WAYS}
_COST = {way: Figure(f"cpu-{way}", f"CPU of all three, {way}", "s/GB", Better.LESS) for way in _WAYS}


class _Net:
    """Three programs of one make."""

    def __init__(self, make: Implementation, machines: Machines, folder: Path) -> None:
        self._machines = machines
        self._folder = folder
        self._programs: list[Program] = []
        self._start(make, "frps", "middle", _SERVER, "frps started successfully")
        for number, (machine, address) in enumerate(_ADDRESSES.items(), 1):
            text = _CLIENT.format(number=number, address=address) + _ENTRIES[machine]
            self._start(make, "frpc", machine, text, _SAID[machine])

    def _start(self, make: Implementation, name: str, machine: str, text: str, said: str) -> None:
        file = self._folder / f"{machine}.toml"
        file.write_text(text)
        command = [*self._machines.within(machine), *make.commands[name], "-c", str(file)]
        program = Program(command, self._folder / f"{machine}.log", environment())
        self._programs.append(program)
        program.waitFor(lambda log: said in log, said)

    def close(self) -> None:
        for program in reversed(self._programs):
            program.stop()

    def moved(self, way: str, seconds: float) -> tuple[float, float]:
        """@return: megabytes a second, and seconds of the processor for a gigabyte."""
        source, target = _WAYS[way]
        with self._machines.socket(target) as listening, self._machines.socket(source) as sending:
            listening.bind((_ADDRESSES[target], 0))
            listening.listen()
            sending.settimeout(60)  # the visitor may still be on its way
            sending.connect(listening.getsockname())
            receiving, _ = listening.accept()
            pushing = threading.Thread(target=_push, args=(sending,))
            pushing.start()
            with receiving:
                _pull(receiving, seconds / 4)  # windows grow
                pids = [program.pid for program in self._programs]
                before, began = cpuSeconds(pids), time.perf_counter()
                bytes_ = _pull(receiving, seconds)
                lasted, used = time.perf_counter() - began, cpuSeconds(pids) - before
            pushing.join()
        return bytes_ / lasted / 1e6, used / bytes_ * 1e9


def _push(sending: socket.socket) -> None:
    data = os.urandom(1 << 18)
    try:
        while True:
            sending.sendall(data)
    except OSError:
        """The other side has seen enough."""


def _pull(receiving: socket.socket, seconds: float) -> int:
    until, bytes_, buffer = time.perf_counter() + seconds, 0, bytearray(1 << 20)
    while time.perf_counter() < until:
        bytes_ += receiving.recv_into(buffer)
    return bytes_


def main() -> int:
    """Measure and print. @return: 2 if nothing could be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.virtualnet", description="Measure VirtualNet.")
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="how often each make is measured (5)")
    parser.add_argument("--seconds", type=float, default=3.0, metavar="S", help="how long one measurement looks (3)")
    options = parser.parse_args()
    makes = [Implementation.ours()]
    if "FRP_REFERENCE_BIN" in os.environ:
        makes.append(Implementation.inFolder("go", Path(os.environ["FRP_REFERENCE_BIN"])))
    results = Results(tuple(make.name for make in makes))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="frp-virtualnet-")))
        try:
            machines = Machines(stack.callback, *_ADDRESSES)
        except SkipTest as error:
            print(error, file=sys.stderr)
            return 2
        for _ in range(options.runs):
            for make in makes:
                with closing(_Net(make, machines, folder)) as net:
                    for way in _WAYS:
                        rate, cost = net.moved(way, options.seconds)
                        results.add(_RATE[way], make.name, rate)
                        results.add(_COST[way], make.name, cost)
    print(results.markdown())
    return 0


if __name__ == "__main__":
    sys.exit(main())
