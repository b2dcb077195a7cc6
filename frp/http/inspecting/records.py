"""What is kept of a request and its response."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator

import attrs

from frp.http.inspecting.parameters import HIDDEN, hide
from frp.values import define, frozen
from frp.wire.http.fields import Fields

__all__ = ["BROKEN", "HIDDEN", "KeptBody", "Record", "Redaction", "Ring"]

#: Outcomes of requests that came to nothing.
BROKEN = frozenset(("left", "unanswered", "aborted", "failed"))

_SECRET = ("authorization", "cookie", "proxy-authorization", "set-cookie")

_Pairs = list[tuple[str, str]]


@define
class KeptBody:
    """
    The beginning of a body.

    @ivar limit: bytes that are kept.
    @ivar size: bytes that there were.
    @ivar ended: whether all of it has come.
    """

    limit: int
    kept: bytearray = attrs.field(factory=bytearray)
    size: int = 0
    ended: bool = False

    def add(self, data: bytes) -> None:
        self.size += len(data)
        room = self.limit - len(self.kept)
        if room > 0:
            self.kept += data[:room]

    @property
    def full(self) -> bool:
        """Whether nothing more would be kept."""
        return self.size >= self.limit

    @property
    def whole(self) -> bool:
        return self.ended and self.size == len(self.kept)


@frozen
class Redaction:
    """
    Knows what is nobody's business.

    @ivar names: of headers.
    @ivar parameters: of queries.
    """

    names: frozenset[str]
    parameters: frozenset[str] = frozenset()

    @classmethod
    def of(cls, more: Iterable[str] = ()) -> Redaction:
        """@param more: names of headers and parameters, in whatever case."""
        named = frozenset(name.strip().lower() for name in more)
        return cls(named.union(_SECRET), named)

    def applied(self, fields: Fields) -> _Pairs:
        """@return: fields as they are kept."""
        return [(name, HIDDEN if name.lower() in self.names else value) for name, value in textOf(fields)]

    def target(self, target: str) -> str:
        """@return: a target as it is kept."""
        return hide(target, self.parameters)


def textOf(fields: Fields) -> Iterator[tuple[str, str]]:
    """@return: names and values as texts; bytes that are no UTF-8 survive the way back."""
    for name, value in fields:
        yield name.decode("latin-1"), value.decode("utf-8", "surrogateescape")


@define(eq=False)
class Record:
    """
    One request, and what became of it.

    @ivar at: when it came, in seconds since 1970.
    @ivar peer: the user, C{host:port}, or the host alone where no more is known; empty for one that was sent again
        from here.
    @ivar status: of the response, 0 while there is none.
    @ivar answered: seconds from the request's head to the response's; None while there is none.
    @ivar took: seconds until it was over; None while it is not.
    @ivar outcome: empty while it is under way, then C{"whole"}, C{"left"} (the user), C{"unanswered"} or C{"aborted"}
        (by whoever answers, before or behind the head of the response), C{"upgraded"} or C{"failed"} (there was a bug).
    @ivar trouble: why the service did not answer, or the answer broke off; mostly empty.
    @ivar again: of which request it is the repetition; 0 for none.
    @ivar without: the names of headers that the repetition lacks, because they were not kept, and of parameters of the
        query, with a question mark in front.
    """

    id: int
    proxy: str
    at: float
    peer: str
    secure: bool
    method: str
    target: str
    version: str
    fields: _Pairs
    body: KeptBody
    responseBody: KeptBody
    again: int = 0
    without: list[str] = attrs.field(factory=list)
    status: int = 0
    responseFields: _Pairs = attrs.field(factory=list)
    answered: float | None = None
    took: float | None = None
    outcome: str = ""
    trouble: str = ""

    @property
    def failed(self) -> bool:
        """Whether it came to nothing, or the service said that it could not be granted."""
        return self.status >= 400 or self.outcome in BROKEN

    def lasted(self, now: float) -> float:
        """@return: the seconds that it took, or has taken by now."""
        return self.took if self.took is not None else max(0.0, now - self.at)

    @property
    def host(self) -> str:
        """Whom the user wanted; empty where it did not say."""
        return next((value for name, value in self.fields if name.lower() == "host"), "")

    @property
    def address(self) -> str:
        """What the user would see in a browser."""
        if self.target.startswith(("http://", "https://")):
            return self.target
        return f"{'https' if self.secure else 'http'}://{self.host}{self.target}"


class Ring:
    """The last requests of one proxy."""

    def __init__(self, size: int) -> None:
        self._records: OrderedDict[int, Record] = OrderedDict()
        self._size = size

    def add(self, record: Record) -> None:
        """The oldest one makes room."""
        self._records[record.id] = record
        self._shrink()

    def _shrink(self) -> None:
        while len(self._records) > self._size:
            self._records.popitem(last=False)

    def resize(self, size: int) -> None:
        """Keep the latest, as far as there is room."""
        self._size = size
        self._shrink()

    def remember(self, older: Iterable[Record]) -> None:
        """These came before all that there are, the oldest first."""
        self._records = OrderedDict([*((one.id, one) for one in older), *self._records.items()])
        self._shrink()

    def clear(self) -> None:
        self._records.clear()

    def find(self, number: int) -> Record | None:
        """@param number: the record's id."""
        return self._records.get(number)

    @property
    def latest(self) -> list[Record]:
        """All that are there now, the latest first."""
        return list(reversed(self._records.values()))
