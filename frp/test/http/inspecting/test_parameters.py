"""Tests of parameters whose values are not kept."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from frp.http.inspecting.parameters import hidden, hide, named, revealed, withoutHidden


class ParametersTests(SynchronousTestCase):
    """Queries as users write them."""

    def test_hide(self) -> None:
        """By name, in whatever case and however it is written; all else stays letter by letter."""
        for target, shown in (
            ("/a?b=1", "/a?b=1"),
            ("/a?token=1&b=%20+&TOKEN=2", "/a?token=***&b=%20+&TOKEN=***"),
            ("/a?to%6ben=1", "/a?to%6ben=***"),
            ("/a?token&token=", "/a?token&token=***"),
            ("/token=1", "/token=1"),
            ("/a?", "/a?"),
            ("/a?&&x?token=1", "/a?&&x?token=1"),
            ("/\udcff?token=\udcff", "/\udcff?token=***"),
        ):
            self.assertEqual(hide(target, {"token"}), shown)

    def test_hidden(self) -> None:
        """Those that are hidden are known, said in another way, and left out."""
        target = "/a?to%6ben=***&b=1&c=***"
        self.assertEqual((hidden(target), named(target)), (["token", "c"], ["token", "b", "c"]))
        self.assertEqual(revealed(target, "..."), "/a?to%6ben=...&b=1&c=...")
        self.assertEqual(withoutHidden(target), "/a?b=1")
        self.assertEqual(withoutHidden("/a?b=***"), "/a")
        self.assertEqual((hidden("/a"), withoutHidden("/a"), withoutHidden("/a?")), ([], "/a", "/a?"))
