"""Facts about whole processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from frp.test.started import READY, command, twistd
from frp.version import COMPATIBLE


def freePort() -> int:
    """A TCP port that was free just now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


#: What nobody needs for a plain TCP port.
COSTLY = [
    "email.parser",
    "frp.config.legacy",
    "frp.config.template",
    "frp.exposing",
    "frp.gateways.http",
    "frp.gateways.https",
    "frp.gateways.tcpmux",
    "frp.http",
    "frp.nathole",
    "frp.plugins",
    "frp.proxies.udp",
    "frp.ssh",
    "frp.testing",
    "frp.transports.outproxy",
    "frp.transports.quic.engine",
    "frp.transports.websocket.endpoint",
    "frp.virtualnet",
    "frp.visitors",
    "frp.web",
    "frp.wire.v2",
    "h2",
    "http.client",
    "jwt",
    "klein",
    "prometheus_client",
    "service_identity",
    "treq",
    "twisted.conch",
    "twisted.mail",
    "twisted.names",
    "twisted.web",
    "txaio",
    "urllib.request",
    "werkzeug",
    "yaml",
]

#: What only reads command lines with sub-commands.
OF_COMMANDS = ["click", "frp.cli.command", "frp.cli.frpc", "frp.cli.frps"]

#: What only the other program needs.
OF_FRPS = ["frp.server", "frp.config.server", "frp.config.serverfile", "frp.hooks", "frp.gateways"]
OF_FRPC = ["frp.client", "frp.config.client", "frp.config.clientfile", "frp.config.visitor"]


