"""Long lists, a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from frp.values import frozen
from frp.web.answers import APIError
from frp.web.queries import LARGEST, oneOf, parameter, positive

__all__ = ["BAD_QUERY", "Page", "Paging", "anyOf", "statusReader", "wordsIn"]

T = TypeVar("T")
S = TypeVar("S")

BAD_QUERY = {400: "the query means nothing"}

statusReader = oneOf("status", "all", "online", "offline", default="all")


@frozen
class Page(Generic[T]):
    """Some of many. Pages are counted from 1; one behind the last is empty."""

    total: int
    page: int
    pageSize: int
    items: list[T]


@frozen
class Paging:
    """The part of a query that says which."""

    page: int = parameter(positive("page", 1), "Which page, the first is 1.")
    pageSize: int = parameter(positive("pageSize", 50, most=200), "How many are on a page.")

    def __attrs_post_init__(self) -> None:
        if self.page > LARGEST // self.pageSize:
            raise APIError(400, "page is too large")

    def of(self, found: Sequence[S], shaped: Callable[[S], T]) -> Page[T]:
        """@param shaped: is called for those on the page only."""
        begin = (self.page - 1) * self.pageSize
        shown = [shaped(one) for one in found[begin : begin + self.pageSize]]
        return Page(len(found), self.page, self.pageSize, shown)


def anyOf(q: str, texts: Iterable[str]) -> bool:
    """Whether one of the texts has this in it, in whatever case."""
    wanted = q.lower()
    return not wanted or any(wanted in text.lower() for text in texts)


def wordsIn(search: str, texts: Iterable[str]) -> bool:
    """Whether each word of a search stands in one of the texts, in whatever case."""
    within = "\n".join(texts).lower()
    return all(word in within for word in search.lower().split())
