"""The hooks that come with frps."""

from __future__ import annotations

import json
import os
from typing import Any

import tomli
from twisted.trial.unittest import SynchronousTestCase

from frp.config.serverfile import serverFromValues
from frp.errors import ConfigErrors, FRPError, Refused
from frp.hooks.cidr import Networks, addressOf
from frp.hooks.limits import LimitsConfig, LimitsHook
from frp.hooks.recent import ROOM, Lasting, Recent, Strikes
from frp.interfaces import IServerHookKind
from frp.interfaces.operations import NewUserConn, Operation
from frp.kinds import Registry
from frp.test.hooks.recording import CALLER
from frp.test.server.talking import ServerTestCase
from frp.testing.network import User
from frp.testing.talk import Talk
from frp.wire.messages import LoginResp


class BuiltinTestCase(ServerTestCase):
    """A server whose configuration has one hook."""

    folder: str | None = None

    def start(self, kind: str, **settings: Any) -> None:
        """Start it."""
        self.server(hooks=[{"type": kind, "name": kind, **settings}])

    def file(self, content: str, name: str = "file") -> str:
        """
        @return: the path of a file with this content, which is newer than what it held before. Each test has one of
            that name.
        """
        if self.folder is None:
            self.folder = os.path.abspath(self.mktemp())
            os.makedirs(self.folder)
        path = os.path.join(self.folder, name)
        before = os.stat(path).st_mtime if os.path.exists(path) else 0.0
        with open(path, "w", encoding="utf-8") as file:
            file.write(content)
        os.utime(path, (before + 5, before + 5))
        return path

    def outcome(self, **fields: Any) -> str:
        """@return: what a login is told: nothing where it is in."""
        return self.login(**fields).last(LoginResp).error

    def serving(self) -> Talk:
        """@return: a client with a proxy, on port 6000."""
        talk = self.login(user="alice", pool_count=1)
        self.assertEqual(self.register(talk, "alice.web").error, "")
        return talk

    def visit(self, talk: Talk) -> User:
        """@return: somebody who uses it, for whom a work stream is there."""
        self.bring(talk)
        return self.network.user(6000)


class KindTests(BuiltinTestCase):
    """What is announced."""

    def test_examples(self) -> None:
        """Every kind loads, and its examples are sound."""
        registry = Registry()
        for name in registry.names(IServerHookKind):
            for example in registry.get(IServerHookKind, name).examples:
                serverFromValues({"hooks": [tomli.loads(example)]}, registry=registry)

    def test_lacking(self) -> None:
        """A hook that needs a path or a URL keeps the server from starting without it."""
        for kind in ("users", "accesslog", "webhook"):
            self.assertRaises(FRPError, self.start, kind)

    def test_wrongNetwork(self) -> None:
        """So does a network that is none."""
        error = self.assertRaises(ConfigErrors, self.start, "networks", clients={"allow": ["10.0.0.0/33"]})
        self.assertIn("10.0.0.0/33", error.detail)


