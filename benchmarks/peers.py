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

from benchmarks.link import limit, unlimit
from benchmarks.lossylink import lossy
from benchmarks.processes import Program, cpuSeconds
from benchmarks.services import Services, answers, freePorts, front
from benchmarks.settings import DOORS, Setting
from benchmarks.targets import connected

__all__ = ["FRP", "REFERENCE", "Implementation", "Pair", "Tunnel", "inCheckout", "told"]

#: In the environment: the folder of the reference's frps and frpc.
REFERENCE = "FRP_REFERENCE_BIN"

_ATTEMPT = "try to connect to server"


class Kind(Protocol):
    """
    What programs of one kind are called, told and recognised by.

    @ivar server: the name of the server's program; C{client} that of the client's.
    @ivar ready: what the client logs when a proxy is up; C{visiting} when a visitor is.
    """

    server: str
    client: str
    ready: str
    visiting: str

    def arguments(self, role: str, configuration: Path) -> list[str]:
        """@param role: C{frps} or C{frpc}."""

    def environment(self) -> dict[str, str]:
        """What is set besides ours."""

    def serverLines(self, tunnel: Tunnel) -> list[str]:
        """@raise RuntimeError: there is no such setting."""

    def clientLines(self, tunnel: Tunnel) -> list[str]:
        """@raise RuntimeError: there is no such setting."""

    def visitorLines(self, tunnel: Tunnel) -> list[str]:
        """
        What the client of the visitors is told.

        @raise RuntimeError: there is no such setting.
        """


