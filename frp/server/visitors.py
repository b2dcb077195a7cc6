"""The proxies that take visitors, and who may come."""

from __future__ import annotations

from collections.abc import Collection

import attrs
from twisted.internet.interfaces import IProtocolFactory, IReactorTime
from twisted.internet.protocol import Protocol

from frp.errors import AuthError, Refused, Unavailable
from frp.interfaces import IStream
from frp.joining.coded import CodedStream
from frp.joining.treatment import Treatment
from frp.logs import Log
from frp.server.serving import StreamSource
from frp.server.translation import Translating
from frp.session.greeting import Heard
from frp.values import frozen
from frp.wire.dialect import Dialect
from frp.wire.keys import privilegeKey, sameKey
from frp.wire.messages import NewVisitorConn, NewVisitorConnResp

__all__ = ["MAX_WAITING", "Welcome", "admit"]

#: How many users of one client may wait for a work stream before visitors are sent away. Those of a port hold a socket
#: each; visitors of one session would cost their sender nothing.
MAX_WAITING = 1024


@frozen(eq=False)
class Welcome:
    """
    One proxy that takes visitors: those of C{users} who know its key, answered by C{factory}.

    @ivar datagrams: the dialect in which the proxy's client has datagrams; None where visitors bring something else.
    """

    name: str
    secretKey: bytes = attrs.field(repr=False)
    users: Collection[str]
    factory: IProtocolFactory
    datagrams: Dialect | None
    workStreams: StreamSource
    clock: IReactorTime
    log: Log

    def receive(self, message: NewVisitorConn, heard: Heard, *, halfClose: bool) -> None:
        """
        Let a visitor in. The answer is written before anything that the proxy may say.

        @param heard: the visitor's connection; it is ours.
        @param halfClose: whether the visitor's client passes on the end of one direction of a stream.
        """
        stream = heard.stream
        stream.widen()
        stream.resets = halfClose
        heard.answer(NewVisitorConnResp(proxy_name=message.proxy_name))
        protocol = self.factory.buildProtocol(stream.getPeer())
        if protocol is None:
            stream.abortConnection()
            return
        if self.datagrams is not None:
            protocol = Translating(protocol, heard.dialect, self.datagrams, self.clock, self.log)
        treatment = Treatment.keyed(
            self.secretKey, message.use_encryption, message.use_compression, halfClose=halfClose
        )
        if treatment != Treatment():
            CodedStream(stream, treatment, clock=self.clock, log=self.log).begin(protocol)
            return
        # As with a port, what answers finds a connection that flows, and may pause it.
        early = _Early()
        early.transport = stream
        stream.protocol = early
        stream.resumeProducing()
        if not stream.closed:
            stream.protocol = protocol
            protocol.makeConnection(stream)


class _Early(Protocol):
    """
    Stands on a visitor's stream while it starts to flow. A visitor has nothing to say before it has our answer, and one
    that does is dropped.
    """

    transport: IStream

    def dataReceived(self, data: bytes) -> None:
        self.transport.abortConnection()


def admit(welcome: object, message: NewVisitorConn, user: str) -> Welcome:
    """
    @param welcome: who takes the visitors of the proxy, as the registry says.
    @param user: whose visitor it is; it is not trusted.
    @raise frp.errors.FRPError: it may not come; with the reference's text, and in its order.
    """
    name = message.proxy_name
    if not isinstance(welcome, Welcome):
        raise Unavailable(f"custom listener for [{name}] doesn't exist")
    if not sameKey(privilegeKey(welcome.secretKey, message.timestamp), message.sign_key):
        raise AuthError(f"visitor connection of [{name}] auth failed")
    if user not in welcome.users and "*" not in welcome.users:
        raise Refused(f"visitor connection of [{name}] user [{user}] not allowed")
    if welcome.workStreams.waiting >= MAX_WAITING:
        raise Unavailable(
            f"visitor connection of [{name}]: too many are waiting",
            f"visitor connection of [{name}]: {MAX_WAITING} users wait for its client to bring work connections",
        )
    return welcome
