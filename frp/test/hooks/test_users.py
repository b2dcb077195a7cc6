"""The hook C{users}: who may log in, and what each may have."""

from __future__ import annotations

import os
import sqlite3
from typing import Any

import attrs

from frp.errors import FRPError
from frp.interfaces.operations import NEW_PROXY
from frp.test.hooks.recording import Recording
from frp.test.hooks.test_builtin import BuiltinTestCase
from frp.testing.talk import Talk
from frp.wire.messages import CloseProxy


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
