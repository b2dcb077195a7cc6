"""The hooks that come with frps."""

from __future__ import annotations

import json
import os
import sqlite3
from typing import Any

import attrs
import tomli
from twisted.internet.defer import Deferred, succeed
from twisted.trial.unittest import SynchronousTestCase

from frp.config.serverfile import serverFromValues
from frp.errors import ConfigErrors, FRPError, Refused, Unavailable
from frp.hooks.cidr import Networks, addressOf
from frp.hooks.limits import LimitsConfig, LimitsHook
from frp.hooks.recent import ROOM, Lasting, Recent, Strikes
from frp.hooks.webhook import Letter, Outbox, WebhookConfig, WebhookHook, WebhookKind
from frp.http.fetch import Answer
from frp.interfaces import IServerHookKind, IServerHookSite
from frp.interfaces.operations import NEW_PROXY, NewUserConn, Operation
from frp.kinds import Contribution, Registry
from frp.test.hooks.recording import CALLER, Recording
from frp.test.server.talking import ServerTestCase
from frp.testing.misbehaving import registryWith
from frp.testing.network import User
from frp.testing.talk import Talk
from frp.wire.messages import CloseProxy, LoginResp


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
        """A service behind another hook that is down bans nobody."""
        http = {"name": "users", "addr": "127.0.0.1:1", "ops": ["Login"]}
        self.server(httpPlugins=[http], hooks=[{"type": "ban", "name": "ban", "logins": 1}])
        for _ in range(3):
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


