"""The doors of other packages: where they are, and what is said when one cannot be opened."""

from __future__ import annotations

import errno
import os
from typing import Any

from twisted.internet.error import CannotListenError
from twisted.internet.protocol import DatagramProtocol
from zope.interface import implementer

from frp.config.schema import key, table
from frp.errors import PortTaken
from frp.interfaces import IClientDoor, IConfigured, IListenSite
from frp.kinds import Contribution
from frp.testing.cases import NetworkTestCase
from frp.testing.misbehaving import registryWith


@table
class SlotConfig:
    """A door with a place of its own."""

    path: str = key("", "A Unix socket.")
    port: int = key(0, "A UDP port.")
    certFile: str = key("", "A file without which it cannot be.")


@implementer(IClientDoor, IConfigured)
class Slot:
    """Listens where its table says."""

    schema = SlotConfig
    examples = ("port = 7001\n",)

    def listen(self, site: IListenSite) -> None:
        """Whatever Twisted, or the system, raises is theirs."""
        reactor: Any = site.reactor
        if site.table.certFile:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), site.table.certFile)
        if site.table.path.endswith("locked"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "812", None, f"{site.table.path}.lock")
        if site.table.path:
            site.opened(reactor.listenUNIX(site.table.path, site.carriers))
        if site.table.port:
            site.opened(reactor.listenUDP(site.table.port, DatagramProtocol()))


@implementer(IClientDoor)
class Bare:
    """Has no table, and listens nowhere."""

    def listen(self, site: IListenSite) -> None:
        """It is locked."""
        raise CannotListenError(None, "/run/bare", "Cannot acquire lock")


SLOT = Contribution(IClientDoor, "slot", "a place of its own", Slot())


class DoorTests(NetworkTestCase):
    """One door of somebody else's."""

    registry = registryWith(SLOT)

    def fails(self, brief: str, more: str, **keys: object) -> None:
        """frps does not start with this table, and says so in these words."""
        error = self.assertRaises(PortTaken, self.network.server, transport={"slot": keys})
        self.assertEqual((error.brief, error.more), (f"clients cannot come by slot: {brief}", more))
        self.assertEqual(self.logged("clients cannot come by"), 0)

    def test_open(self) -> None:
        """The log says where each place is."""
        self.network.server(transport={"slot": {"path": "/run/slot", "port": 7001}})
        self.assertEqual(self.logged("frps slot listen on "), 2)
        self.assertEqual(self.logged("frps slot listen on 127.0.0.1:7001"), 1)

    def test_port(self) -> None:
        """A port: its key is the one with that number."""
        self.network.reactor.taken.add(7001)
        self.fails(
            "listen :7001: address already in use",
            "another program listens there (transport.slot.port)",
            port=7001,
        )

    def test_path(self) -> None:
        """A path, which another program has."""
        self.network.reactor.taken.add(self.network.reactor.behind("/run/slot"))
        self.fails("listen /run/slot: address already in use", "(transport.slot.path)", path="/run/slot")

    def test_lock(self) -> None:
        """Twisted locks a path first, and says what the system says of the lock."""
        self.fails("listen /run/locked.lock: permission denied", "(transport.slot.path)", path="/run/locked")

    def test_file(self) -> None:
        """A file in a folder that is not there."""
        self.fails(
            "listen /no/where/a.pem: no such file or directory",
            "there is no folder /no/where (transport.slot.certFile)",
            certFile="/no/where/a.pem",
        )

    def test_elsewhere(self) -> None:
        """Where no key is the place, the table is named."""

        def listen(_slot: Slot, _site: IListenSite) -> None:
            raise CannotListenError("127.0.0.1", 7002, OSError(errno.EADDRNOTAVAIL, "Cannot assign"))

        self.patch(Slot, "listen", listen)
        self.fails("listen 127.0.0.1:7002: cannot assign", "this machine has no such address (transport.slot)")


class BareTests(NetworkTestCase):
    """One without keys."""

    registry = registryWith(Contribution(IClientDoor, "bare", "no place", Bare()))

    def test_told(self) -> None:
        """There is no table to name."""
        error = self.assertRaises(PortTaken, self.network.server)
        self.assertEqual(error.detail, "clients cannot come by bare: listen /run/bare: cannot acquire lock")
