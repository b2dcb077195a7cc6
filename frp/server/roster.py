"""
Who has been here: the clients that are online, and those that were and have a name of their own.
"""

from __future__ import annotations

from typing import Protocol

import attrs

from frp.wire.messages import Login

__all__ = ["Roster", "Seen"]

#: Seconds after which one that is away is forgotten: as long as its proxies are remembered.
KEPT = 7 * 86400


class _Clock(Protocol):
    def seconds(self) -> float: ...


@attrs.define(eq=False)
class Seen:
    """
    One client.

    @ivar key: C{user.clientID}, with the run id in place of a client id that it has not; without C{user.} where no user
        is named.
    @ivar clientID: as the client calls itself, or empty.
    @ivar runId: empty while it is offline.
    @ivar firstAt: when it first came, in seconds since 1970; @ivar lastAt: when it last came.
    @ivar leftAt: when it went, None while it is online.
    """

    key: str
    user: str
    clientID: str
    runId: str
    version: str
    hostname: str
    host: str
    wireProtocol: str
    firstAt: float
    lastAt: float
    leftAt: float | None = None

    @property
    def online(self) -> bool:
        """Whether it is here."""
        return self.leftAt is None


class Roster:
    """
    The clients, by key. One without a client id is forgotten when it leaves, for nobody could know it again; one that
    has been away for a week is forgotten as well.
    """

    def __init__(self, clock: _Clock) -> None:
        """@param clock: whose C{seconds()} are those since 1970."""
        self._clock = clock
        self._seen: dict[str, Seen] = {}
        self._here: dict[object, Seen] = {}
        self._away: dict[str, Seen] = {}  # the longest away first

    def entered(self, visit: object, runId: str, login: Login, host: str, *, wireProtocol: str) -> None:
        """
        A client has logged in.

        @param visit: what L{left} will be called with.
        @param host: the address that it came from.
        """
        name = login.client_id or runId
        key = f"{login.user}.{name}" if login.user else name
        self._forget()
        self._away.pop(key, None)
        before, now = self._seen.get(key), self._clock.seconds()
        self._here[visit] = self._seen[key] = Seen(
            key,
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

    def left(self, visit: object) -> None:
        """It is gone. A later visit of the same client is not touched; unknown ones do not count."""
        seen = self._here.pop(visit, None)
        if seen is None or self._seen.get(seen.key) is not seen:
            return
        if seen.clientID:
            seen.runId, seen.leftAt = "", self._clock.seconds()
            self._away[seen.key] = seen
        else:
            del self._seen[seen.key]
        self._forget()

    def _forget(self) -> None:
        before = self._clock.seconds() - KEPT
        while self._away:
            key, seen = next(iter(self._away.items()))
            if seen.leftAt is None or seen.leftAt >= before:
                return
            del self._away[key], self._seen[key]

    def seen(self) -> list[Seen]:
        """All of them, by user, name and key."""
        self._forget()
        return sorted(self._seen.values(), key=lambda one: (one.user, one.clientID or one.runId, one.key))

    def find(self, key: str) -> Seen | None:
        """@param key: see L{Seen.key}."""
        self._forget()
        return self._seen.get(key)

    def online(self) -> int:
        """How many are here."""
        return sum(one.online for one in self._seen.values())
