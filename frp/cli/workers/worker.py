"""A worker: frps, with the ports of all workers, and a parent that says when it ends."""

from __future__ import annotations

import os
import pickle
import socket
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, cast

import attrs
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from frp import logs
from frp.cli import pages
from frp.cli.run import briefOf, detailOf
from frp.cli.serverprogram import ServerProgram
from frp.cli.workers.commands import Ask, Drain, Drains, Failed, Happened, Introduced, Ping, Ready, Reload, Stop
from frp.cli.workers.exchange import ThroughParent
from frp.cli.workers.introductions import Introductions
from frp.config.load import Loaded
from frp.directories.parent.directory import ParentDirectory
from frp.server.cluster.node import Beside
from frp.server.cluster.worker import countOf, mirrored, nameOf
from frp.server.service import FRPServer
from frp.server.shared import Shared
from frp.server.whole.relay import Relay
from frp.sockets.sharing import SharingReactor

if TYPE_CHECKING:
    from frp.cli.workers.assignment import Assignment
    from frp.config.server import ServerConfig
    from frp.interfaces import IReactor
    from frp.kinds import Registry
    from frp.web.serving import Serving

__all__ = ["WorkerLine", "WorkerProgram"]


class WorkerLine(ParentDirectory):
    """
    A worker's end of the connection with its parent. What comes is for the program, which is served by the
    time the reactor runs.
    """

    program: WorkerProgram

    @Ping.responder
    def _ping(self) -> Mapping[str, object]:
        return {}

    @Stop.responder
    def _stop(self) -> Mapping[str, object]:
        self.program.leave()
        return {}

    @Drain.responder
    def _drain(self, seconds: float) -> Mapping[str, object]:
        self.program.drain(seconds)
        return {}

    @Introduced.responder
    def _introduced(self, node: str, name: str, session: int, passage: int) -> Mapping[str, object]:
        ends = socket.socket(fileno=session), socket.socket(fileno=passage)
        return {"name": self.program.introductions.introduced(node, name, ends)}

    @Ask.responder
    def _asked(self, number: int, question: bytes) -> Deferred[Mapping[str, object]]:
        return Deferred.fromCoroutine(self.program.answer(question))

    @Happened.responder
    def _happened(self, number: int, what: bytes) -> Mapping[str, object]:
        self.program.hear(number, what)
        return {}

    @Reload.responder
    def _reload(self, config: bytes) -> Deferred[Mapping[str, object]]:
        return self.program.become(pickle.loads(config)).addCallback(lambda _: {})

    def connectionLost(self, reason: Failure | None = None) -> None:
        super().connectionLost(reason)
        self.program.orphaned()


class _Server(FRPServer):
    """Whoever lets the clients of one worker go means those of all, and frps has started when all workers have."""

    line: WorkerLine
    sharing: SharingReactor

    async def sayStarted(self) -> None:
        """The parent hears it, and answers when users may come."""
        # From now on a port that nobody else has is that of another worker.
        self.sharing.alone = False
        await self.line.callRemote(Ready)

    def drain(self, within: float) -> None:
        """The parent has all do it, this one as well."""
        self.line.callRemote(Drains, seconds=float(within))

    def leave(self, within: float) -> None:
        """Let the clients of this worker go."""
        super().drain(within)


class WorkerProgram(ServerProgram):
    """
    frps, as a worker.

    @ivar leave: ends this process in good order.
    @ivar introductions: how it and other workers come to have connections.
    """

    def __init__(
        self,
        reactor: IReactor,
        assignment: Assignment,
        kinds: Registry,
        line: WorkerLine,
        leave: Callable[[], object],
        die: Callable[[int], object] = os._exit,
    ) -> None:
        """@param die: ends this process at once."""
        config = assignment.configuration()
        self._serves: _Server | None = None
        self._number = assignment.number
        logTo = partial(logs.start, who=nameOf(assignment.number))
        super().__init__(config, "", self._made, self._page, lambda: Loaded(self._next), lambda _: 1, logTo)
        self.leave = leave
        self._sharing = SharingReactor(reactor, alone=assignment.alone)
        self._kinds = kinds
        self._line = line
        self.introductions = Introductions(line, self._sharing)
        self._die = die
        self._next = config
        self._stopped = False

    def _made(self, config: ServerConfig) -> FRPServer:
        reactor = cast("IReactor", self._sharing)
        fellows = ThroughParent(self._line, self._number, countOf(config))
        shared = attrs.evolve(Shared.over(self._line, reactor, config), fellows=fellows)
        server = self._serves = _Server(reactor, config, self._kinds, shared, Beside(mirrored, self.introductions))
        server.line, server.sharing = self._line, self._sharing
        return server

    def _page(self, server: FRPServer) -> Serving | None:
        """The first worker's shows and orders what is at all of them."""
        if self._number == 1:
            return pages.dashboard(server)
        if server.config.webServer.port > 0:
            server.moderate()
            server.listen(Relay(server.whole.tell))
        return None

    async def answer(self, question: bytes) -> Mapping[str, object]:
        """@return: what L{Ask} answers."""
        if self._serves is None:
            return {"there": False, "answer": b""}
        return {"there": True, "answer": await self._serves.whole.answer(question)}

    def hear(self, number: int, what: bytes) -> None:
        """Another worker of this number has told something."""
        if self._serves is not None:
            self._serves.whole.hear(number, what)

    def introduce(self) -> None:
        """The parent has said it."""

    def fail(self, failure: Failure) -> None:
        """The parent says why, once for all."""
        telling = self._line.callRemote(Failed, brief=briefOf(failure), detail=detailOf(failure))
        telling.addBoth(lambda _: self.ended.callback(1))

    def become(self, config: ServerConfig) -> Deferred[None]:
        """Take what can be taken of another configuration."""
        self._next = config
        return Deferred.fromCoroutine(self.reload())

    def drain(self, seconds: float) -> None:
        """Let all clients go, then end."""
        if self._serves is not None:
            self._serves.leave(seconds)

    def stopService(self) -> Deferred[list[tuple[bool, None]]]:
        return super().stopService().addCallback(self._over)

    def _over(self, result: list[tuple[bool, None]]) -> list[tuple[bool, None]]:
        self._stopped = True
        return result

    def orphaned(self) -> None:
        """The parent is gone, and with it all that was agreed; another one may want the ports at once."""
        if not self._stopped:
            self.log.error("this worker ends at once: its parent is gone")
            self._die(1)