class UsersTests(BuiltinTestCase):
    """C{users}."""

    TOML = """
[alice]
token = "a"
ports = "6000-6001,6005"
proxies = ["web-*"]
types = ["tcp", "udp"]
maxProxies = 2
bandwidth = "1MB"

[bob]
token = "b"
disabled = true

[carol]
token = "c"
"""

    def enter(self, user: str, token: str) -> str:
        """@return: what a login is told."""
        return self.outcome(user=user, metas={"token": token})

    def alice(self) -> Talk:
        """@return: a client of hers."""
        return self.login(user="alice", metas={"token": "a"})

    def test_tokens(self) -> None:
        """Everybody has a token of his own."""
        self.start("users", path=self.file(self.TOML))
        self.assertEqual((self.enter("alice", "a"), self.enter("carol", "c")), ("", ""))
        for user, token in (("alice", "b"), ("alice", ""), ("bob", "b"), ("nobody", ""), ("", "")):
            self.assertEqual(self.enter(user, token), "user or meta token is wrong", user)

    def test_stranger(self) -> None:
        """The log of frps says who was refused, from where and why; the client hears none of that."""
        self.start("users", path=self.file(self.TOML))
        for user, token, why in (
            ("alice", "b", "brought another metadatas.token"),
            ("bob", "b", "is disabled"),
            ("nobody", "", "is not in the file"),
        ):
            self.assertEqual(self.enter(user, token), "user or meta token is wrong")
            (line,) = [line for line in self.log if f"user [{user}] from " in line]
            self.assertRegex(line, rf"register control error: .*: user \[{user}\] from \S+:\d+ {why}")

    def ask(self, talk: Talk, name: str, port: int = 0, **fields: Any) -> str:
        """@return: what the client is told of a proxy."""
        return self.register(talk, name, port, **fields).error

    def test_allowed(self) -> None:
        """Names, types and ports are those of the file."""
        self.start("users", path=self.file(self.TOML))
        talk = self.alice()
        self.assertEqual(self.ask(talk, "alice.web-1", 6000), "")
        self.assertIn("must begin with alice.", self.ask(talk, "bob.web-1", 6001))
        self.assertEqual(self.ask(talk, "alice.ssh", 6001), "proxy name ssh is not allowed")
        self.assertIn("port 6002 is not allowed", self.ask(talk, "alice.web-2", 6002))
        self.assertIn("port 0 is not allowed", self.ask(talk, "alice.web-2", 0))
        self.assertEqual(self.ask(talk, "alice.web-2", 0, type="http"), "proxy type http is not allowed")

    def test_domains(self) -> None:
        """So are domains, and what subdomains come to."""
        path = self.file('[d]\ntoken = "d"\ndomains = ["*.d.example.com", "d.example.org", "sub.frp.example"]\n')
        self.start("users", path=path, subDomainHost="frp.example")
        talk = self.login(user="d", metas={"token": "d"})
        for fields, allowed in (
            ({"custom_domains": ["a.D.example.com"]}, True),
            ({"custom_domains": ["d.example.org", "e.example.org"]}, False),
            ({"subdomain": "sub"}, True),
            ({"subdomain": "other"}, False),
        ):
            error = self.register(talk, "d.x", 0, type="http", **fields).error
            self.assertEqual("is not allowed" not in error, allowed, fields)

    def test_maxProxies(self) -> None:
        """So many at a time: those that were refused or closed do not count."""
        self.start("users", path=self.file(self.TOML))
        talk, other = self.alice(), self.login(user="carol", metas={"token": "c"})
        self.assertEqual(self.ask(other, "carol.x", 6001), "")
        self.assertIn("already used", self.ask(talk, "alice.web-0", 6001))
        self.assertEqual(self.ask(talk, "alice.web-1", 6000), "")
        self.assertEqual(self.ask(talk, "alice.web-2", 6005), "")
        self.assertEqual(self.ask(talk, "alice.web-3", 6005), "user alice may have 2 proxies")
        talk.close()
        self.network.settle()
        self.assertEqual(self.ask(self.alice(), "alice.web-3", 6005), "")

    def test_renamed(self) -> None:
        """A proxy that a later hook gave another name is counted to its end, and no longer."""
        self.start("users", path=self.file(self.TOML))
        names = iter(("x", "y", "z"))
        rename = Recording(lambda o: attrs.evolve(o.message, proxy_name=f"alice.{next(names)}"), [NEW_PROXY])
        self.network.servers[0].hooks.add(rename)
        talk = self.alice()
        for name in ("x", "y", "z"):
            self.assertEqual(self.ask(talk, "alice.web-1", 6000), "")
            talk.say(CloseProxy(proxy_name=f"alice.{name}"))
            self.network.settle()

    def test_bandwidth(self) -> None:
        """The server holds every proxy to the bandwidth, or to the less that the client asks for."""
        self.start("users", path=self.file(self.TOML))
        talk = self.alice()
        self.ask(talk, "alice.web-1", 6000)
        self.ask(talk, "alice.web-2", 6001, bandwidth_limit="10KB")
        records = self.network.servers[0].shared.statistics
        found = [records.find(name) for name in ("alice.web-1", "alice.web-2")]
        messages = [record.message for record in found if record is not None and record.message is not None]
        self.assertEqual([message.bandwidth_limit for message in messages], ["1MB", "10KB"])
        self.assertEqual({message.bandwidth_limit_mode for message in messages}, {"server"})

    def test_changes(self) -> None:
        """The file is read again when it has changed; mistakes in it change nothing, and are said."""
        path = self.file(self.TOML)
        self.start("users", path=path)
        talk = self.alice()
        self.file('[dave]\ntoken = "d"\n')
        self.network.advance(1)
        self.assertEqual((self.enter("dave", "d"), self.enter("alice", "a")), ("", "user or meta token is wrong"))
        self.assertEqual(self.ask(talk, "alice.web-1", 6000), "user alice is not allowed any more")
        self.file('[dave]\ntokn = "d"\n')
        self.network.advance(1)
        self.assertEqual(self.enter("dave", "d"), "")
        self.assertEqual(self.logged("tokn"), 1)

    def test_unreadable(self) -> None:
        """Bytes that are no text are a mistake, too, also at the start; one that stays is said once."""
        path = self.file(self.TOML)
        self.start("users", path=path)
        with open(path, "wb") as file:
            file.write(b"\xff\xfe")
        for _ in range(3):
            self.network.advance(1)
            self.assertEqual(self.enter("alice", "a"), "")
        self.assertEqual(self.logged("cannot be read, what it said before still holds: 'utf-8' codec"), 1)
        self.doCleanups()
        self.setUp()
        self.assertIn("cannot be read", self.assertRaises(FRPError, self.start, "users", path=path).detail)

    def test_locked(self) -> None:
        """A database that was locked when it had changed is read as soon as it can be."""
        path = self.file("", "users.db")
        database = sqlite3.connect(path, isolation_level=None)
        self.addCleanup(database.close)
        database.execute("CREATE TABLE users (name TEXT, token TEXT)")
        database.execute("INSERT INTO users VALUES ('alice', 'a')")
        self.start("users", path=path)
        database.execute("UPDATE users SET token = 'new'")
        database.execute("BEGIN EXCLUSIVE")
        os.utime(path, (1, 1))
        self.network.advance(1)
        self.assertEqual(self.enter("alice", "a"), "")
        database.execute("ROLLBACK")
        self.network.advance(1)
        self.assertEqual(self.enter("alice", "new"), "")

    def test_sqlite(self) -> None:
        """Users may be in a database that others write."""
        path = self.file("", "users.db")
        with sqlite3.connect(path) as database:
            database.execute("CREATE TABLE users (name TEXT, token TEXT, proxies TEXT, disabled INTEGER, ports TEXT)")
            database.execute("INSERT INTO users VALUES ('alice', 'a', 'web-*, ssh', 0, NULL)")
            database.execute("INSERT INTO users VALUES ('bob', 'b', NULL, 1, NULL)")
        self.start("users", path=path)
        self.assertEqual((self.enter("alice", "a"), bool(self.enter("bob", "b"))), ("", True))
        self.assertEqual(self.ask(self.alice(), "alice.ssh", 6000), "")
        with sqlite3.connect(path) as database:
            database.execute("UPDATE users SET token = 'new'")
        database.close()
        os.utime(path, (1, 1))
        self.network.advance(1)
        self.assertEqual(self.enter("alice", "new"), "")


