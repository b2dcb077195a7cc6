"""What a service manager hears."""

from __future__ import annotations

import os
import socket
import time

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from frp.cli.servicemanager import ServiceManager, managerOf


class ManagerTests(SynchronousTestCase):
    """Datagrams to a real socket, as systemd would have it."""

    def setUp(self) -> None:
        self.clock = Clock()

    def listening(self, address: str) -> socket.socket:
        """The socket of a service manager."""
        heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(heard.close)
        heard.bind(address)
        heard.setblocking(False)
        return heard

    def test_lines(self) -> None:
        """Each word is a datagram; the status is one more line of it."""
        address = os.path.abspath(self.mktemp())
        heard = self.listening(address)
        manager = ServiceManager(self.clock, address)
        manager.ready()
        manager.ready("frps.example.com:7000: connected")
        manager.stopping()
        self.assertEqual(
            [heard.recv(100) for _ in range(3)],
            [b"READY=1", b"READY=1\nSTATUS=frps.example.com:7000: connected", b"STOPPING=1"],
        )

    def test_reloading(self) -> None:
        """It hears since when the configuration is being read again."""
        address = os.path.abspath(self.mktemp())
        heard = self.listening(address)
        before = time.clock_gettime(time.CLOCK_MONOTONIC) * 1_000_000
        ServiceManager(self.clock, address).reloading()
        word, since = heard.recv(100).decode().split("\nMONOTONIC_USEC=")
        self.assertEqual(word, "RELOADING=1")
        self.assertLess(int(before) - 1, int(since))

    def test_abstract(self) -> None:
        """A name with @ is in no file system."""
        name = f"frp-test-{os.getpid()}"
        heard = self.listening("\0" + name)
        ServiceManager(self.clock, "@" + name).ready()
        self.assertEqual(heard.recv(100), b"READY=1")

    def test_alive(self) -> None:
        """From the start's end on it is told twice in the time that it waits, and not before."""
        address = os.path.abspath(self.mktemp())
        heard = self.listening(address)
        manager = ServiceManager(self.clock, address, patience=30)
        self.clock.advance(60)
        self.assertRaises(BlockingIOError, heard.recv, 100)
        manager.ready()
        self.clock.pump([15, 15])
        self.assertEqual([heard.recv(100) for _ in range(4)], [b"READY=1", *[b"WATCHDOG=1"] * 3])

    def test_never(self) -> None:
        """Who does not wait is not told."""
        address = os.path.abspath(self.mktemp())
        self.listening(address)
        ServiceManager(self.clock, address).ready()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_gone(self) -> None:
        """Nobody there, nobody minds."""
        ServiceManager(self.clock, os.path.abspath(self.mktemp())).ready()

    def test_environment(self) -> None:
        """The environment says where the socket is, how long it waits, and for whom."""
        heard = self.listening(address := os.path.abspath(self.mktemp()))
        for own, calls in ((str(os.getpid()), 1), ("", 1), ("1", 0)):
            environ = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "4000000", "WATCHDOG_PID": own}
            clock = Clock()
            manager = managerOf(clock, environ)
            assert manager is not None
            manager.ready()
            self.assertEqual(heard.recv(100), b"READY=1")
            self.assertEqual([call.getTime() for call in clock.getDelayedCalls()], [2.0] * calls, own)
            if calls:
                self.assertEqual(heard.recv(100), b"WATCHDOG=1")

    def test_none(self) -> None:
        """No manager, or one that is reached in a way of which we know nothing."""
        self.assertIsNone(managerOf(self.clock, {}))
        self.assertIsNone(managerOf(self.clock, {"NOTIFY_SOCKET": "vsock:2:1234"}))