class NetworksTests(BuiltinTestCase):
    """C{networks}."""

    def test_sets(self) -> None:
        """Addresses, networks and both families are told apart."""
        networks = Networks(["10.0.0.0/8", "192.0.2.1", "2001:db8::/32"])
        inside = ("10.1.2.3:1", "192.0.2.1:1", "[2001:db8::5]:1", "[::ffff:10.0.0.1]:1", "[2001:db8::5%eth0]:1")
        outside = ("11.0.0.1:1", "192.0.2.2:1", "[2001:db9::]:1", "[::a00:1]:1")
        self.assertEqual([addressOf(a) in networks for a in inside], [True] * 5)
        self.assertEqual([addressOf(a) in networks for a in outside], [False] * 4)

    def test_unix(self) -> None:
        """Who comes by a Unix socket is on this machine."""
        self.assertIn(addressOf("unix:@"), Networks(["127.0.0.0/8"]))
        self.assertNotIn(addressOf("unix:/run/x: 1.sock"), Networks(["10.0.0.0/8"]))

    def test_mapped(self) -> None:
        """An address of IPv4 in the clothes of IPv6 is one of IPv4, in a list, too; what holds all of them is not."""
        mapped = Networks(["::ffff:192.0.2.1", "::ffff:10.0.0.0/104"])
        addresses = ("192.0.2.1:1", "10.9.9.9:1", "11.0.0.1:1")
        self.assertEqual([addressOf(address) in mapped for address in addresses], [True, True, False])
        self.assertNotIn(addressOf("192.0.2.1:1"), Networks(["::/0"]))
        self.assertIn(addressOf("[2001:db8::1]:1"), Networks(["::/0"]))

    def test_clients(self) -> None:
        """Who is denied, or not allowed where that is said, cannot log in."""
        for lists, error in (
            ({"deny": ["127.0.0.0/8"]}, "clients from this address are not allowed"),
            ({"allow": ["10.0.0.0/8"]}, "clients from this address are not allowed"),
            ({"allow": ["127.0.0.1"]}, ""),
            ({"allow": ["127.0.0.0/8"], "deny": ["127.0.0.1"]}, "clients from this address are not allowed"),
            ({"deny": ["10.0.0.0/8"]}, ""),
        ):
            self.start("networks", clients=lists)
            self.assertEqual(self.outcome(), error, lists)
            self.doCleanups()
            self.setUp()

    def test_users(self) -> None:
        """Users are looked at apart from clients."""
        self.start("networks", users={"deny": ["127.0.0.1"]})
        self.assertTrue(self.visit(self.serving()).closed)

    def test_file(self) -> None:
        """A file is read again when it changes; what cannot be read leaves what was."""
        path = self.file("10.0.0.0/8 # ours\n\n")
        self.start("networks", clients={"denyFile": path})
        self.assertEqual(self.outcome(), "")
        self.file("127.0.0.1\n")
        self.network.advance(1)
        self.assertIn("not allowed", self.outcome())
        self.file("nonsense\n")
        self.network.advance(1)
        self.assertIn("not allowed", self.outcome())
        self.assertEqual(self.logged("line 1: 'nonsense' does not appear to be"), 1)

    def test_noFile(self) -> None:
        """Without its file the server does not start."""
        error = self.assertRaises(FRPError, self.start, "networks", clients={"allowFile": "/nowhere"})
        self.assertIn("open /nowhere: no such file or directory (hooks[0].clients.allowFile: ", error.detail)


class BanTests(BuiltinTestCase):
    """C{ban}."""

    def wrong(self, times: int) -> list[str]:
        """@return: the answers to logins with a wrong proof."""
        return [self.login(b"wrong").last(LoginResp).error for _ in range(times)]

    def test_logins(self) -> None:
        """After too many wrong proofs nobody from there is let in, for a while."""
        self.server(auth={"token": "right"}, hooks=[{"type": "ban", "name": "ban", "logins": 3, "banSeconds": 100}])
        self.assertEqual(self.wrong(4)[3], "too many attempts, come back later")
        self.assertEqual(self.login(b"right").last(LoginResp).error, "too many attempts, come back later")
        self.assertEqual(self.logged("[ban] bans 127.0.0.1 for 100 s"), 1)
        self.network.advance(101)
        self.assertEqual(self.login(b"right").last(LoginResp).error, "")

    def test_slowly(self) -> None:
        """Only what happened of late counts."""
        self.server(auth={"token": "right"}, hooks=[{"type": "ban", "name": "ban", "logins": 3, "within": 10}])
        for _ in range(5):
            self.wrong(1)
            self.network.advance(6)
        self.assertEqual(self.login(b"right").last(LoginResp).error, "")

    def test_exempt(self) -> None:
        """Some are never banned."""
        self.server(auth={"token": "right"}, hooks=[{"type": "ban", "name": "b", "logins": 1, "exempt": ["127.0.0.1"]}])
        self.wrong(5)
        self.assertEqual(self.login(b"right").last(LoginResp).error, "")

    def test_failingHook(self) -> None:
        """A service behind another hook that is down bans nobody, also while it is not asked."""
        down = {"name": "users", "type": "http", "addr": "127.0.0.1:1", "ops": ["Login"], "maxFailures": 2}
        self.server(hooks=[down, {"type": "ban", "name": "ban", "logins": 1}])
        for _ in range(4):
            talk = self.login()
            self.network.advance(1)
            self.assertEqual(talk.last(LoginResp).error, "send Login request to plugin error")

    def test_connections(self) -> None:
        """Users that only come and go are banned from proxies."""
        self.start("ban", connections=3)
        talk = self.serving()
        for _ in range(3):
            user = self.visit(talk)
            self.assertFalse(user.closed)
            user.close()
            self.network.settle()
        self.assertTrue(self.visit(talk).closed)

    def test_bounded(self) -> None:
        """However many addresses there are, only so many are remembered: the latest."""
        recent: Recent[int, list[int]] = Recent(list, room=3)
        for number in (1, 2, 3, 1, 4):
            recent[number].append(number)
        self.assertEqual((len(recent), recent.get(2), recent.get(1)), (3, None, [1, 1]))