class _Posted:
    """Stands for the HTTP client."""

    def __init__(self, answers: list[Any]) -> None:
        self.sent: list[Any] = []
        self.answers = answers
        self.closed = False

    async def post(self, url: str, headers: Any, body: bytes) -> Any:
        self.sent.append(json.loads(body))
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, Deferred):
            return await answer
        if isinstance(answer, Exception):
            raise answer
        return Answer(answer, "", "", "", b"")

    def close(self) -> Deferred[None]:
        self.closed = True
        return succeed(None)


class _PostingKind(WebhookKind):
    """The kind C{webhook}, with that client."""

    def __init__(self, posted: Any) -> None:
        self.posted = posted

    def hook(self, config: WebhookConfig, site: IServerHookSite) -> WebhookHook:
        letter = Letter.json(config.url, config.token, config.timeout, config.tries)
        return WebhookHook(config, Outbox(letter, config.queue, self.posted, site.clock, site.log), site)


class WebhookTests(BuiltinTestCase):
    """C{webhook}."""

    def posting(self, *answers: Any, **settings: Any) -> _Posted:
        """Start a server whose events are kept."""
        posted = _Posted(list(answers))
        self.network.registry = registryWith(
            Contribution(IServerHookKind, "webhook", "for tests", _PostingKind(posted))
        )
        self.start("webhook", url="http://127.0.0.1:9/", **settings)
        return posted

    def events(self, posted: _Posted) -> list[str]:
        """@return: the names of what was sent."""
        return [sent["event"] for sent in posted.sent]

    def test_events(self) -> None:
        """Clients and proxies that come and go are told, in that order."""
        posted = self.posting()
        self.serving().close()
        self.network.settle()
        self.assertEqual(self.events(posted), ["clientOnline", "proxyOnline", "proxyOffline", "clientOffline"])
        self.assertEqual(posted.sent[1]["proxy"], "alice.web")
        self.assertEqual({sent["user"] for sent in posted.sent}, {"alice"})
        self.network.servers[0].stopService()
        self.network.advance(1)
        self.assertTrue(posted.closed)

    def test_again(self) -> None:
        """What was not taken is sent again, later each time; what comes meanwhile waits."""
        posted = self.posting(500, Unavailable("away"))
        self.serving()
        self.assertEqual(self.events(posted), ["clientOnline"])
        self.network.advance(1)
        self.network.advance(2)
        self.assertEqual(self.events(posted), ["clientOnline"] * 3 + ["proxyOnline"])

    def test_givenUp(self) -> None:
        """But not for ever; the next ones have their chance."""
        posted = self.posting(500, 500, tries=2)
        self.serving()
        self.network.advance(1)
        self.assertEqual(self.events(posted), ["clientOnline"] * 2 + ["proxyOnline"])
        self.assertEqual(self.logged("an event is given up: the answer was 500"), 1)

    def test_hangs(self) -> None:
        """A service that hangs holds nobody up, and no more than the queue has room for is kept."""
        posted = self.posting(Deferred(), tries=1, queue=2, timeout=5)
        for number in range(5):
            self.assertEqual(self.outcome(user=f"u{number}"), "")
        self.network.advance(6)
        self.assertEqual([sent["user"] for sent in posted.sent], ["u0", "u3", "u4"])
        self.assertEqual(self.logged("2 events are lost"), 1)