@dataclass(frozen=True)
class Implementation:
    """
    One make of server and client.

    @ivar commands: how to call each, by C{frps} and C{frpc}.
    @ivar installed: it is found wherever it runs; else in the checkout that the bench stands in.
    """

    name: str
    commands: Mapping[str, Sequence[str]]
    kind: Kind
    installed: bool = True

    @classmethod
    def ours(cls) -> Implementation:
        """This project: its console scripts where it is installed, its modules otherwise."""
        scripts = {name: Path(sys.executable).parent / name for name in ("frps", "frpc")}
        if all(script.exists() for script in scripts.values()):
            return cls("ours", {name: [str(script)] for name, script in scripts.items()}, FRP())
        modules = {name: [sys.executable, "-m", f"frp.cli.{name}"] for name in scripts}
        return cls("ours", modules, FRP(), installed=False)

    @classmethod
    def inFolder(cls, name: str, folder: Path) -> Implementation:
        """
        Any binaries called frps and frpc, or rathole.

        @raise ValueError: they are not there.
        """
        kind: Kind = Rathole() if (folder / "rathole").exists() else FRP()
        commands = {"frps": [str(folder.resolve() / kind.server)], "frpc": [str(folder.resolve() / kind.client)]}
        for command in commands.values():
            if not os.access(command[0], os.X_OK):
                raise ValueError(f"{name}: {command[0]} is not there or cannot be executed")
        return cls(name, commands, kind)

    def version(self) -> str:
        """
        What the server's program says of its version.

        @raise ValueError: it does not run.
        """
        command = [*self.commands["frps"], "--version"]
        try:
            said = subprocess.run(
                command, capture_output=True, text=True, timeout=20, env=self.environment(), check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ValueError(f"{self.name}: {error}") from None
        if said.returncode != 0:
            raise ValueError(f"{self.name}: {' '.join(command)} failed: {(said.stderr or said.stdout).strip()[-300:]}")
        return " ".join(said.stdout.split())[:60]

    def environment(self) -> dict[str, str]:
        """
        Of its programs: ours. What is written in Python keeps what it has compiled, as it does for its users, whatever
        the bench is told: compiling all of it at each start takes longer than the start.
        """
        told = {**os.environ, **({} if self.installed else inCheckout()), **self.kind.environment()}
        return {name: value for name, value in told.items() if name != "PYTHONDONTWRITEBYTECODE"}


def inCheckout() -> dict[str, str]:
    """What lets Python find the modules of the checkout that the bench stands in."""
    root = str(Path(__file__).resolve().parent.parent)
    known = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": f"{root}{os.pathsep}{known}" if known else root}


@dataclass(frozen=True)
class Pair:
    """Whose frps, and whose frpc."""

    server: Implementation
    client: Implementation

    @property
    def name(self) -> str:
        return f"{self.server.name}+{self.client.name}"


def _between(log: str, ready: str) -> float:
    """
    Seconds from the line that announces the attempt to connect to the last one that announces a proxy; not a number
    where there is none of the first.
    """
    lines = log.splitlines()
    begun = next((line for line in lines if _ATTEMPT in line), None)
    if begun is None:
        return math.nan
    up = next(line for line in reversed(lines) if ready in line)
    return (_stamp(up) - _stamp(begun)).total_seconds()


def told(what: str, times: int) -> Callable[[str], bool]:
    """@return: whether a log has said it so often."""
    return lambda log: log.count(what) >= times


def _stamp(line: str) -> datetime:
    return datetime.strptime(line[:23], "%Y-%m-%d %H:%M:%S.%f")


@dataclass
class Tunnel:
    """
    A pair at work: frps, the frpc of the proxies and, where some have visitors, the frpc of those.

    @ivar listening: seconds from executing frps until its port took a connection.
    @ivar running: seconds from executing frpc until every proxy was up.
    @ivar registering: of these, the seconds since it began to connect, by the times in its own log.
    @ivar bindPort: where frps takes clients, at C{bindHost}; C{dialHost} and C{dialPort} where frpc dials.
    @ivar adminPort: for frpc's admin interface; C{gatewayPort} for another one of frps.
    """

    pair: Pair
    setting: Setting
    folder: Path
    services: Services
    listening: float = 0.0
    running: float = 0.0
    registering: float = 0.0
    bindHost: str = "127.0.0.1"
    bindPort: int = 0
    dialHost: str = "127.0.0.1"
    dialPort: int = 0
    adminPort: int = 0
    gatewayPort: int = 0
    _ports: dict[str, int] = field(default_factory=dict)
    _programs: list[Program] = field(default_factory=list)
    _between: list[Program] = field(default_factory=list)

    def start(self) -> None:
        """
        Execute all and wait until every proxy is up.

        @raise RuntimeError: one of them ended, or was not ready in time; nothing is left running.
        """
        self.folder.mkdir(parents=True)
        try:
            self._startAll()
        except BaseException:
            self.stop()
            raise

    def _startAll(self) -> None:
        self._choosePorts()
        server = self._execute("frps", self.pair.server)
        self.listening = server.waitFor(lambda _: answers(self.bindPort), "listening")
        self._startWay()
        self._startClients()

    def _choosePorts(self) -> None:
        self.bindPort, frontPort, self.adminPort, self.gatewayPort, *ports = freePorts(4 + len(self.setting.proxies))
        self._ports = dict(zip((proxy.name for proxy in self.setting.proxies), ports, strict=True))
        self.dialPort = frontPort if self.setting.fronted else self.bindPort
        if self.setting.lossy:
            self.bindHost = "0.0.0.0"

    def _startWay(self) -> None:
        """What lies between frpc and frps."""
        if self.setting.fronted:
            self._between.append(front(self.folder, self.dialPort, self.bindPort))
        if self.setting.lossy:
            way, self.dialHost = lossy(self.folder, {**os.environ, **inCheckout()})
            self._between.append(way)
        if self.setting.mbit:
            limit(self.bindPort, self.setting.mbit)

    def _startClients(self) -> None:
        kind = self.pair.client.kind
        client = self._execute("frpc", self.pair.client)
        self.running = client.waitFor(told(kind.ready, len(self.setting.proxies)), "all proxies up")
        self.registering = _between(client.output.read_text(errors="replace"), kind.ready)
        if self.setting.visited:
            visitor = self._execute("visitor", self.pair.client)
            visitor.waitFor(told(kind.visiting, len(self.setting.visited)), "all visitors up")

    def configure(self, role: str, make: Implementation) -> Path:
        """@return: the file of C{frps}, C{frpc} or C{visitor}, as things stand now."""
        kind = make.kind
        lines = {"frps": kind.serverLines, "frpc": kind.clientLines, "visitor": kind.visitorLines}[role](self)
        configuration = self.folder / f"{role}.toml"
        configuration.write_text("\n".join(lines) + "\n")
        return configuration

    def _execute(self, role: str, make: Implementation) -> Program:
        program = "frps" if role == "frps" else "frpc"
        command = [*make.commands[program], *make.kind.arguments(role, self.configure(role, make))]
        return self._run(command, role, make)

    def _run(self, command: Sequence[str], role: str, make: Implementation) -> Program:
        program = Program(command, self.folder / f"{role}.log", make.environment())
        self._programs.append(program)
        return program

    def stop(self) -> None:
        """End all; the clients first, so that frps does not log the loss of them."""
        if self.setting.mbit:
            unlimit(self.bindPort)
        for programs in (self._programs, self._between):
            while programs:
                programs.pop().stop()

    def port(self, name: str) -> int:
        return self._ports[name]

    def move(self, name: str) -> None:
        """Give a proxy another port, from the next time that its file is written."""
        (self._ports[name],) = freePorts(1)

    def connect(self, name: str) -> socket.socket:
        made = connected(self.port(name))
        proxy = next(proxy for proxy in self.setting.proxies if proxy.name == name)
        if proxy.greet is not None:
            proxy.greet(made, self.services.ports[proxy.service])
        return made

    @property
    def pids(self) -> list[int]:
        """Of frps, and of its clients."""
        return [program.pid for program in self._programs]

    def cpu(self) -> float:
        return cpuSeconds(self.pids)


class FRP:
    """frp, of whatever make."""

    server = "frps"
    client = "frpc"
    ready = "start proxy success"
    visiting = "start visitor success"

    def arguments(self, role: str, configuration: Path) -> list[str]:
        return ["-c", str(configuration)]

    def environment(self) -> dict[str, str]:
        return {}

    def serverLines(self, tunnel: Tunnel) -> list[str]:
        setting = tunnel.setting
        return [
            f'bindAddr = "{tunnel.bindHost}"',
            'proxyBindAddr = "127.0.0.1"',
            f"bindPort = {tunnel.bindPort}",
            'auth.token = "benchmark"',
            "log.disablePrintColor = true",
            *(line.format(bindPort=tunnel.bindPort, gatewayPort=tunnel.gatewayPort) for line in setting.server),
            *(f"{DOORS[p.type].key} = {tunnel.port(p.name)}" for p in setting.proxies if p.type in DOORS),
        ]

    def clientLines(self, tunnel: Tunnel) -> list[str]:
        lines = self._dialling(tunnel)
        for proxy in tunnel.setting.proxies:
            lines += proxy.lines(tunnel.services.ports, tunnel.services.files, tunnel.port(proxy.name))
        return lines

    def visitorLines(self, tunnel: Tunnel) -> list[str]:
        lines = self._dialling(tunnel)
        for proxy in tunnel.setting.visited:
            lines += proxy.visitorLines(tunnel.port(proxy.name))
        return lines

    def _dialling(self, tunnel: Tunnel) -> list[str]:
        places = {"adminPort": tunnel.adminPort, "stunPort": tunnel.services.ports["stun"]}
        return [
            f'serverAddr = "{tunnel.dialHost}"',
            f"serverPort = {tunnel.dialPort}",
            'auth.token = "benchmark"',
            "log.disablePrintColor = true",
            *(line.format(**places) for line in tunnel.setting.client),
        ]


class Rathole:
    """
    rathole, which people name who want speed. It has TCP without TLS and without multiplexing, and so stands in the
    rows of a setting that has neither.
    """

    server = client = "rathole"
    ready = "Control channel established"
    visiting = ""

    def arguments(self, role: str, configuration: Path) -> list[str]:
        return ["--server" if role == "frps" else "--client", str(configuration)]

    def environment(self) -> dict[str, str]:
        return {"RUST_LOG": "info"}

    def serverLines(self, tunnel: Tunnel) -> list[str]:
        if not tunnel.setting.bare:
            raise RuntimeError("rathole has no such setting")
        lines = ["[server]", f'bind_addr = "127.0.0.1:{tunnel.bindPort}"', 'default_token = "benchmark"']
        for proxy in tunnel.setting.proxies:
            lines += [f"[server.services.{proxy.name}]", f'bind_addr = "127.0.0.1:{tunnel.port(proxy.name)}"']
        return lines

    def clientLines(self, tunnel: Tunnel) -> list[str]:
        lines = ["[client]", f'remote_addr = "127.0.0.1:{tunnel.dialPort}"', 'default_token = "benchmark"']
        for proxy in tunnel.setting.proxies:
            service = tunnel.services.ports[proxy.service]
            lines += [f"[client.services.{proxy.name}]", f'local_addr = "127.0.0.1:{service}"']
        return lines

    def visitorLines(self, tunnel: Tunnel) -> list[str]:
        raise RuntimeError("rathole has no visitors")