class OffTheReactorTests(SynchronousTestCase):
    """Commands that do not serve answer without the time that the reactor costs."""

    def test_noReactor(self) -> None:
        """None of them imports it."""
        script = (
            "import sys\n"
            "from frp.cli.command import run\n"
            "from frp.cli.frps import frps\n"
            "from frp.cli.frpc import frpc\n"
            "for words in ('verify -c /dev/null', '-v', '-h', 'plugins', 'schema', '--explain transport', 'foo',\n"
            "              'completion bash', '-c /no/file', 'help verify', 'status -c /dev/null', 'stop -h'):\n"
            "    for program in (frps, frpc):\n"
            "        run(program, words.split())\n"
            "        assert 'twisted.internet.reactor' not in sys.modules, words\n"
            "run(frpc, ['tcp'])\n"
            "run(frpc, ['tcp', '-h'])\n"
            "assert 'twisted.internet.reactor' not in sys.modules\n"
        )
        done = subprocess.run([sys.executable, "-c", script], env={}, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_noWeb(self) -> None:
        """A program whose web server is off does not wait for the import of one."""
        script = (
            "import sys\n"
            "import frp.cli.frps, frp.cli.frpc, frp.cli.run, frp.server.service, frp.client.service\n"
            "slow = {'klein', 'werkzeug', 'prometheus_client', 'twisted.web'} & set(sys.modules)\n"
            "assert not slow, slow\n"
        )
        done = subprocess.run([sys.executable, "-c", script], env={}, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_version(self) -> None:
        """The version needs nothing but itself, and is the same as the whole program says."""
        for program in ("frps", "frpc"):
            for word in ("--version", "-v"):
                script = (
                    "import atexit, sys\n"
                    f"sys.argv[1:] = ['{word}']\n"
                    "atexit.register(lambda: print({'click', 'attrs', 'twisted', 'zope'} & set(sys.modules)))\n"
                    f"from frp.cli.entry import {program}\n"
                    f"{program}()\n"
                )
                command = [sys.executable, "-c", script]
                done = subprocess.run(command, env={}, capture_output=True, text=True, timeout=60)
                self.assertEqual((done.returncode, done.stdout), (0, f"{COMPATIBLE}\nset()\n"), done.stderr)

    def test_brokenPlugin(self) -> None:
        """A plugin module that cannot be imported does not disturb those who read standard error."""
        folder = self.mktemp()
        os.makedirs(os.path.join(folder, "twisted", "plugins"))
        with open(os.path.join(folder, "twisted", "plugins", "frpx_broken.py"), "w") as file:
            file.write("import frpx_not_there")
        script = "from frp.cli.frps import main; main()"
        command = [sys.executable, "-B", "-c", script, "plugins"]
        environment = {"PYTHONPATH": os.path.abspath(folder)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.stderr, "")
        self.assertIn("IProxyKind", done.stdout)


class FrpsCase(SynchronousTestCase):
    """frps as a child, in an empty environment, as the end-to-end suite starts it."""

    @contextmanager
    def frps(self, port: int, stdin: int | None = None) -> Iterator[subprocess.Popen[str]]:
        """It runs as long as this."""
        words = [*command("frps"), "--bind_addr=127.0.0.1", f"-p{port}", "--disable_log_color"]
        out = subprocess.PIPE
        process = subprocess.Popen(words, env={}, stdin=stdin, stdout=out, stderr=subprocess.STDOUT, text=True)
        try:
            yield process
        finally:
            process.kill()
            process.wait(30)
            if process.stdout is not None:
                process.stdout.close()

    def lines(self, process: subprocess.Popen[str], last: str) -> list[str]:
        """The lines of its output, up to one with this text."""
        assert process.stdout is not None
        found = []
        for line in process.stdout:
            found.append(line)
            if last in line:
                return found
        raise AssertionError("".join(found))


class ServingTests(FrpsCase):
    """From its start to its end."""

    def test_start(self) -> None:
        """It says what it does in the reference's words, at once, and answers on its port."""
        port = freePort()
        with self.frps(port) as process:
            lines = self.lines(process, "frps started successfully")
            self.assertRegex(
                lines[0],
                r"^\d.* \[I\] \[(cli/serverprogram|workers/parent)\.py:\d+\] "
                r"frps uses command line arguments for config\n",
            )
            self.assertIn(f"frps tcp listen on 127.0.0.1:{port}\n", "".join(lines))
            socket.create_connection(("127.0.0.1", port), 10).close()

    def test_stop(self) -> None:
        """SIGTERM and SIGINT end it in good order: the exit code is 0, and nobody listens any more."""
        for number in (signal.SIGTERM, signal.SIGINT):
            port = freePort()
            with self.frps(port) as process:
                self.lines(process, "frps started successfully")
                process.send_signal(number)
                self.assertEqual(process.wait(30), 0)
            self.assertRaises(ConnectionRefusedError, socket.create_connection, ("127.0.0.1", port), 10)

    def test_hungUp(self) -> None:
        """SIGHUP ends whoever had a terminal, as soon as that has gone; as long as it is there it is read as reload."""
        port = freePort()
        terminal, ours = os.openpty()
        with self.frps(port, stdin=ours) as process:
            os.close(ours)
            self.lines(process, "frps started successfully")
            process.send_signal(signal.SIGHUP)
            self.lines(process, "reloaded: nothing")
            os.close(terminal)
            process.send_signal(signal.SIGHUP)
            self.assertEqual(process.wait(30), 0)

    def test_taken(self) -> None:
        """A port that is taken is the last thing it says, with what to do about it, and exit code 1."""
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            with self.frps(taken.getsockname()[1]) as process:
                out, _err = process.communicate(timeout=30)
                self.assertEqual(process.returncode, 1, out)
                reason, hint = out.splitlines()[-2:]
                me = f"{Path('/proc/self/comm').read_text().strip()} (process {os.getpid()})"
                self.assertIn("bind: address already in use", reason)
                self.assertEqual(hint, f"  {me} listens there (bindAddr, bindPort)")


class TwistdTests(SynchronousTestCase):
    """C{twistd frps}."""

    def test_options(self) -> None:
        """It takes the same flags, and says the same of mistakes."""
        script = (
            "from frp.cli.twistd import frps, frpc\n"
            "options = frps.Options()\n"
            "options.parseOptions(['--bind_port=7001', '--tls_only', '-c', 'x'])\n"
            "assert options.given == {'bind-port': 7001, 'tls-only': True, 'config': 'x'}, options.given\n"
            "assert options['bind-port'] == 7001\n"
            "from twisted.python.usage import UsageError\n"
            "try: frpc.Options().parseOptions(['--nope'])\n"
            "except UsageError as error: assert str(error) == 'unknown flag: --nope'\n"
            "else: assert 0\n"
        )
        done = subprocess.run([sys.executable, "-c", script], env={}, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_manager(self) -> None:
        """A service manager hears of it what it hears of the commands."""
        address = os.path.abspath(self.mktemp())
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(address)
            manager.settimeout(60)
            words = twistd("-n", "--pidfile=", "frps", "--bind-addr=127.0.0.1", f"-p{freePort()}")
            environment = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "60000000"}
            it = subprocess.Popen(words, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            self.addCleanup(it.wait)
            self.addCleanup(it.kill)
            self.assertEqual([manager.recv(100) for _ in range(2)], [READY, b"WATCHDOG=1"])
            it.send_signal(signal.SIGHUP)
            self.assertIn(b"RELOADING=1\n", manager.recv(100))
            self.assertEqual(manager.recv(100), b"READY=1")
            it.send_signal(signal.SIGTERM)
            self.assertEqual(manager.recv(100), b"STOPPING=1")
            it.wait(60)

    def test_help(self) -> None:
        """twistd knows both, and shows their flags."""
        for name, flag in (("frps", "--vhost-http-port="), ("frpc", "--config-dir=")):
            command = [sys.executable, "-m", "twisted", name, "--help"]
            done = subprocess.run(command, env={}, capture_output=True, text=True, timeout=60)
            self.assertIn(flag, done.stdout, done.stderr)
            self.assertEqual(done.returncode, 0)


class StartTests(FrpsCase):
    """What is imported before a program has done what it was started for. Users wait for each module."""

    def imported(self, program: str, *words: str, until: str = "") -> set[str]:
        """
        @param until: the text after which it is ended; what is imported behind it does not count.
        @return: the dotted names of all modules.
        """
        script = f"from frp.cli.entry import {program}; {program}()"
        command = [sys.executable, "-X", "importtime", "-c", script, *words]
        with subprocess.Popen(command, env={}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
            assert process.stdout is not None
            said = []
            for line in process.stdout:
                said.append(line)
                if until and until in line:
                    process.kill()
                    break
            else:
                self.assertEqual(until, "", "it has ended before")
        return {line.rpartition("|")[2].strip() for line in said if line.startswith("import time:")}

    def lacks(self, imported: set[str], costly: list[str]) -> None:
        """None of these was imported, nor anything in them."""
        self.assertIn("frp.version", imported)
        found = {name for name in imported for other in costly if f"{name}.".startswith(f"{other}.")}
        self.assertEqual(found, set())

    def test_version(self) -> None:
        """The version needs none of the libraries."""
        self.lacks(self.imported("frpc", "--version"), ["attr", "click", "twisted", "zope", "asyncio", "email", "ssl"])

    def test_verify(self) -> None:
        """Looking at a configuration needs no log, no reactor and no cryptography."""
        never = [
            "twisted.internet.reactor",
            "twisted.internet.base",
            "OpenSSL",
            "cryptography",
            "frp.session",
            "frp.sockets",
        ]
        for program, others in (("frps", OF_FRPC), ("frpc", OF_FRPS)):
            self.lacks(self.imported(program, "verify", "-c", os.devnull), [*COSTLY, *others, *never])

    def test_frps(self) -> None:
        """A plain frps listens."""
        words = ("--bind_addr=127.0.0.1", f"-p{freePort()}")
        imported = self.imported("frps", *words, until="frps started successfully")
        late = ["cryptography.hazmat.primitives.serialization", "frp.proxies.tcp"]
        self.lacks(imported, [*COSTLY, *OF_COMMANDS, *OF_FRPC, *late])

    def test_frpc(self) -> None:
        """A plain frpc brings its proxy up, by a file and by flags."""
        port = freePort()
        words = ("tcp", "-s127.0.0.1", f"-P{port}", f"-r{freePort()}", "-l1", "-nweb")
        with self.frps(port) as frps:
            self.lines(frps, "frps started successfully")
            self.lacks(self.imported("frpc", *words, until="start proxy success"), [*COSTLY, *OF_FRPS])
            imported = self.imported("frpc", "-c", self.file(port), until="start proxy success")
            self.lacks(imported, [*COSTLY, *OF_COMMANDS, *OF_FRPS])

    def file(self, port: int) -> str:
        """@return: the path of a configuration with one proxy, of a client that dials until there is somebody."""
        path = str(self.mktemp())
        with open(path, "w", encoding="utf-8") as file:
            file.write(f'serverAddr="127.0.0.1"\nserverPort={port}\nloginFailExit=false\n')
            file.write(f'[[proxies]]\nname="web"\ntype="tcp"\nlocalPort=1\nremotePort={freePort()}\n')
        return path

    def test_client(self) -> None:
        """The first client of a plain frps is answered without more."""
        port = freePort()
        script = "from frp.cli.entry import frpc; frpc()"
        command = [sys.executable, "-c", script, "-c", self.file(port)]
        frpc = subprocess.Popen(command, env={}, stdout=subprocess.DEVNULL)
        self.addCleanup(frpc.wait)
        self.addCleanup(frpc.kill)
        served = self.imported("frps", "--bind_addr=127.0.0.1", f"-p{port}", until="new proxy [web] type [tcp] success")
        self.assertIn("frp.proxies.tcp", served)
        self.lacks(served, [*COSTLY, *OF_COMMANDS, *OF_FRPC])
