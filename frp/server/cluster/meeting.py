"""Two nodes meet: TLS, and then each proves that it knows the secret, in a few seconds or not at all."""

from __future__ import annotations

import attrs
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure

from frp.errors import FRPError, RemoteWireError, TunnelLost
from frp.interfaces import IStream, ITLSSide
from frp.server.cluster.rendezvous import Met
from frp.session.deadline import Later
from frp.session.lost import howLost
from frp.sockets.tls import TLSLayer, startTLS
from frp.values import frozen
from frp.wire.nodes import LABEL, MATERIAL, Hello, HelloReader, Proofs

__all__ = ["PATIENCE", "AnotherNode", "Identity", "meet"]

#: Seconds for all of it.
PATIENCE = 5.0

#: Earlier versions may give one who stands in the middle the same keying material for both sides.
_VERSION = "TLSv1.3"


@frozen
class Identity:
    """Who a node is, and what proves it."""

    node: str
    name: str
    secret: bytes = attrs.field(repr=False)


class AnotherNode(RemoteWireError):
    """
    Where one node was looked for there is another one: somebody was told a wrong address.

    @ivar name: what people call the one at the other end.
    """

    def __init__(self, detail: str, name: str) -> None:
        super().__init__("another node", detail)
        self.name = name


def meet(carrier: IStream, side: ITLSSide, clock: IReactorTime, mine: Identity, dialled: str = "") -> Deferred[Met]:
    """
    Find out who is at the other end of a connection.

    @param side: our side of TLS.
    @param dialled: the node that we have dialled; empty where we have not dialled.
    @return: fails with an L{FRPError}, and the connection is closed then. Cancel it to give up.
    """
    meeting = _Meeting(carrier, clock, mine, dialled)
    layer = startTLS(carrier, side, clock, meeting, timeout=PATIENCE)
    layer.ready.addErrback(meeting.notSecured)
    return meeting.met


class _Meeting(Protocol):
    """What each side says, and believes."""

    transport: TLSLayer

    def __init__(self, carrier: IStream, clock: IReactorTime, mine: Identity, dialled: str) -> None:
        self.met: Deferred[Met] = Deferred(lambda _: carrier.abortConnection())
        self._mine = mine
        self._dialled = dialled
        self._reader = HelloReader()
        self._clock = clock
        self._began = clock.seconds()
        self._deadline = Later(clock)

    def notSecured(self, failure: Failure) -> None:
        failure.trap(FRPError, CancelledError)
        self._fail(failure)

    def connectionMade(self) -> None:
        layer, mine = self.transport, self._mine
        if layer.version != _VERSION:
            self._refuse(RemoteWireError(f"it speaks {layer.version}, and nodes speak {_VERSION}"))
            return
        self._deadline.set(max(0, self._began + PATIENCE - self._clock.seconds()), self._tooSlow)
        self._proofs = Proofs(mine.secret, layer.keyingMaterial(LABEL, MATERIAL))
        if self._dialled:
            self._say(self._dialled)

    def _say(self, to: str) -> None:
        hello = Hello(self._mine.node, self._mine.name, to)
        self.transport.write(self._proofs.say(hello, dials=bool(self._dialled)))

    def dataReceived(self, data: bytes) -> None:
        if self.met.called:
            return
        try:
            said = self._reader.receive(data)
            if said is None:
                return
            hello = self._proofs.believe(said, dials=not self._dialled)
            self._judge(hello)
        except AnotherNode as error:
            self._part(hello, error)
            return
        except FRPError as error:
            self._refuse(error)
            return
        self._deadline.stop()
        if not self._dialled:
            self._say(hello.node)
        self.met.callback(Met(hello, self.transport, self._reader.rest))

    def _judge(self, hello: Hello) -> None:
        """
        @raise RemoteWireError: it is a node, but not one that should be at the other end.
        """
        node = self._mine.node
        if self._dialled and hello.node != self._dialled:
            raise AnotherNode(f"another node than the one that was dialled answers: {hello.name}", hello.name)
        if hello.to != node:
            raise AnotherNode(f"node {hello.name} looks for another one here", hello.name)
        if not self._dialled and hello.node >= node:
            raise RemoteWireError("it dials", f"node {hello.name} has dialled, and should wait until it is dialled")

    def _part(self, hello: Hello, error: AnotherNode) -> None:
        """Who looks for somebody else is told who is here: the mistake is made by whom it looks for."""
        if self._dialled:
            self._refuse(error)
            return
        self._say(hello.node)
        self._fail(Failure(error))
        self.transport.loseConnection()

    def connectionLost(self, reason: Failure | None = None) -> None:
        if reason is not None and isinstance(reason.value, FRPError):
            self._fail(reason)
            return
        hint = "; its log says why: do both nodes have the same secret, and the same version?" if self._dialled else ""
        text = f"the connection ended before the other side said who it is: {howLost(reason)}{hint}"
        self._fail(Failure(TunnelLost("the connection was closed", text)))

    def _tooSlow(self) -> None:
        self._refuse(RemoteWireError("read timeout", f"it did not say who it is within {PATIENCE:g} s"))

    def _refuse(self, error: FRPError) -> None:
        self._fail(Failure(error))
        self.transport.abortConnection()

    def _fail(self, failure: Failure) -> None:
        self._deadline.stop()
        if not self.met.called:
            self.met.errback(failure)
