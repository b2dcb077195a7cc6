"""What keeps a device from being made."""

from __future__ import annotations

import errno
import fcntl
import os
import platform
import sys
from ipaddress import ip_interface
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from frp.errors import Unavailable
from frp.virtualnet import opening, rtnetlink

ADDRESS = ip_interface("100.86.0.1/24")


class OpeningTests(SynchronousTestCase):
    """Each has its text, and nothing stays open."""

    def setUp(self) -> None:
        self.patch(sys, "platform", "linux")
        self.patch(rtnetlink, "holder", lambda interface: "")

    def refused(self) -> Unavailable:
        """@return: why there is no device."""
        with self.assertRaises(Unavailable) as caught:
            opening.openTUN(ADDRESS)
        found: Unavailable = caught.exception
        return found

    def failing(self, module: Any, name: str, code: int) -> None:
        """Let this function fail."""

        def fail(*_: object) -> None:
            raise OSError(code, os.strerror(code))

        self.patch(module, name, fail)

    def test_platform(self) -> None:
        """Other systems have the reference's text, and its names for them."""
        for system, machine, named in (("darwin", "arm64", "darwin/arm64"), ("freebsd14", "x86_64", "freebsd/amd64")):
            self.patch(sys, "platform", system)
            self.patch(platform, "machine", lambda machine=machine: machine)
            self.assertEqual(self.refused().brief, f"virtual net is not supported on this platform ({named})")

    def test_noDevice(self) -> None:
        """Without the device file it says where that comes from."""
        self.failing(os, "open", errno.ENOENT)
        self.assertIn("there is no /dev/net/tun. Load the kernel's module (modprobe tun)", self.refused().brief)

    def test_forbidden(self) -> None:
        """Who may not is told the capability, whether the file or the kernel says so."""
        for module, name in ((os, "open"), (fcntl, "ioctl")):
            self.patch(os, "open", lambda path, flags: os.pipe()[0])
            self.failing(module, name, errno.EPERM)
            self.assertIn("frpc lacks the capability CAP_NET_ADMIN", self.refused().brief)

    def test_taken(self) -> None:
        """An address that this machine has already is not taken a second time."""
        self.patch(rtnetlink, "holder", lambda interface: "utun0")
        text = "virtualNet.address: 100.86.0.1 is an address of this machine already, that of utun0"
        self.assertIn(text, self.refused().brief)

    def test_closed(self) -> None:
        """What goes wrong later closes the device."""
        mine, theirs = os.pipe()
        self.addCleanup(os.close, theirs)
        self.patch(os, "open", lambda path, flags: mine)
        self.patch(fcntl, "ioctl", lambda *_: b"utun7".ljust(40, b"\0"))
        self.failing(rtnetlink, "configure", errno.ENOBUFS)
        self.assertEqual(self.refused().brief, "no TUN device: no buffer space available")
        with self.assertRaises(OSError):
            os.fstat(mine)
