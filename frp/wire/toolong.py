"""A message that no reader would take: whose fault it is, and what to do."""

from __future__ import annotations

from frp.errors import LocalWireError
from frp.wire.messages import Message, largestField

__all__ = ["tooLong"]

_ADVICE = {
    "Login": "configure fewer or shorter metadatas",
    "NewProxy": "configure fewer or shorter domains, locations, headers, metadatas or annotations, or split the proxy",
    "NatHoleVisitor": "offer fewer addresses",
    "NatHoleClient": "offer fewer addresses",
    "NatHoleResp": "offer fewer addresses",
}


def tooLong(message: Message, size: int, limit: int, datagrams: str) -> LocalWireError:
    """
    @param size: bytes of its JSON; and C{limit} is how many are allowed.
    @param datagrams: what to do about a datagram that does not fit in this dialect.
    """
    name = type(message).__name__
    field, share = largestField(message)
    advice = datagrams if name == "UDPPacket" else _ADVICE.get(name, f"shorten {field}")
    return LocalWireError(
        f"{name} is too long: {size} bytes, at most {limit} can be sent",
        f"{name} not sent: it takes {size} bytes and the peer would end the connection above {limit}; "
        f"{share} of them are {field}: {advice}",
    )
