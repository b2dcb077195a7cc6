"""Every way in which a start can fail, under every command that starts a program."""

from __future__ import annotations

import os
import re
import select
import signal
import socket
import subprocess
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import attrs
from twisted.trial.unittest import SynchronousTestCase

from frp.test.cli.test_processes import freePort
from frp.test.started import command, twistd

_SLOT = """
from frp.interfaces import IClientDoor
from frp.plugin import Contribution

slot = Contribution(IClientDoor, "slot", "a place of its own", "frp.test.server.test_doors.Slot")
"""


@attrs.frozen
class Way:
    """
    A start that fails.

    @ivar program: frps or frpc.
    @ivar settings: its configuration. In braces stand ports and files, see L{Scene}.
    @ivar reason: what is said about it.
    @ivar words: what stands on the command line besides.
    """

    program: str
    settings: str
    reason: str
    words: tuple[str, ...] = ()


_TAKEN = "{tcp}: bind: address already in use"
_LACKS = "open {lacking}: no such file or directory"

WAYS: Mapping[str, Way] = {
    # Ports of frps
    "bindPort": Way("frps", "bindPort = {tcp}", _TAKEN),
    "portOfWorkers": Way("frps", "workers = 2\nbindPort = {tcp}", _TAKEN),
    "kcpBindPort": Way("frps", "kcpBindPort = {udp}", "{udp}: bind: address already in use"),
    "quicBindPort": Way("frps", "quicBindPort = {udp}", "{udp} error: address already in use"),
    "vhostHTTPPort": Way("frps", "vhostHTTPPort = {tcp}", _TAKEN),
    "vhostHTTPSPort": Way("frps", "vhostHTTPSPort = {tcp}", _TAKEN),
    "tcpmuxHTTPConnectPort": Way("frps", "tcpmuxHTTPConnectPort = {tcp}", _TAKEN),
    "sshPort": Way("frps", 'sshTunnelGateway = {{bindPort = {tcp}, autoGenPrivateKeyPath = "{new}"}}', _TAKEN),
    "dashboardPort": Way("frps", "webServer.port = {tcp}", _TAKEN),
    # Files of frps
    "certificate": Way("frps", 'transport.tls = {{certFile = "{lacking}", keyFile = "{lacking}"}}', _LACKS),
    "authorities": Way("frps", 'transport.tls.trustedCaFile = "{junk}"', "no valid PEM certificates found"),
    "dashboardCertificate": Way(
        "frps", 'webServer = {{port = {free}, tls = {{certFile = "{junk}", keyFile = "{junk}"}}}}', "{junk}"
    ),
    "sshKey": Way("frps", 'sshTunnelGateway = {{bindPort = {free}, privateKeyFile = "{junk}"}}', "{junk}"),
    "statsFile": Way("frps", 'statsFile = "{junk}"', "statsFile {junk} cannot be used"),
    "statsFileRights": Way("frps", 'statsFile = "{folder}"', "statsFile {folder} cannot be used"),
    "token": Way("frps", 'auth.tokenSource = {{type = "file", file.path = "{lacking}"}}', "{lacking}"),
    "hook": Way("frps", 'hooks = [{{type = "users", path = "{lacking}"}}]', "{lacking}"),
    "hookType": Way("frps", 'hooks = [{{type = "nobody"}}]', "nobody"),
    "plugin": Way("frps", "", "frpx_not_there", ("--plugin", "{plugin}")),
    "door": Way(
        "frps",
        'transport.slot.path = "{lacking}/frps.sock"',
        "clients cannot come by slot: listen {lacking}/frps.sock: no such file or directory",
        ("--plugin", "{slot}"),
    ),
    "configuration": Way("frps", "bindPrt = 7000", 'json: unknown field "bindPrt"'),
    # frpc
    "login": Way("frpc", 'serverPort = {frps}\nauth.token = "wrong"', "token in login doesn't match"),
    "unreached": Way("frpc", "serverPort = {free}", "with loginFailExit = false it goes on"),
    "adminPort": Way("frpc", "webServer.port = {tcp}", _TAKEN),
    "clientCertificate": Way("frpc", 'transport.tls = {{certFile = "{lacking}", keyFile = "{lacking}"}}', _LACKS),
    "clientAuthorities": Way("frpc", 'transport.tls.trustedCaFile = "{lacking}"', _LACKS),
    "store": Way("frpc", 'store.path = "{folder}"', "open {folder}: is a directory"),
    "clientToken": Way("frpc", 'auth.tokenSource = {{type = "file", file.path = "{lacking}"}}', "{lacking}"),
    "clientPlugin": Way("frpc", "", "frpx_not_there", ("--plugin", "{plugin}")),
    "clientConfiguration": Way("frpc", "serverPrt = 7000", 'json: unknown field "serverPrt"'),
}


