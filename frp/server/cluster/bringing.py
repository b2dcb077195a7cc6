"""Connections of clients that come to another node than the client: a load balancer may lead each where it likes."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from zope.interface import implementer

from frp.errors import NoWorkStream
from frp.interfaces import Entry, IStream, IWatcher
from frp.joining.splice import splice
from frp.joining.treatment import Treatment
from frp.logs import Log
from frp.server.cluster.remote import Streams
from frp.session.greeting import Heard
from frp.wire.messages import Login, NewWorkConn, toJSON

__all__ = ["Bringing"]


@implementer(IWatcher)
class Bringing:
    """Knows which clients are at other nodes, and brings them what comes for them here."""

    def __init__(self, streams: Streams, clock: IReactorTime, log: Log) -> None:
        self._streams = streams
        self._clock = clock
        self._log = log
        self._runs: dict[str, Entry] = {}

    def held(self, entry: Entry) -> None:
        self._runs[entry.key[1]] = entry

    def gone(self, entry: Entry) -> None:
        self._runs.pop(entry.key[1], None)

    def login(self, runId: str) -> Login | None:
        """@return: of a client that is anywhere, as much as matters to its visitors; None where it is nowhere."""
        entry = self._runs.get(runId)
        if entry is None:
            return None
        return Login(user=str(entry.value.get("user", "")), half_close=bool(entry.value.get("halfClose")))

    def bring(self, message: NewWorkConn, heard: Heard) -> Deferred[None]:
        """
        Pass a work connection on to the node of its client, which answers it, be it with a refusal.

        @return: fails with L{NoWorkStream}.
        """
        entry = self._runs.get(message.run_id)
        if entry is None:
            raise NoWorkStream(f"no client control found for run id [{message.run_id}]")
        ask = {"bring": toJSON(message).decode(), "dialect": heard.dialect.name}
        return self._streams(entry.node, ask).addCallback(self._brought, heard.stream)

    def _brought(self, stream: IStream, carrier: IStream) -> None:
        carrier.widen()
        splice(carrier, stream, Treatment(), clock=self._clock, log=self._log)
