"""Tests of records that outlive their frpc, without one."""

from __future__ import annotations

import sqlite3
from typing import Any

from twisted.internet import reactor as installed
from twisted.logger import LogEvent, formatEvent
from twisted.trial.unittest import TestCase

from frp.http.inspecting.keeping import MOST, Shelf
from frp.http.inspecting.records import KeptBody, Record
from frp.logs import Log
from frp.test.http.inspecting.test_records import record

reactor: Any = installed


class ShelfTests(TestCase):
    """A file of SQLite."""

    timeout = 60

    def setUp(self) -> None:
        self.path = self.mktemp()
        self.events: list[LogEvent] = []

    def shelf(self) -> Shelf:
        return Shelf(reactor, self.path, Log("test", observer=self.events.append))

    def one(self, number: int, proxy: str = "web", **facts: Any) -> Record:
        """A record that is over."""
        made = record(number)
        made.proxy, made.outcome = proxy, "whole"
        for name, value in facts.items():
            setattr(made, name, value)
        return made

    async def again(self, proxy: str = "web", most: int = 10) -> list[Record]:
        """@return: what the file has, for somebody who opens it anew."""
        shelf = self.shelf()
        found = await shelf.records(proxy, most)
        await shelf.close()
        return found

    def said(self) -> list[str | None]:
        return [formatEvent(event) for event in self.events]

    def alter(self, statement: str, *values: object) -> None:
        """Another program works on the file."""
        with sqlite3.connect(self.path) as database:
            database.execute(statement, values)
        database.close()

    async def test_same(self) -> None:
        """What is no UTF-8, and bytes of all kinds, come back as they were; what waits is written at the end."""
        body = KeptBody(4)
        body.add(b"\x00\xff\x80abc")
        kept = self.one(
            7,
            target="/\udcff?\u00e4",
            fields=[("A", "\udcfe"), ("A", "")],
            responseFields=[("B", "***")],
            responseBody=body,
            status=200,
            answered=0.25,
            took=0.5,
            again=3,
            without=["Cookie"],
            trouble="why",
        )
        shelf = self.shelf()
        shelf.keep(kept, 10)
        await shelf.close()
        (found,) = await self.again()
        for name in (
            "id",
            "at",
            "target",
            "fields",
            "responseFields",
            "status",
            "answered",
            "took",
            "again",
            "without",
        ):
            self.assertEqual(getattr(found, name), getattr(kept, name), name)
        self.assertEqual((found.trouble, found.outcome, found.peer), ("why", "whole", "192.0.2.1:1"))
        self.assertEqual((bytes(found.responseBody.kept), found.responseBody.size), (b"\x00\xff\x80a", 6))
        self.assertEqual((found.responseBody.whole, found.body.whole), (False, True))

    async def test_flood(self) -> None:
        """Of what comes before it is written no more waits than is kept."""
        shelf = self.shelf()
        for number in range(10_000):
            shelf.keep(self.one(number), 3)
        self.assertEqual(len(shelf._waiting["web"]), 3)
        await shelf.close()
        self.assertEqual([one.id for one in await self.again()], [9997, 9998, 9999])

    async def test_fewer(self) -> None:
        """Each proxy has its own number of them, and others lose nothing by it."""
        for numbers, most in ((range(5), 5), (range(5, 7), 3)):
            shelf = self.shelf()
            for number in numbers:
                shelf.keep(self.one(number), most)
            shelf.keep(self.one(number, "other"), 5)
            await shelf.close()
        self.assertEqual([one.id for one in await self.again()], [4, 5, 6])
        self.assertEqual([one.id for one in await self.again("other")], [4, 6])
        self.assertEqual([one.id for one in await self.again(most=1)], [6])

    async def test_proxies(self) -> None:
        """Names that come and go do not fill the file for ever."""
        shelf = self.shelf()
        for number in range(MOST + 5):
            shelf.keep(self.one(number, f"web{number}"), 1)
        await shelf.close()
        self.assertEqual(await self.again("web4"), [])
        self.assertEqual([one.id for one in await self.again("web5")], [5])

    async def test_strange(self) -> None:
        """Rows that mean nothing are left out, and said to be; the others are there."""
        shelf = self.shelf()
        shelf.keep(self.one(1), 10)
        await shelf.close()
        for facts in ("", "[]", "null", "{}", '{"id": 1}', "[" * 100_000, b"\xff"):
            self.alter("INSERT INTO requests (proxy, facts, body, responseBody) VALUES ('web', ?, '', '')", facts)
        self.assertEqual([one.id for one in await self.again()], [1])
        self.assertIn(f"inspect.file {self.path}: 7 requests are left out", self.said())

    async def test_broken(self) -> None:
        """A file that others have taken apart is a word in the log, and nobody's end."""
        shelf = self.shelf()
        await shelf.close()
        self.alter("DROP TABLE requests")
        self.alter("CREATE TABLE requests (number INTEGER PRIMARY KEY, proxy TEXT)")
        shelf = self.shelf()
        shelf.keep(self.one(1), 10)
        self.assertEqual(await shelf.records("web", 10), [])
        shelf.clear()
        shelf.keep(self.one(2), 10)
        await shelf.close()
        self.assertIn(f"inspect.file {self.path} is not read: no such column: facts", self.said())
        self.assertIn(f"inspect.file {self.path} is not written: table requests has no column named facts", self.said())
