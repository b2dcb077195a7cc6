"""A frps and a frpc, joined: which programs, with which configuration, and when they are ready."""

from __future__ import annotations

import math
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from benchmarks.processes import Program, cpuSeconds
from benchmarks.services import answers, freePorts, front

__all__ = ["Direct", "Implementation", "Pair", "Proxy", "Setting", "Target", "Tunnel"]

_READY = "start proxy success"
_ATTEMPT = "try to connect to server"


@dataclass(frozen=True)
class Implementation:
    """
    One make of frps and frpc.

    @ivar commands: how to call each, by name.
    """

    name: str
    commands: Mapping[str, Sequence[str]]

    @classmethod
    def ours(cls) -> Implementation:
        """This project: its console scripts where it is installed, its modules otherwise."""
        scripts = Path(sys.executable).parent
        return cls(
            "ours",
            {
                name: [str(scripts / name)] if (scripts / name).exists() else [sys.executable, "-m", f"frp.cli.{name}"]
                for name in ("frps", "frpc")
            },
        )

    @classmethod
    def inFolder(cls, name: str, folder: Path) -> Implementation:
        """
        Any binaries called frps and frpc.

        @raise ValueError: they are not there.
        """
        commands = {program: [str(folder.resolve() / program)] for program in ("frps", "frpc")}
        for command in commands.values():
            if not os.access(command[0], os.X_OK):
                raise ValueError(f"{name}: {command[0]} is not there or cannot be executed")
        return cls(name, commands)

    def version(self) -> str:
        """
        What C{frps --version} says.

        @raise ValueError: it does not run.
        """
        command = [*self.commands["frps"], "--version"]
        try:
            said = subprocess.run(command, capture_output=True, text=True, timeout=20, env=environment(), check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ValueError(f"{self.name}: {error}") from None
        if said.returncode != 0:
            raise ValueError(f"{self.name}: {' '.join(command)} failed: {(said.stderr or said.stdout).strip()[-300:]}")
        return said.stdout.strip()


def environment() -> dict[str, str]:
    """Ours, and the checkout that the bench stands in, so that an uninstalled one can be measured."""
    root = str(Path(__file__).resolve().parent.parent)
    known = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{known}" if known else root}


@dataclass(frozen=True)
class Pair:
    """Whose frps, and whose frpc."""

    server: Implementation
    client: Implementation

    @property
    def name(self) -> str:
        return f"{self.server.name}+{self.client.name}"


Greet = Callable[[socket.socket, int], None]


@dataclass(frozen=True)
class Proxy:
    """
    One proxy, and how users reach it: at a port of the server, at one of the doors that proxies share, or through a
    visitor in the same frpc.

    @ivar service: which local service is behind it.
    @ivar options: further lines of its table, such as C{transport.useEncryption = true}.
    @ivar plugin: lines of its C{plugin} table, in place of the local service; C{{port}} is that of the service, and
        C{{files}} a folder of files.
    @ivar greet: what a user says first on a new connection, to be where the measurement begins; gets the port of the
        service.
    """

    name: str
    service: str
    options: tuple[str, ...] = ()
    type: str = "tcp"
    plugin: tuple[str, ...] = ()
    greet: Greet | None = None

    def lines(self, services: Mapping[str, int], files: Path, port: int) -> list[str]:
        """Its tables in frpc's configuration."""
        service = services[self.service]
        lines = ["[[proxies]]", f'name = "{self.name}"', f'type = "{self.type}"', *self.options]
        if self.type in ("tcp", "udp"):
            lines.append(f"remotePort = {port}")
        if self.type in _DOORS:
            lines.append(f'customDomains = ["{_DOORS[self.type].domain}"]')
        if self.plugin:
            lines += ["[proxies.plugin]", *(line.format(port=service, files=files) for line in self.plugin)]
        else:
            lines.append(f"localPort = {service}")
        if self.type == "stcp":
            lines += ["[[visitors]]", f'name = "{self.name}-visitor"', 'type = "stcp"', f'serverName = "{self.name}"']
            lines.append(f"bindPort = {port}")
        return lines


@dataclass(frozen=True)
class _Door:
    """
    @ivar key: of frps' configuration.
    @ivar domain: whom a user asks for who names only the address.
    """

    key: str
    domain: str


_DOORS = {"http": _Door("vhostHTTPPort", "127.0.0.1"), "https": _Door("vhostHTTPSPort", "*")}


@dataclass(frozen=True)
class Setting:
    """
    What both programs are told.

    @ivar server: further lines of frps' configuration; C{{bindPort}} is the number of its port.
    @ivar client: the same of frpc's.
    @ivar fronted: an nginx between the two undoes the TLS of wss, as the reference needs it.
    """

    name: str
    proxies: tuple[Proxy, ...]
    server: tuple[str, ...] = ()
    client: tuple[str, ...] = ()
    fronted: bool = False


class Target(Protocol):
    """What a measurement is taken on: a tunnel, or the bare service for comparison."""

    def port(self, name: str) -> int:
        """Where the user connects."""

    def connect(self, name: str) -> socket.socket:
        """A user's new connection, greeted."""

    def cpu(self) -> float:
        """CPU seconds that what lies between user and service has used so far; not a number if nothing does."""


@dataclass(frozen=True)
class Direct:
    """
    No tunnel: the ceiling.

    @ivar services: which service is behind each proxy.
    """

    services: Mapping[str, str]
    ports: Mapping[str, int]

    def port(self, name: str) -> int:
        return self.ports[self.services[name]]

    def connect(self, name: str) -> socket.socket:
        return connected(self.port(name))

    def cpu(self) -> float:
        return math.nan


def connected(port: int) -> socket.socket:
    """A new connection to a port of this machine."""
    made = socket.create_connection(("127.0.0.1", port), 20.0)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def _between(log: str) -> float:
    """Seconds from the line that announces the attempt to connect to the last one that announces a proxy."""
    lines = log.splitlines()
    begun = next(line for line in lines if _ATTEMPT in line)
    up = next(line for line in reversed(lines) if _READY in line)
    return (_stamp(up) - _stamp(begun)).total_seconds()


def _stamp(line: str) -> datetime:
    return datetime.strptime(line[:23], "%Y-%m-%d %H:%M:%S.%f")


@dataclass
class Tunnel:
    """
    A pair at work.

    @ivar listening: seconds from executing frps until its port took a connection.
    @ivar running: seconds from executing frpc until every proxy was up.
    @ivar registering: of these, the seconds since it began to connect, by the times in its own log.
    """

    pair: Pair
    setting: Setting
    folder: Path
    services: Mapping[str, int]
    files: Path
    listening: float = 0.0
    running: float = 0.0
    registering: float = 0.0
    _ports: dict[str, int] = field(default_factory=dict)
    _programs: list[Program] = field(default_factory=list)
    _between: list[Program] = field(default_factory=list)

    def start(self) -> None:
        """
        Execute both and wait until every proxy is up.

        @raise RuntimeError: one of them ended, or was not ready in time; nothing is left running.
        """
        self.folder.mkdir(parents=True)
        bindPort, frontPort, *ports = freePorts(2 + len(self.setting.proxies))
        self._ports = dict(zip((proxy.name for proxy in self.setting.proxies), ports, strict=True))
        try:
            server = self._execute("frps", self._serverLines(bindPort))
            self.listening = server.waitFor(lambda _: answers(bindPort), "listening")
            if self.setting.fronted:
                self._between.append(front(self.folder, frontPort, bindPort))
            client = self._execute("frpc", self._clientLines(frontPort if self.setting.fronted else bindPort))
            wanted = len(self.setting.proxies)
            self.running = client.waitFor(lambda said: said.count(_READY) >= wanted, f"{wanted} proxies up")
            for proxy in self.setting.proxies:
                if proxy.type == "stcp":
                    client.waitFor(lambda _, port=self._ports[proxy.name]: answers(port), "the visitor's port")
            self.registering = _between(client.output.read_text(errors="replace"))
        except BaseException:
            self.stop()
            raise

    def _execute(self, name: str, lines: Sequence[str]) -> Program:
        implementation = self.pair.server if name == "frps" else self.pair.client
        configuration = self.folder / f"{name}.toml"
        configuration.write_text("\n".join(lines) + "\n")
        command = [*implementation.commands[name], "-c", str(configuration)]
        program = Program(command, self.folder / f"{name}.log", environment())
        self._programs.append(program)
        return program

    def _serverLines(self, bindPort: int) -> list[str]:
        return [
            'bindAddr = "127.0.0.1"',
            'proxyBindAddr = "127.0.0.1"',
            f"bindPort = {bindPort}",
            'auth.token = "benchmark"',
            "log.disablePrintColor = true",
            *(line.format(bindPort=bindPort) for line in self.setting.server),
            *(f"{_DOORS[p.type].key} = {self._ports[p.name]}" for p in self.setting.proxies if p.type in _DOORS),
        ]

    def _clientLines(self, bindPort: int) -> list[str]:
        lines = [
            'serverAddr = "127.0.0.1"',
            f"serverPort = {bindPort}",
            'auth.token = "benchmark"',
            "log.disablePrintColor = true",
            *self.setting.client,
        ]
        for proxy in self.setting.proxies:
            lines += proxy.lines(self.services, self.files, self._ports[proxy.name])
        return lines

    def stop(self) -> None:
        """End both; frpc first, so that frps does not log the loss of it."""
        for programs in (self._programs, self._between):
            while programs:
                programs.pop().stop()

    def port(self, name: str) -> int:
        return self._ports[name]

    def connect(self, name: str) -> socket.socket:
        made = connected(self.port(name))
        proxy = next(proxy for proxy in self.setting.proxies if proxy.name == name)
        if proxy.greet is not None:
            proxy.greet(made, self.services[proxy.service])
        return made

    @property
    def pids(self) -> tuple[int, int]:
        """frps, frpc."""
        server, client = self._programs
        return server.pid, client.pid

    def cpu(self) -> float:
        return cpuSeconds(self.pids)
