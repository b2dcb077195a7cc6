"""Which runs of clients are online."""

from __future__ import annotations

from twisted.internet.defer import Deferred, succeed
from zope.interface import implementer

from frp.interfaces import IRun, IRuns

__all__ = ["Runs"]


@implementer(IRuns)
class Runs:
    """In memory."""

    def __init__(self) -> None:
        self._runs: dict[str, IRun] = {}

    def __len__(self) -> int:
        return len(self._runs)

    def take(self, runId: str, run: IRun) -> Deferred[bool]:
        before = self._runs.get(runId)
        self._runs[runId] = run
        gone = succeed(None) if before is None else before.replaced()
        return gone.addCallback(lambda _: self._runs.get(runId) is run)

    def release(self, runId: str, run: IRun) -> Deferred[None]:
        if self._runs.get(runId) is run:
            del self._runs[runId]
        return succeed(None)
