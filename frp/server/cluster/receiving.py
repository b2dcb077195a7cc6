"""Users whom another process has accepted, and passed on to this one, where their client is."""

from __future__ import annotations

from collections.abc import Callable

from frp.errors import Refused, RemoteWireError
from frp.interfaces import IReceivingGateway, IStream
from frp.server.clients import Clients
from frp.server.cluster.answering import proxyOf
from frp.wire.address import hostPort
from frp.wire.nodes import LONGEST_ASK, PieceReader, readAsk

__all__ = ["Receiving"]


class Receiving:
    """Serves those whom L{Elsewhere<frp.server.cluster.elsewhere.Elsewhere>} passes on, or drops them."""

    def __init__(self, clients: Callable[[], Clients]) -> None:
        """@param clients: who is online, once the server has started."""
        self._clients = clients

    def came(self, user: IStream, said: bytes) -> None:
        """
        @param user: paused.
        @param said: for whom it is, and what it has said.
        """
        clients = self._clients()
        try:
            reader = PieceReader("an ask", LONGEST_ASK)
            ask = readAsk(reader.receive(said) or b"")
            if "gateway" in ask:
                gateway = clients.serving.gateways.get(str(ask["gateway"]))
                if not IReceivingGateway.providedBy(gateway):
                    raise Refused(f"the {ask['gateway']} gateway takes no users that have come to others")
                gateway.receive(user, reader.rest)
                return
            _, site = proxyOf(clients, ask)
            site.join(user, reader.rest)
        except (Refused, RemoteWireError) as error:
            clients.serving.log.warn(
                "the user [{peer}], whom another process has passed on, is not served: {reason}",
                peer=hostPort(user.getPeer()),
                reason=error.oneLine,
            )
            user.abortConnection()
