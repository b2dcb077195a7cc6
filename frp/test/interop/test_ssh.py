"""The SSH tunnel gateway, ours and the reference's, with the SSH clients that people have."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import paramiko
from twisted.trial.unittest import SkipTest

from frp.test.interop.cases import ProgramsTestsBuilder
from frp.test.interop.loads import MIB
from frp.test.interop.pairings import OUR_CLIENT, OURS
from frp.test.interop.programs import PATIENCE, freePort
from frp.test.interop.services import echo

#: Where clients are looked for: on the path, and in this folder. It is for tiny-frpc, which no
#: distribution has; C{make gssh} in github.com/gofrp/tiny-frpc builds it.
_PLACES = os.pathsep.join((os.environ["PATH"], os.environ.get("FRP_TINY_BIN", os.devnull)))

#: A user of whom the system knows no home, so that a program believes what is said of it in C{HOME}.
_STRANGER = ("env", "USER=v0", "unshare", "--user", "--map-user=54321")


class _SSHTests(ProgramsTestsBuilder):
    """Has a gateway, of the server's make."""

    def setUp(self) -> None:
        super().setUp()
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.echo = self.service(echo)

    def gateway(self, more: str = "") -> int:
        """@return: the port of the gateway of a new frps."""
        port = freePort()
        frps, _ = self.frps(
            f'sshTunnelGateway.bindPort = {port}\nsshTunnelGateway.autoGenPrivateKeyPath = "{self.folder}/host"\n{more}'
        )
        frps.wait("frps sshTunnelGateway listen on port")
        return port

    def key(self, comment: str, type_: str = "ed25519", name: str = "") -> str:
        """@return: the path of a new key, which stands in the file of those that may come."""
        path = f"{self.folder}/{name or type_}"
        subprocess.run(["ssh-keygen", "-q", "-t", type_, "-N", "", "-C", comment, "-f", path], check=True)
        with open(f"{self.folder}/keys", "a", encoding="ascii") as keys:
            keys.write(Path(f"{path}.pub").read_text("ascii"))
        return path

    def launch(self, *command: str) -> subprocess.Popen[bytes]:
        """
        @return: an SSH client; its input stays open.
        @raise SkipTest: it is not installed.
        """
        if shutil.which(command[0], path=_PLACES) is None:
            raise SkipTest(f"{command[0]} is not installed")
        home = {"HOME": str(self.folder), "PATH": _PLACES}
        client = subprocess.Popen(
            command, env=home, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self.addCleanup(self._end, client)
        return client

    def _end(self, client: subprocess.Popen[bytes]) -> None:
        client.kill()
        client.communicate(timeout=PATIENCE)

    def ssh(self, gateway: int, command: str, *options: str) -> subprocess.Popen[bytes]:
        """@return: OpenSSH's client, with the echo behind it."""
        return self.launch(
            "ssh",
            *("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"),
            *("-o", "BatchMode=yes", "-F", "none", "-p", str(gateway)),
            *options,
            *("-R", f":80:127.0.0.1:{self.echo.port}", "v0@127.0.0.1", command),
        )

    def welcomed(self, client: subprocess.Popen[bytes]) -> dict[str, str]:
        """@return: what the client is shown of its proxy."""
        shown = {}
        assert client.stdout is not None
        for raw in client.stdout:
            name, colon, value = raw.decode().rstrip("\r\n").partition(": ")
            if colon:
                shown[name] = value
            if name == "RemoteAddress":
                return shown
        raise AssertionError(f"it was not let in: {shown}")

    def serves(self, remote: int, size: int = 3 * MIB) -> None:
        """Bytes pass unharmed, both ways at once."""
        self.exchange(remote, size)


class GatewayTests(_SSHTests):
    """What every client can do with either gateway: what is expected of ours is what the reference's does."""

    def test_openssh(self) -> None:
        """OpenSSH."""
        remote = freePort()
        client = self.ssh(self.gateway(), f"tcp --proxy_name web --remote_port {remote}")
        shown = self.welcomed(client)
        self.assertEqual(shown, {"User": "", "ProxyName": "web", "Type": "tcp", "RemoteAddress": f":{remote}"})
        self.serves(remote)
        client.kill()
        self.until(remote, listens=False)

    def until(self, port: int, *, listens: bool) -> None:
        """Wait until somebody listens there, or nobody any more."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with socket.socket() as user:
                if (user.connect_ex(("127.0.0.1", port)) == 0) is listens:
                    return
            time.sleep(0.05)
        self.fail("the proxy is still there" if not listens else "there is no proxy")

    def test_manyUsers(self) -> None:
        """Several users at once."""
        remote = freePort()
        self.welcomed(self.ssh(self.gateway(), f"tcp -n web -r {remote}"))
        users = [threading.Thread(target=self.serves, args=(remote, MIB)) for _ in range(8)]
        for user in users:
            user.start()
        for user in users:
            user.join(PATIENCE)
        self.assertFalse(any(user.is_alive() for user in users))

    def test_newKeys(self) -> None:
        """OpenSSH, with new keys every 64 KiB."""
        remote = freePort()
        self.welcomed(self.ssh(self.gateway(), f"tcp -n web -r {remote}", "-o", "RekeyLimit=64K"))
        self.serves(remote, MIB)

    def test_keys(self) -> None:
        """Keys of two types let in who has them, by the users that the file names; no other does."""
        keys = {"ann": self.key("ann"), "bob": self.key("bob", "rsa")}
        gateway = self.gateway(f'auth.token = "x"\nsshTunnelGateway.authorizedKeysFile = "{self.folder}/keys"\n')
        for user, path in keys.items():
            remote = freePort()
            client = self.ssh(gateway, f"tcp -n web -r {remote}", "-o", "IdentitiesOnly=yes", "-i", path)
            self.assertEqual(self.welcomed(client)["User"], user)
            self.serves(remote, MIB)
        output, _ = self.ssh(gateway, "tcp -n web").communicate(timeout=PATIENCE)
        self.assertIn(b"Permission denied", output)

    def test_dropbear(self) -> None:
        """Dropbear."""
        remote = freePort()
        gateway = self.gateway()
        client = self.launch(
            *("dbclient", "-y", "-y", "-p", str(gateway), "-R", f"80:127.0.0.1:{self.echo.port}"),
            *("v0@127.0.0.1", f"tcp --proxy_name web --remote_port {remote}"),
        )
        self.assertEqual(self.welcomed(client)["ProxyName"], "web")
        self.serves(remote)

    def test_putty(self) -> None:
        """PuTTY."""
        remote = freePort()
        gateway = self.gateway()
        told = subprocess.run(
            ["ssh-keygen", "-l", "-f", f"{self.folder}/host"], check=True, capture_output=True, text=True
        )
        client = self.launch(
            *("plink", "-ssh", "-batch", "-hostkey", told.stdout.split()[1], "-P", str(gateway)),
            *("-R", f"80:127.0.0.1:{self.echo.port}", "v0@127.0.0.1", f"tcp --proxy_name web --remote_port {remote}"),
        )
        self.assertEqual(self.welcomed(client)["ProxyName"], "web")
        self.serves(remote)

    def test_paramiko(self) -> None:
        """paramiko, which writes programs in Python that have no shell at hand."""
        remote = freePort()
        transport = paramiko.Transport(("127.0.0.1", self.gateway()))
        self.addCleanup(transport.close)
        transport.start_client(timeout=PATIENCE)
        transport.auth_none("v0")
        transport.request_port_forward("", 80, self._echoes)
        session = transport.open_session(timeout=PATIENCE)
        session.exec_command(f"tcp --proxy_name web --remote_port {remote}")
        shown = b""
        while b"RemoteAddress" not in shown:
            shown += session.recv(1000) or self.fail(f"it was not let in: {shown!r}")
        self.serves(remote, MIB)

    def _echoes(self, channel: paramiko.Channel, origin: object, server: object) -> None:
        threading.Thread(target=self._echo, args=(channel,), daemon=True).start()

    def _echo(self, channel: paramiko.Channel) -> None:
        while data := channel.recv(1 << 16):
            channel.sendall(data)
        channel.close()

    def test_tiny(self) -> None:
        """The reference's small client, which shows nobody what it is told; with a key, and several proxies at once."""
        if shutil.which("tiny-frpc", path=_PLACES) is None:
            raise SkipTest("tiny-frpc is not installed: FRP_TINY_BIN names its folder")
        if subprocess.run((*_STRANGER, "true"), check=False, capture_output=True).returncode:
            raise SkipTest("tiny-frpc needs a home of its own, which a user without namespaces cannot give it")
        (self.folder / ".ssh").mkdir()
        self.key("ann", "rsa", ".ssh/id_rsa")
        ports = freePort(), freePort()
        config = self.folder / "tiny.toml"
        gateway = self.gateway(f'auth.token = "x"\nsshTunnelGateway.authorizedKeysFile = "{self.folder}/keys"\n')
        tables = [
            f'[[proxies]]\nname = "web{port}"\ntype = "tcp"\nlocalPort = {self.echo.port}\nremotePort = {port}\n'
            for port in ports
        ]
        config.write_text(f'serverAddr = "127.0.0.1"\nserverPort = {gateway}\n{"".join(tables)}')
        client = self.launch(*_STRANGER, "tiny-frpc", "-c", str(config))
        for port in ports:
            self.until(port, listens=True)
            self.serves(port)
        client.kill()
        for port in ports:
            self.until(port, listens=False)

    def test_refused(self) -> None:
        """What is wrong is shown."""
        gateway = self.gateway("allowPorts = [{ single = 1 }]\n")
        for command, text in (
            ("xyz", b"invalid proxy type: xyz, support types: [tcp http https tcpmux stcp]\n"),
            ("tcp --x", b"unknown flag: --x\n"),
            ("tcp -n a -r", b"flag needs an argument: 'r' in -r\n"),
            ("tcp -n a -r x", b'invalid argument "x" for "-r, --remote-port" flag: strconv.ParseInt: parsing "x": '),
            ("tcp -n a -r 5", b"port not allowed\n"),
        ):
            output, _ = self.ssh(gateway, command).communicate(timeout=PATIENCE)
            self.assertIn(text, output)


class OurGatewayTests(_SSHTests):
    """What ours does besides."""

    def test_anyPort(self) -> None:
        """A client that leaves the port to the server is told one. The reference breaks it off."""
        remote = freePort()
        client = self.launch(
            "ssh",
            *("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"),
            *("-F", "none", "-p", str(self.gateway()), "-R", f"0:127.0.0.1:{self.echo.port}", "v0@127.0.0.1"),
            f"tcp -n web -r {remote}",
        )
        self.welcomed(client)
        self.serves(remote, MIB)

    def test_exitCodes(self) -> None:
        """A client that is sent away ends by itself, with a code that says whether anything was wrong."""
        gateway = self.gateway()
        for command, code in ("tcp --help", 0), ("tcp --x", 1):
            client = self.ssh(gateway, command)
            client.communicate(timeout=PATIENCE)
            self.assertEqual(client.returncode, code)


globals().update(
    **GatewayTests.makeTestCaseClasses(OURS, OUR_CLIENT),
    **OurGatewayTests.makeTestCaseClasses(OURS),
)