class RecentTests(SynchronousTestCase):
    """What is counted by addresses, of which strangers have as many as they like."""

    def test_manyAddresses(self) -> None:
        """Memory is bounded: what was used last is kept."""
        recent: Recent[int, list[int]] = Recent(list)
        for number in range(100_000):
            recent[number].append(number)
        self.assertEqual((len(recent), recent.get(99_999), recent.get(0)), (ROOM, [99_999], None))

    def test_clockSetBack(self) -> None:
        """Nobody is banned for longer, or because of what is to come, when the clock is set back."""
        bans, strikes = Lasting(60), Strikes(2, 10)
        bans.begin("a", 1000)
        self.assertEqual([bans.lasts("a", now) for now in (999, 1000, 1059, 1060)], [False, True, True, False])
        self.assertEqual([strikes.out("a", now) for now in (1000, 500, 501)], [False, False, True])


class LimitsTests(BuiltinTestCase):
    """C{limits}."""

    def test_ipv6(self) -> None:
        """Who has one address of IPv6 has a whole network of them, and counts once."""
        config = LimitsConfig(connectionsPerAddress=2, ratePerAddress=3)
        hook = LimitsHook(config, self.network.server())
        said: list[bool] = []
        for number in range(3):
            message = NewUserConn("a", "tcp", f"[2001:db8::{number}]:1")
            try:
                hook.newUserConn(Operation("NewUserConn", message, CALLER))
                said.append(True)
            except Refused:
                said.append(False)
        self.assertEqual(said, [True, True, False])

    def test_connections(self) -> None:
        """So many at the same time, of each; who leaves makes room."""
        for key in ("connectionsPerUser", "connectionsPerProxy", "connectionsPerAddress"):
            self.start("limits", **{key: 2})
            talk = self.serving()
            first, second, third = (self.visit(talk) for _ in range(3))
            self.assertEqual([user.closed for user in (first, second, third)], [False, False, True], key)
            first.close()
            self.network.settle()
            self.assertFalse(self.visit(talk).closed)
            self.doCleanups()
            self.setUp()

    def test_rate(self) -> None:
        """So many in a second."""
        for key in ("ratePerUser", "ratePerProxy", "ratePerAddress"):
            self.start("limits", **{key: 2})
            talk = self.serving()
            self.assertEqual([self.visit(talk).closed for _ in range(3)], [False, False, True], key)
            self.network.advance(0.5)
            self.assertEqual([self.visit(talk).closed for _ in range(2)], [False, True], key)
            self.doCleanups()
            self.setUp()

    def test_others(self) -> None:
        """A limit of one proxy is none of another's."""
        self.start("limits", connectionsPerProxy=1)
        talk = self.serving()
        self.register(talk, "alice.other", 6001)
        self.assertFalse(self.visit(talk).closed)
        self.bring(talk)
        self.assertFalse(self.network.user(6001).closed)


class AccessLogTests(BuiltinTestCase):
    """C{accesslog}."""

    def test_lines(self) -> None:
        """There is a line for every login, and for every connection that has ended."""
        path = self.file("")
        self.start("accesslog", path=path)
        talk = self.serving()
        user = self.visit(talk)
        user.send(b"hello")
        self.network.advance(2)
        user.close()
        self.network.settle()
        with open(path, "rb") as lines:
            login, connection = map(json.loads, lines)
        self.assertEqual((login["event"], login["user"], login["error"]), ("login", "alice", ""))
        self.assertRegex(login["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$")
        expected = {"event": "connection", "proxy": "alice.web", "type": "tcp", "bytesIn": 5, "seconds": 2.0}
        self.assertEqual({key: connection[key] for key in expected}, expected)
        self.assertEqual(connection["runId"], login["runId"])

    def test_noRoom(self) -> None:
        """Lines that find no room are lost, and the log of frps says so once; and when that is over."""
        path = self.file("")
        self.start("accesslog", path=path)
        patch = self.patch(os, "write", lambda fd, data: 0)
        self.assertEqual((self.outcome(), self.outcome()), ("", ""))
        self.assertEqual(self.logged("[accesslog] writes nothing: there is no room"), 1)
        patch.restore()
        self.outcome()
        self.assertEqual(self.logged("[accesslog] writes again"), 1)

    def test_unwritable(self) -> None:
        """Without a file that can be written the server does not start."""
        error = self.assertRaises(FRPError, self.start, "accesslog", path="/dev/null/access.log")
        self.assertIn("/dev/null/access.log cannot be written: Not a directory", error.detail)