class Scene:
    """
    What is in the way of a start: ports that are taken, and files that cannot be used.

    @ivar names: what stands for them in a L{Way}.
    """

    def __init__(self, folder: str) -> None:
        self.folder = os.path.abspath(folder)
        os.makedirs(os.path.join(self.folder, "folder"))
        self._held = ExitStack()
        self.names: dict[str, object] = {
            "tcp": self._taken(socket.SOCK_STREAM),
            "udp": self._taken(socket.SOCK_DGRAM),
            "free": freePort(),
            "folder": os.path.join(self.folder, "folder"),
            "lacking": os.path.join(self.folder, "lacking"),
            "new": os.path.join(self.folder, "new"),
            "junk": self.write("junk", "this is no such file\n" * 10),
            "plugin": self.write("plugin.py", "import frpx_not_there"),
            "slot": self.write("slot.py", _SLOT),
        }
        self.close = self._held.close

    def _taken(self, kind: int) -> int:
        found = self._held.enter_context(socket.socket(type=kind))
        found.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            found.listen()
        return int(found.getsockname()[1])

    def write(self, name: str, text: str) -> str:
        """@return: the path of a new file."""
        path = os.path.join(self.folder, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def command(self, way: Way, start: list[str]) -> list[str]:
        """@return: the whole command line."""
        names = dict(self.names)
        if "{frps}" in way.settings:
            names["frps"] = self._frps()
        text = way.settings.format_map(names)
        if way.program == "frps":
            text = 'bindAddr = "127.0.0.1"\n' + ("" if "bindPort =" in text else f"bindPort = {freePort()}\n") + text
        words = [word.format_map(names) for word in way.words]
        return [*start, "-c", self.write("frp.toml", text), *words]

    def _frps(self) -> int:
        """Start one. @return: its port."""
        port = freePort()
        words = [*command("frps"), "--bind_addr=127.0.0.1", f"-p{port}"]
        child = self._held.enter_context(subprocess.Popen(words, env={}, stdout=subprocess.PIPE, text=True))
        self._held.callback(child.kill)
        assert child.stdout is not None
        assert any("started successfully" in line for line in child.stdout), "frps has ended"
        return port


if TYPE_CHECKING:
    _Case = SynchronousTestCase
else:
    _Case = object


class StartTests(_Case):
    """
    What all commands have in common.

    @cvar error: whether reasons stand on standard error, or on standard output.
    """

    error = True

    def start(self, program: str) -> list[str]:
        """@return: the command that starts it."""
        raise NotImplementedError

    def setUp(self) -> None:
        self.scene = Scene(self.mktemp())
        self.addCleanup(self.scene.close)
        self.pid = os.path.join(self.scene.folder, "twistd.pid")

    def run_(self, command: list[str]) -> tuple[int, str, str]:
        """@return: the exit code, standard output and standard error of a command that ends by itself."""
        done = subprocess.run(
            command,
            cwd=self.scene.folder,
            env={"PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return done.returncode, done.stdout, done.stderr

    def fails(self, way: Way) -> None:
        """It ends with code 1, says why, and leaves no PID file and no daemon."""
        code, out, err = self.run_(self.scene.command(way, self.start(way.program)))
        self.assertEqual(code, 1, out + err)
        names = {"frps": "", **self.scene.names}
        self.assertIn(way.reason.format_map(names), err if self.error else out + err)
        self.assertNotIn("Traceback", out + err)
        self.assertNotIn("log file", out + err)
        self.assertFalse(os.path.exists(self.pid))


def _failing(way: Way) -> Callable[[Any], None]:
    def test(self: StartTests) -> None:
        self.fails(way)

    return test


for _name, _way in WAYS.items():
    setattr(StartTests, f"test_{_name}", _failing(_way))


class CommandTests(StartTests, SynchronousTestCase):
    """C{frps} and C{frpc} say it on standard output, as the reference does."""

    error = False

    def start(self, program: str) -> list[str]:
        return command(program)

    def test_allFiles(self) -> None:
        """Standard error names all files that are missing, of several servers too; standard output the first."""
        tls = 'transport.tls = {{certFile = "/no/c", keyFile = "/no/k", trustedCaFile = "/no/ca"}}\n'
        keys = ["certFile", "keyFile", "trustedCaFile"]
        server = Way("frps", tls + 'hooks = [{{type = "users", path = "/no/users"}}]', "")
        self.names(server, "open /no/users", ["hooks[0].path", *(f"transport.tls.{key}" for key in keys)])
        self.names(Way("frpc", tls, ""), "open /no/c", [f"transport.tls.{key}" for key in keys])
        several = Way("frpc", tls + 'servers = [{{addr = "a", name = "east"}}]', "")
        self.names(several, "server east: open /no/c", [f"servers[0].transport.tls.{key}" for key in keys])

    def names(self, way: Way, first: str, keys: list[str]) -> None:
        """It begins like this on standard output, and names these keys."""
        code, out, err = self.run_(self.scene.command(way, self.start(way.program)))
        self.assertEqual(code, 1, out + err)
        self.assertEqual(out.splitlines()[-1], f"{first}: no such file or directory")
        self.assertEqual(re.findall(r"(\S+): there is no /no/", err.replace("(", "")), keys)
        self.assertEqual(err.count("no such file"), len(keys) - 1)


class ForegroundTests(StartTests, SynchronousTestCase):
    """C{twistd -n} says it on standard error."""

    def start(self, program: str) -> list[str]:
        return twistd("--nodaemon", program)


class DaemonTests(StartTests, SynchronousTestCase):
    """So does C{twistd}, which ends when the start of its daemon has."""

    def start(self, program: str) -> list[str]:
        return twistd(program)

    def test_succeeds(self) -> None:
        """When it leaves with 0 frps and frpc serve; SIGTERM ends them, and takes their PID files away."""
        port, remote, local = freePort(), freePort(), self.scene.names["tcp"]
        settings = {
            "frps": f'bindAddr = "127.0.0.1"\nbindPort = {port}',
            "frpc": f'serverAddr = "127.0.0.1"\nserverPort = {port}\n[[proxies]]\nname = "a"\ntype = "tcp"\n'
            f"localPort = {local}\nremotePort = {remote}",
        }
        ended = []
        for program, text in settings.items():
            path = self.scene.write(f"{program}.toml", text)
            pid = os.path.join(self.scene.folder, f"{program}.pid")
            start = twistd("--pidfile", pid, "--logfile", f"{program}.log", program)
            self.assertEqual(self.run_([*start, "-c", path]), (0, "", ""))
            with open(pid) as file:
                number = int(file.read())
            self.addCleanup(_kill, number)
            ended.append((os.pidfd_open(number), number, pid))
            if program == "frps":
                socket.create_connection(("127.0.0.1", port), 10).close()
        for descriptor, number, pid in reversed(ended):
            os.kill(number, signal.SIGTERM)
            self.assertTrue(select.select([descriptor], [], [], 60)[0], "it goes on")
            os.close(descriptor)
            self.assertFalse(os.path.exists(pid))

    def test_stopped(self) -> None:
        """Whoever ends the daemon before its start has ended ends what waits for it."""
        self.ends(signal.SIGTERM)

    def test_killed(self) -> None:
        """Also when the daemon cannot say so any more."""
        self.ends(signal.SIGKILL)

    def ends(self, number: int) -> None:
        """A daemon that is about to log in gets this signal."""
        with socket.create_server(("127.0.0.1", 0)) as silent:
            silent.settimeout(60)
            path = self.scene.write("frpc.toml", f"serverPort = {silent.getsockname()[1]}")
            command = [*self.start("frpc"), "-c", path]
            with subprocess.Popen(command, cwd=self.scene.folder, env={}, stderr=subprocess.PIPE) as waiting:
                self.addCleanup(waiting.kill)
                user, _ = silent.accept()
                with user, open(self.pid) as file:
                    os.kill(int(file.read()), number)
                    self.assertEqual(waiting.wait(60), 1)
                    assert waiting.stderr is not None
                    self.assertIn(b"its log may say why", waiting.stderr.read())

    def test_goesOn(self) -> None:
        """Without loginFailExit the start of frpc has come to its end when the first attempt has."""
        path = self.scene.write("frpc.toml", f"loginFailExit = false\nserverPort = {freePort()}")
        self.assertEqual(self.run_([*self.start("frpc"), "-c", path]), (0, "", ""))
        with open(self.pid) as file:
            number = int(file.read())
        descriptor = os.pidfd_open(number)
        os.kill(number, signal.SIGTERM)
        self.assertTrue(select.select([descriptor], [], [], 60)[0], "it goes on")
        os.close(descriptor)


def _kill(number: int) -> None:
    try:
        os.kill(number, signal.SIGKILL)
    except ProcessLookupError:
        pass
