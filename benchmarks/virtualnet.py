"""Three machines, network namespaces of their own, two of which are in a virtual network. It needs root."""

from __future__ import annotations

import os
import shutil
import socket
from contextlib import ExitStack
from dataclasses import dataclass, field
from unittest import SkipTest

from benchmarks.namespace import unpace
from benchmarks.peers import Tunnel
from benchmarks.processes import Worker
from benchmarks.services import serveBulk
from frp.test.live.namespaces import Machines

__all__ = ["VirtualNet", "missingVirtualNet"]

_DEVICE = "/dev/net/tun"
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

#: Seconds until a first connection, which may have to wait for the visitor.
_PATIENCE = 60


def missingVirtualNet() -> str:
    """Why none can be measured; empty if one can."""
    if os.geteuid() != 0 or not shutil.which("ip"):
        return "needs root, and the program ip (iproute2)"
    return "" if os.access(_DEVICE, os.R_OK | os.W_OK) else f"there is no {_DEVICE}"


@dataclass
class VirtualNet(Tunnel):
    """
    A frps in the middle, and a frpc on each of two machines. C{sink} and C{random} are services of the one, whose users
    are on the other.
    """

    _leaving: ExitStack = field(default_factory=ExitStack)
    _machines: Machines = field(init=False)

    def _startAll(self) -> None:
        try:
            self._machines = Machines(self._leaving.callback, *_ADDRESSES)
        except SkipTest as error:
            raise RuntimeError(str(error)) from None
        for machine in _ADDRESSES:
            self._machines.do(machine, unpace)
        self._serve()
        self._on("middle", "frps", _SERVER, "frps started successfully")
        for number, (machine, address) in enumerate(_ADDRESSES.items(), 1):
            text = _CLIENT.format(number=number, address=address) + _ENTRIES[machine]
            self._on(machine, "frpc", text, _SAID[machine])

    def _serve(self) -> None:
        contents = {"sink": None, "random": self.services.random}
        listeners = [self._machines.socket("publisher") for _ in contents]
        for name, listener in zip(contents, listeners, strict=True):
            listener.bind(("", 0))
            listener.listen()
            self._ports[name] = listener.getsockname()[1]
        worker = Worker(serveBulk, list(zip(listeners, contents.values(), strict=True)), self.services.tally)
        self._leaving.callback(worker.stop)
        for listener in listeners:
            listener.close()

    def _on(self, machine: str, name: str, text: str, said: str) -> None:
        """Execute a program of the pair on one of the machines. @param said: what it logs when it is ready."""
        make = self.pair.server if name == "frps" else self.pair.client
        file = self.folder / f"{machine}.toml"
        file.write_text(text)
        program = self._run([*self._machines.within(machine), *make.commands[name], "-c", str(file)], machine, make)
        program.waitFor(lambda log: said in log, said)

    def connect(self, name: str) -> socket.socket:
        made = self._machines.socket("visitor")
        made.settimeout(_PATIENCE)
        made.connect((_ADDRESSES["publisher"], self.port(name)))
        return made

    def stop(self) -> None:
        super().stop()
        self._leaving.close()
