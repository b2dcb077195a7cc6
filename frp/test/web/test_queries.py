"""Tests of what a query may say."""

from __future__ import annotations

import attrs
from twisted.trial.unittest import SynchronousTestCase

from frp.web.answers import APIError
from frp.web.queries import flag, maybe, notNegative, oneOf, parameter, positive, queried, word


@attrs.frozen
class Everything:
    """One of each."""

    page: int = parameter(positive("page", 1), "Which.")
    size: int = parameter(positive("size", 50, most=200), "How many.")
    status: str = parameter(oneOf("status", "all", "online", default="all"), "Which.")
    user: str | None = parameter(maybe, "Whose.")
    q: str = parameter(word, "What.")
    strict: bool = parameter(flag, "Whether.")
    slower: float = parameter(notNegative("slower"), "Than that.")


class QueryTests(SynchronousTestCase):
    """L{queried}."""

    def ask(self, **given: str) -> Everything:
        """Read a query."""
        return queried(Everything, {name.encode(): [value.encode()] for name, value in given.items()})

    def test_nothing(self) -> None:
        """Everything has a value where nothing is said."""
        self.assertEqual(self.ask(), Everything(1, 50, "all", None, "", False, 0))

    def test_everything(self) -> None:
        """What is said counts; a word of a choice in whatever case."""
        said = self.ask(page="2", size="200", status="Online", user="", q="x y", strict="true", slower="0.5")
        self.assertEqual(said, Everything(2, 200, "online", "", "x y", True, 0.5))

    def test_wrong(self) -> None:
        """What means nothing is said to."""
        for given, text in (
            ({"page": "0"}, "page must be a positive integer"),
            ({"page": "-1"}, "page must be a positive integer"),
            ({"page": "x"}, "page must be a positive integer"),
            ({"size": "201"}, "size must be between 1 and 200"),
            ({"size": "9" * 5000}, "size must be a positive integer"),
            ({"status": "x"}, "status must be one of all, online"),
        ):
            error = self.assertRaises(APIError, self.ask, **given)
            self.assertEqual((error.code, error.brief), (400, text))
