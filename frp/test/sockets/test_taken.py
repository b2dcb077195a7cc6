"""Who has a port."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

from twisted.internet.error import CannotListenError
from twisted.trial.unittest import SynchronousTestCase

from frp.sockets.taken import holderOf, portTaken

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
ROW = (
    "   0: 00000000:{port:04X} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000  {uid}        0 {inode} 1\n"
)


class HolderTests(SynchronousTestCase):
    """What Linux tells of a port, in a folder that stands for C{/proc}."""

    def setUp(self) -> None:
        self.proc = self.mktemp()
        Path(self.proc, "net").mkdir(parents=True)

    def row(self, network: str, **fields: object) -> None:
        """A line in a table of sockets."""
        Path(self.proc, "net", network).write_text(HEAD + ROW.format(**fields))

    def process(self, number: int, name: str, *links: str, line: str = "") -> None:
        """A process with these descriptors, and this command line."""
        folder = Path(self.proc, str(number), "fd")
        folder.mkdir(parents=True)
        (folder.parent / "comm").write_text(f"{name}\n")
        (folder.parent / "cmdline").write_text("".join(f"{word}\0" for word in (line or name).split()))
        os.symlink("/srv/frp", folder.parent / "cwd")
        for n, link in enumerate(links):
            os.symlink(link, folder / str(n))

    def test_process(self) -> None:
        """The one that listens, not one that is connected from that port."""
        self.row("tcp", port=7000, state="01", uid=0, inode=11)
        self.row("tcp6", port=7000, state="0A", uid=0, inode=22)
        self.process(500, "curl", "socket:[11]")
        self.process(501, "nginx", "/dev/null", "socket:[22]")
        self.assertEqual(holderOf("tcp", 7000, self.proc), "nginx (process 501)")
        self.assertEqual(holderOf("tcp", 7001, self.proc), "")
        self.assertEqual(holderOf("udp", 7000, self.proc), "")

    def test_frp(self) -> None:
        """One of frp's programs, whoever runs it, is told with its configuration."""
        for number, (line, title) in enumerate(
            (
                (
                    "/opt/frp/bin/python /opt/frp/bin/frps -c /etc/frp/frps.toml",
                    "frps (process {}, /etc/frp/frps.toml)",
                ),
                ("./frps --strict-config --config=../frps.ini", "frps (process {}, /srv/frps.ini)"),
                ("/usr/bin/frpc --config-dir conf.d", "frpc (process {}, /srv/frp/conf.d)"),
                ("python twistd -n frps -p 7000", "frps (process {})"),
                ("frpc tcp -n a -l 80", "frpc (process {})"),
                ("ssh -l frps", "python (process {})"),
            ),
            600,
        ):
            self.row("tcp", port=7000, state="0A", uid=0, inode=number)
            self.process(number, "python", f"socket:[{number}]", line=line)
            self.assertEqual(holderOf("tcp", 7000, self.proc), title.format(number))

    def test_datagrams(self) -> None:
        """UDP has a table of its own."""
        self.row("udp", port=53, state="07", uid=0, inode=33)
        self.process(9, "named", "socket:[33]")
        self.assertEqual(holderOf("udp", 53, self.proc), "named (process 9)")

    def test_hidden(self) -> None:
        """The sockets of others are not for us to see; whose they are is."""
        self.row("tcp", port=80, state="0A", uid=0, inode=44)
        self.assertEqual(holderOf("tcp", 80, self.proc), "a program of root")
        self.row("tcp", port=80, state="0A", uid=987654, inode=44)
        self.assertEqual(holderOf("tcp", 80, self.proc), "a program of user 987654")

    def test_nowhere(self) -> None:
        """Other systems have no such folder."""
        self.assertEqual(holderOf("tcp", 80, self.mktemp()), "")

    def test_ours(self) -> None:
        """Two keys of one file may ask for one port."""
        self.row("tcp", port=80, state="0A", uid=0, inode=55)
        self.process(os.getpid(), "frps", "socket:[55]")
        self.assertEqual(holderOf("tcp", 80, self.proc), "this very program")


class TakenTests(SynchronousTestCase):
    """What is said of it."""

    def told(self, number: int) -> str:
        error = CannotListenError("", 80, OSError(number, os.strerror(number)))
        taken = portTaken("listen tcp :80: bind", "bindAddr, bindPort", error, "tcp", proc=self.mktemp())
        self.assertEqual(taken.brief, "listen tcp :80: bind")
        return taken.more

    def test_reasons(self) -> None:
        """Each reason has its sentence, and the keys stand behind it."""
        self.assertEqual(self.told(errno.EADDRINUSE), "another program listens there (bindAddr, bindPort)")
        self.assertEqual(
            self.told(errno.EACCES),
            "ports below 1024 are for root, and for who has the capability CAP_NET_BIND_SERVICE (bindAddr, bindPort)",
        )
        self.assertEqual(self.told(errno.EADDRNOTAVAIL), "this machine has no such address (bindAddr, bindPort)")
        self.assertEqual(self.told(errno.EINVAL), "(bindAddr, bindPort)")

    def test_real(self) -> None:
        """On this machine, where it is Linux."""
        if not os.path.exists("/proc/net/tcp"):
            self.skipTest("there is no /proc/net/tcp")
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            self.assertEqual(holderOf("tcp", taken.getsockname()[1]), "this very program")
