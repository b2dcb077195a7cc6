"""With which of its servers a client is in a session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from twisted.internet.interfaces import IReactorTime

from frp.client.remote import Remote
from frp.config.client import ClientConfig

__all__ = ["All", "Policy", "policyOf"]


class Policy(Protocol):
    """Begins, and ends, the lives with servers."""

    def start(self) -> None:
        """The client starts: nothing is begun."""

    def changed(self) -> None:
        """
        A session has begun or ended, an attempt has failed, or a proxy has entered a phase. Whoever says so is in the
        middle of it.
        """

    def stop(self) -> None:
        """The client stops, and ends all that was begun."""


class All:
    """A session with every server, none of which knows of the others."""

    def __init__(self, remotes: Sequence[Remote]) -> None:
        self._remotes = remotes

    def start(self) -> None:
        for remote in self._remotes:
            remote.begin()

    def changed(self) -> None:
        """Each life goes on by itself."""

    def stop(self) -> None:
        """There is nothing to put away."""


def policyOf(
    config: ClientConfig, remotes: Sequence[Remote], clock: IReactorTime, leave: Callable[[Remote], object]
) -> Policy:
    """
    @param remotes: the best first.
    @param leave: ends the life with a server, and lets those finish whom it serves.
    """
    if len(remotes) == 1 or config.serverMode == "all":
        return All(remotes)
    from frp.client.failover import Failover  # few have a second server

    return Failover(remotes, clock, config.failbackInterval, leave)
