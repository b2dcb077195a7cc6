"""Who has been here: the clients that are online, and those that were and have a name of their own."""

from __future__ import annotations

from collections.abc import Iterable

import attrs
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime
from zope.interface import implementer

from frp.interfaces import IRoster, Seen, keyOf
from frp.wire.messages import Login

__all__ = ["Roster"]

#: Seconds after which one that is away is forgotten: as long as its proxies are remembered.
KEPT = 7 * 86400


@implementer(IRoster)
class Roster:
    """
    The clients, by key. One without a client id is forgotten when it leaves, for nobody could know it again; one that
    has been away for a week is forgotten as well.
    """

    def __init__(self, clock: IReactorTime) -> None:
        """@param clock: whose C{seconds()} are those since 1970."""
        self._clock = clock
        self._seen: dict[str, Seen] = {}
        self._here: dict[object, Seen] = {}
        self._away: dict[str, Seen] = {}  # the longest away first

    def entered(self, key: object, runId: str, login: Login, host: str, *, wireProtocol: str) -> Deferred[None]:
        shown = keyOf(login.user, login.client_id, runId)
        self._forget()
        self._away.pop(shown, None)
        before, now = self._seen.get(shown), self._clock.seconds()
        self._here[key] = self._seen[shown] = Seen(
            shown,
            login.user,
            login.client_id,
            runId,
            login.version,
            login.hostname,
            host,
            wireProtocol,
            now if before is None else before.firstAt,
            now,
        )
        return succeed(None)

    def left(self, key: object, why: str) -> Deferred[None]:
        seen = self._here.pop(key, None)
        if seen is not None and self._seen.get(seen.key) is seen:
            if seen.clientID:
                seen.runId, seen.leftAt, seen.leftWhy = "", self._clock.seconds(), why
                self._away[seen.key] = seen
            else:
                del self._seen[seen.key]
            self._forget()
        return succeed(None)

    def remember(self, seen: Iterable[Seen]) -> Deferred[None]:
        now = self._clock.seconds()
        away = [one if one.leftAt is not None else attrs.evolve(one, runId="", leftAt=now) for one in seen]
        for one in sorted(away, key=lambda one: one.leftAt or now):
            known = self._seen.get(one.key)
            if one.clientID and (known is None or (not known.online and known.lastAt < one.lastAt)):
                self._away.pop(one.key, None)
                self._seen[one.key] = self._away[one.key] = one
        self._forget()
        return succeed(None)

    def _forget(self) -> None:
        before = self._clock.seconds() - KEPT
        while self._away:
            key, seen = next(iter(self._away.items()))
            if seen.leftAt is None or seen.leftAt >= before:
                return
            del self._away[key], self._seen[key]

    def seen(self) -> Deferred[list[Seen]]:
        self._forget()
        return succeed(sorted(self._seen.values(), key=lambda one: (one.user, one.name, one.key)))

    def find(self, key: str) -> Deferred[Seen | None]:
        self._forget()
        return succeed(self._seen.get(key))

    def online(self) -> Deferred[int]:
        return succeed(sum(one.online for one in self._seen.values()))
