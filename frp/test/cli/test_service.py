"""Services of systemd: the units, and where they go."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from frp.cli import service
from frp.cli.command import Group, run
from frp.cli.frpc import frpc
from frp.cli.frps import frps
from frp.cli.unit import Unit
from frp.test.cli.test_processes import freePort
from frp.test.started import BIN, READY, installed


def need(*programs: str) -> None:
    """@raise SkipTest: one is not there."""
    for program in programs:
        if shutil.which(program) is None:
            raise SkipTest(f"there is no {program}: install Debian's package systemd")


class UnitTests(SynchronousTestCase):
    """What stands in a unit, as a configuration needs it."""

    def unit(self, **known: object) -> dict[str, list[str]]:
        """The values of each setting of a unit of frps."""
        given = {"program": "frps", "name": "frps", "words": ["/opt/frp/bin/frps", "--config", "/etc/frp/frps.toml"]}
        settings: dict[str, list[str]] = {}
        for line in Unit(**{**given, **known}).text.splitlines():  # type: ignore[arg-type]
            name, equals, value = line.partition("=")
            if equals and not line.startswith("#"):
                settings.setdefault(name, []).append(value)
        return settings

    def test_plain(self) -> None:
        """A user and folders of its own, and the words by which it is started."""
        unit = self.unit()
        self.assertEqual(unit["ExecStart"], ["/opt/frp/bin/frps --config /etc/frp/frps.toml"])
        self.assertEqual(unit["ExecReload"], ["/bin/kill -HUP $MAINPID"])
        self.assertEqual((unit["User"], unit["Type"], unit["WorkingDirectory"]), (["frps"], ["notify"], ["%S/frps"]))
        self.assertEqual((unit["StateDirectory"], unit["LogsDirectory"]), (["frps"], ["frps"]))
        self.assertNotIn("ReadWritePaths", unit)

    def test_name(self) -> None:
        """A second unit of a program has folders of its own; the user is that of the program."""
        unit = self.unit(name="frps-eu")
        self.assertEqual((unit["StateDirectory"], unit["LogsDirectory"]), (["frps-eu"], ["frps-eu"]))
        self.assertEqual((unit["User"], unit["WorkingDirectory"]), (["frps"], ["%S/frps-eu"]))

    def test_files(self) -> None:
        """The manager makes the folders of written files where it can; others are made writable as they are."""
        files = ["/var/lib/frp/deep/stats", "/var/log/x/a.log", "/srv/my logs/b.log", "/srv/c", "stats", "/var/log/d"]
        unit = self.unit(files=files)
        self.assertEqual((unit["StateDirectory"], unit["LogsDirectory"]), (["frps frp"], ["frps x"]))
        self.assertEqual(unit["ReadWritePaths"], ["-/srv", '"-/srv/my logs"', "-/var/log"])

    def test_words(self) -> None:
        """Nothing of a path means anything to systemd."""
        unit = self.unit(words=["/opt/f/frps", "-c", '/etc/a b/%n$x"\\.toml'])
        self.assertEqual(unit["ExecStart"], ['/opt/f/frps -c "/etc/a b/%%n$$x\\"\\\\.toml"'])

    def test_grace(self) -> None:
        """Users may finish before systemd ends it by force."""
        self.assertEqual(self.unit(grace=300)["TimeoutStopSec"], ["330"])

    def test_device(self) -> None:
        """Only who makes a network device may."""
        unit = self.unit()
        self.assertEqual((unit["PrivateDevices"], unit["CapabilityBoundingSet"]), (["yes"], ["CAP_NET_BIND_SERVICE"]))
        unit = self.unit(tun=True)
        self.assertEqual(unit["AmbientCapabilities"], ["CAP_NET_BIND_SERVICE CAP_NET_ADMIN"])
        self.assertEqual(unit["DeviceAllow"], ["/dev/net/tun rw"])
        self.assertNotIn("PrivateDevices", unit)


class ServiceTests(SynchronousTestCase):
    """The commands."""

    def setUp(self) -> None:
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.patch(sys, "argv", [str(BIN / "frps")])
        self.config = self.file("etc/frp/frps.toml", 'statsFile = "/var/lib/stats/frps"\ngracePeriod = 20\n')

    def file(self, name: str, text: str) -> str:
        """The path of a file in the test's folder."""
        path = Path(self.folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return str(path)

    def call(self, program: Group, *words: str, code: int = 0) -> tuple[str, str]:
        """Run C{service}; gives what it printed, and what it said besides."""
        with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
            self.assertEqual(run(program, ["service", *words]), code)
        return out.getvalue(), err.getvalue()

    def test_print(self) -> None:
        """The unit follows from the configuration, and from the flags with which it would be served."""
        out, _ = self.call(frps, "install", "--print", "-c", self.config, "--strict_config=false")
        self.assertIn(f"\nExecStart={BIN}/frps --config {self.config} --strict-config=false\n", out)
        self.assertIn("\nStateDirectory=frps stats\n", out)
        self.assertIn("\nTimeoutStopSec=50\n", out)

    def test_network(self) -> None:
        """frpc with an address in a virtual network makes a device."""
        text = 'featureGates = {VirtualNet = true}\nvirtualNet.address = "100.86.0.1/24"\n'
        out, _ = self.call(frpc, "install", "--print", "-c", self.file("frpc.toml", text))
        self.assertIn("\nDeviceAllow=/dev/net/tun rw\n", out)

    def test_folder(self) -> None:
        """A folder of configurations is one service; what each of them writes counts."""
        self.file("etc/all/a.toml", 'log.to = "/var/log/a/a.log"\n')
        self.file("etc/all/b.toml", 'store.path = "/var/lib/b/store.json"\n')
        out, _ = self.call(frpc, "install", "--print", "--config-dir", f"{self.folder}/etc/all")
        self.assertIn(f" --config-dir {self.folder}/etc/all\n", out)
        self.assertIn("\nStateDirectory=frpc b\nLogsDirectory=frpc a\n", out)

    def test_wrong(self) -> None:
        """A configuration that cannot be used is not installed; nor is none."""
        path = self.file("bad.toml", "bindPort = 99999\n")
        out, _ = self.call(frps, "install", "-c", path, code=1)
        self.assertEqual(out, "bindPort: port number 99999 must be in the range 0..65535\n")
        out, _ = self.call(frps, "install", "--print", code=1)
        self.assertEqual(out, "-c FILE is needed: frps has its configuration from there when it runs as a service\n")

    def test_printWrong(self) -> None:
        """Its unit is printed all the same, for a file that comes later; standard error and the exit code tell it."""
        missing = f"{self.folder}/none.toml"
        for path, said in (
            (
                self.file("bad.toml", "bindPort = 99999\n"),
                "bindPort: port number 99999 must be in the range 0..65535\n",
            ),
            (missing, f"open {missing}: no such file or directory\n"),
        ):
            out, err = self.call(frps, "install", "--print", "-c", path, code=1)
            self.assertTrue(err.startswith(said), err)
            self.assertTrue(out.startswith("# Written by"), out)
            self.assertIn(f" --config {path}\n", out)

    def test_name(self) -> None:
        """A name is no path, and has no suffix."""
        for name in ("../x", "frps.service", "", "a b"):
            out, _ = self.call(frps, "status", "--name", name, code=1)
            self.assertEqual(
                out, f"--name {name}: letters, digits, - and _ make the name of a unit, without .service\n"
            )

    def test_unreadable(self) -> None:
        """What its user may not read, does not see, or may not write is told, with what to do about it."""
        os.chmod(self.config, 0o600)
        self.patch(service, "HIDDEN", ("/root/",))
        _, err = self.call(frps, "install", "--print", "-c", self.config)
        self.assertIn(f"{self.config}: the user frps may not read it: once there is one, chgrp frps ", err)
        path = "/root/frps.toml"
        self.file("root/frps.toml", 'log.to = "/var/log/frps.log"\n')
        _, err = self.call(frps, "install", "--print", "-c", path, "--root", self.folder)
        self.assertIn("/root/frps.toml: services do not see it there; keep it in a place such as /etc/frp", err)
        self.assertIn("/var/log: the user frps may not write there; use /var/log/frps\n", err)

    def test_unreadableFolder(self) -> None:
        """Of a folder each file is looked at, and each folder on the way once."""
        self.patch(service, "HIDDEN", ("/root/",))
        files = [self.file(f"all/{name}.toml", "") for name in ("a", "b", "c")]
        for path, mode in ((self.folder, 0o755), (f"{self.folder}/all", 0o711), *((file, 0o600) for file in files[:2])):
            os.chmod(path, mode)
        _, err = self.call(frpc, "install", "--print", "--config-dir", f"{self.folder}/all")
        told = [
            f"WARNING: {path}: the user frpc may not read it: once there is one, "
            f"chgrp frpc {path} && chmod g+{rights} {path}"
            for path, rights in ((f"{self.folder}/all", "rx"), (files[0], "r"), (files[1], "r"))
        ]
        self.assertEqual([line for line in err.splitlines() if self.folder + "/all" in line], told)
        os.chmod(self.folder, 0o700)
        _, err = self.call(frpc, "install", "--print", "--config-dir", f"{self.folder}/all")
        entering = f"{self.folder}: the user frpc may not enter it: once there is one, chgrp frpc {self.folder}"
        self.assertEqual(err.count(entering), 1, err)

    def test_hiddenPython(self) -> None:
        """A virtual environment whose Python is in a home cannot be started, though all else is in its place."""
        home, environment = f"{self.folder}/home/", f"{self.folder}/opt/bin"
        self.patch(service, "HIDDEN", (home,))
        real = self.file("home/pythons/3.11/bin/python3.11", "")
        os.makedirs(environment)
        os.symlink("../../home/pythons/3.11/bin/python3.11", f"{environment}/python3")
        os.symlink("python3", f"{environment}/python")
        _, err = self.call(frps, "install", "--print", "-c", self.config)
        self.assertNotIn("services do not see it", err)
        self.patch(sys, "executable", f"{environment}/python")
        _, err = self.call(frps, "install", "--print", "-c", self.config)
        self.assertIn(
            f"WARNING: {real}: {environment}/python needs the Python that is there, and services do not see it: "
            "make a virtual environment by /usr/bin/python3 -m venv, and install frp there\n",
            err,
        )

    def test_hiddenLibrary(self) -> None:
        """What is in a home may be the library alone."""
        self.patch(service, "HIDDEN", (f"{self.folder}/home/",))
        self.patch(sys, "base_prefix", f"{self.folder}/home/python")
        _, err = self.call(frps, "install", "--print", "-c", self.config)
        self.assertIn(f"WARNING: {self.folder}/home/python: {sys.executable} needs the Python that is there", err)

    def test_image(self) -> None:
        """In an image the unit is written and enabled, and its user made; all of it but the user can be taken back."""
        need("systemctl", "systemd-sysusers")
        root = self.folder
        out, _ = self.call(frps, "install", "-c", "/etc/frp/frps.toml", "--root", root)
        unit = f"{root}/etc/systemd/system/frps.service"
        self.assertEqual(out, f"{unit} is installed\n")
        self.assertIn(" --config /etc/frp/frps.toml\n", Path(unit).read_text())
        wanted = f"{root}/etc/systemd/system/multi-user.target.wants/frps.service"
        self.assertTrue(os.path.islink(wanted))
        self.assertIn("\nfrps:", "\n" + Path(root, "etc/passwd").read_text())
        out, _ = self.call(frps, "status", "--root", root, code=3)
        self.assertEqual(out, f"{unit} is installed; its systemd does not run\n")
        self.call(frps, "uninstall", "--root", root)
        self.assertFalse(os.path.exists(unit) or os.path.lexists(wanted))
        self.assertEqual(os.listdir(f"{root}/etc/sysusers.d"), [])
        out, _ = self.call(frps, "uninstall", "--root", root, code=1)
        self.assertEqual(out, f"frps is not installed: there is no {unit}\n")

    def test_noSystemd(self) -> None:
        """Where systemd does not run nothing is written."""
        if os.path.isdir("/run/systemd/system"):
            raise SkipTest("systemd runs here")
        out, _ = self.call(frps, "install", "-c", self.config, code=1)
        self.assertEqual(out, "systemd does not run here: --print shows the unit, and --root installs it in an image\n")


class AnalysedTests(SynchronousTestCase):
    """What systemd itself thinks of the units."""

    def unit(self, program: str, text: str) -> str:
        """The path of a unit that was printed."""
        need("systemd-analyze")
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        config = Path(folder, f"{program}.toml")
        config.write_text(text)
        done = subprocess.run(
            [BIN / program, "service", "install", "--print", "-c", config], capture_output=True, text=True, check=True
        )
        path = Path(folder, f"{program}.service")
        path.write_text(done.stdout)
        return str(path)

    def test_verify(self) -> None:
        """Nothing is odd about them."""
        for program, text in (("frps", 'log.to = "/srv/a b/x.log"'), ("frpc", ""), ("frpc", _NETWORK)):
            path = self.unit(program, text)
            done = subprocess.run(["systemd-analyze", "verify", path], capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_security(self) -> None:
        """What is left open is what a program of the network needs: 2.0 of 10, where 10 is no protection at all."""
        for program in ("frps", "frpc"):
            words = ["systemd-analyze", "security", "--offline=yes", "--threshold=20", self.unit(program, "")]
            done = subprocess.run(words, capture_output=True, text=True, env={**os.environ, "SYSTEMD_COLORS": "0"})
            self.assertEqual(done.returncode, 0, done.stdout[-200:])
            level = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
            assert level is not None
            self.assertLessEqual(float(level[1]), 2.0)


_NETWORK = 'featureGates = {VirtualNet = true}\nvirtualNet.address = "100.86.0.1/24"\n'


class StartedTests(SynchronousTestCase):
    """A unit's command, started by hand as systemd starts it."""

    def setUp(self) -> None:
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def start(self, program: str, text: str) -> tuple[socket.socket, subprocess.Popen[str]]:
        """Start a program's unit; gives the socket on which it tells, and the process."""
        config = Path(self.folder, f"{program}.toml")
        config.write_text(text)
        with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()):
            run({"frps": frps, "frpc": frpc}[program], ["service", "install", "--print", "-c", str(config)])
        command = next(line for line in out.getvalue().splitlines() if line.startswith("ExecStart="))
        _, *words = shlex.split(command.partition("=")[2])
        heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(heard.close)
        heard.settimeout(30)
        address = f"{self.folder}/{program}.notify"
        heard.bind(address)
        process = subprocess.Popen(
            [*installed(program), *words],
            env={**os.environ, "NOTIFY_SOCKET": address, "WATCHDOG_USEC": "200000"},
            cwd=self.folder,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return heard, process

    def test_life(self) -> None:
        """frps is ready when it listens, frpc when its proxy does; both say that they live, and when they end."""
        port, users = freePort(), freePort()
        server, frpsProcess = self.start("frps", f'bindAddr = "127.0.0.1"\nbindPort = {port}\n')
        self.assertEqual(server.recv(1000), READY)
        socket.create_connection(("127.0.0.1", port), 10).close()
        client, frpcProcess = self.start(
            "frpc",
            f'serverAddr = "127.0.0.1"\nserverPort = {port}\n'
            f'[[proxies]]\nname = "a"\ntype = "tcp"\nlocalPort = 1\nremotePort = {users}\n',
        )
        self.assertEqual(client.recv(1000), f"READY=1\nSTATUS=127.0.0.1:{port}: connected".encode())
        socket.create_connection(("127.0.0.1", users), 10).close()
        for heard, process in ((client, frpcProcess), (server, frpsProcess)):
            self.assertEqual([heard.recv(1000) for _ in range(2)], [b"WATCHDOG=1"] * 2)
            process.send_signal(signal.SIGTERM)
            while (word := heard.recv(1000)) == b"WATCHDOG=1":
                pass
            self.assertEqual(word, b"STOPPING=1")
            self.assertEqual(process.wait(30), 0)

    def test_never(self) -> None:
        """A start that fails is told to be no start, and leaves with 1."""
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            heard, process = self.start("frps", f'bindAddr = "127.0.0.1"\nbindPort = {taken.getsockname()[1]}\n')
            self.assertEqual(heard.recv(1000), b"STOPPING=1")
            self.assertEqual(process.wait(30), 1)

    def test_plainLog(self) -> None:
        """The journal is no terminal, and gets no colours."""
        heard, process = self.start("frps", f'bindAddr = "127.0.0.1"\nbindPort = {freePort()}\n')
        heard.recv(1000)
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=30)
        self.assertIn(" frps started successfully\n", out)
        self.assertNotIn("\x1b", out)
