"""What a reader of messages makes of bytes."""

from __future__ import annotations

from frp.errors import RemoteWireError
from frp.wire.dialect import MessageReader
from frp.wire.messages import Message

__all__ = ["pull"]


def pull(reader: MessageReader, parts: list[bytes]) -> list[Message | str]:
    """All messages that the parts hold, then the error that ended them, if one did."""
    events: list[Message | str] = []
    for part in parts:
        reader.receive(part)
        try:
            while (message := reader.nextMessage()) is not None:
                events.append(message)
        except RemoteWireError as error:
            return [*events, error.brief]
    return events
