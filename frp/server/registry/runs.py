"""Which runs of clients are online: a later login takes the place of an earlier one, wherever that was."""

from __future__ import annotations

from functools import partial
from itertools import count

from twisted.internet.defer import Deferred, succeed
from zope.interface import implementer

from frp.interfaces import Entry, IDirectory, IRun, IRuns, Tenure
from frp.values import frozen

__all__ = ["Runs"]


@frozen(eq=False)
class _Here:
    run: IRun
    number: str


@implementer(IRuns)
class Runs:
    """Those of this node, whose claims stand in the directory."""

    def __init__(self, directory: IDirectory) -> None:
        self._directory = directory
        self._runs: dict[str, _Here] = {}
        self._numbers = count(1)

    def __len__(self) -> int:
        return len(self._runs)

    def tenure(self, runId: str) -> Deferred[Tenure]:
        return self._directory.epoch().addCallback(partial(Tenure, runId))

    def take(self, runId: str, run: IRun) -> Deferred[bool]:
        return Deferred.fromCoroutine(self._take(runId, run))

    async def _take(self, runId: str, run: IRun) -> bool:
        before = self._runs.get(runId)
        here = self._runs[runId] = _Here(run, str(next(self._numbers)))
        entry = Entry(("run", runId), here.number, run.told, tenure=run.tenure)
        try:
            other = await self._directory.claim(entry, lambda _: self._lost(runId, here))
        except BaseException:
            self._drop(runId, here)
            raise
        if other is not None:
            self._drop(runId, here)
        elif before is not None:
            await before.run.replaced()
        return self._runs.get(runId) is here

    def _lost(self, runId: str, here: _Here) -> None:
        """The client has logged in again. Where that was on this node it is told by who waits for it."""
        if self._runs.get(runId) is here:
            here.run.replaced()

    def _drop(self, runId: str, here: _Here) -> None:
        if self._runs.get(runId) is here:
            del self._runs[runId]

    def release(self, runId: str, run: IRun) -> Deferred[None]:
        here = self._runs.get(runId)
        if here is None or here.run is not run:
            return succeed(None)
        del self._runs[runId]
        return self._directory.release(("run", runId), here.number)
