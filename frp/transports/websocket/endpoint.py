"""frpc's side: what dials, and asks for the upgrade."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IReactorTime, IStreamClientEndpoint
from zope.interface import implementer

from frp.interfaces import IStream
from frp.session.carrier import answer, carrierOf
from frp.sockets.websocket import startWebSocket
from frp.transports.asking import ask, inTime
from frp.wire.websocket.asking import UpgradeHandshake

__all__ = ["WebSocketEndpoint"]


@implementer(IStreamClientEndpoint)
class WebSocketEndpoint:
    """An endpoint whose connections are WebSockets; it fires when frps has said yes to the upgrade."""

    def __init__(
        self, endpoint: IStreamClientEndpoint, host: str, where: str, clock: IReactorTime, timeout: float, hint: str
    ) -> None:
        """
        @param host: what the request calls the server.
        @param where: its address, for the errors.
        @param timeout: seconds for the answer.
        @param hint: what to look at where there is none.
        @raise LocalWireError: the host cannot stand in a request.
        """
        UpgradeHandshake(host)
        self._endpoint = endpoint
        self._host = host
        self._whom = f"websocket with {where}"
        self._clock = clock
        self._timeout = timeout
        self._hint = hint

    def connect(self, factory: IProtocolFactory) -> Deferred[IProtocol]:
        def agreed(outcome: tuple[IStream, bytes]) -> IProtocol:
            carrier, rest = outcome
            return answer(factory, startWebSocket(carrier, self._clock, client=True, rest=rest))

        return carrierOf(self._endpoint).addCallback(self._ask).addCallback(agreed)

    def _ask(self, carrier: IStream) -> Deferred[tuple[IStream, bytes]]:
        asked = ask(carrier, UpgradeHandshake(self._host), self._whom, self._hint)
        return inTime(asked, self._timeout, self._clock, self._whom, self._hint)
