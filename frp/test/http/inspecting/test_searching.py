"""Tests of finding requests by what stands in them."""

from __future__ import annotations

import gzip

from twisted.trial.unittest import SynchronousTestCase

from frp.http.inspecting.records import KeptBody, Record
from frp.http.inspecting.searching import SEARCHED, holds
from frp.test.http.inspecting.test_records import record


class HoldsTests(SynchronousTestCase):
    """L{holds}."""

    def setUp(self) -> None:
        self.record: Record = record()
        self.record.status, self.record.outcome, self.record.trouble = 200, "aborted", "Connection lost"
        self.record.fields.append(("X-Kind", "Order \udcff"))
        self.record.responseFields = [("Content-Encoding", "gzip")]
        self.record.body, self.record.responseBody = KeptBody(1 << 20), KeptBody(1 << 20)

    def check(self, query: str, found: bool) -> None:
        self.assertEqual(holds(self.record, query.split()), found, query)

    def test_places(self) -> None:
        """Each word may be in another place; method, status and outcome are words as a whole."""
        self.record.body.add(b'{"Paid": true}')
        self.record.responseBody.add(gzip.compress(b"Thank you"))
        for query in ("", "a.com/x", "192.0.2.1", "x-kind: order", "lost", "paid", "thank", "get 200 aborted paid"):
            self.check(query, True)
        for query in ("missing", "ge", "20", "abort", "get paid missing", "open"):
            self.check(query, False)

    def test_way(self) -> None:
        """One that is under way is open."""
        self.record.outcome = ""
        self.check("open", True)

    def test_bounded(self) -> None:
        """What stands far behind in a body is not looked for, also where it was packed."""
        text = b"first" + bytes(SEARCHED) + b"last"
        self.record.body.add(text)
        self.record.responseBody.add(gzip.compress(b"then" + text))
        for query, found in (("first", True), ("then", True), ("last", False)):
            self.check(query, found)
