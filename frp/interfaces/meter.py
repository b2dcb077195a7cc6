"""What one proxy has carried."""

from __future__ import annotations

import attrs

__all__ = ["Meter"]


@attrs.define
class Meter:
    """
    Counts the connections and bytes of one proxy. The bytes of a connection are counted when it closes, as in the
    reference; so a long download shows at its end.

    @ivar current: connections that are open now; @ivar total: all that there were, these included.
    @ivar bytesIn: from users to the service; @ivar bytesOut: from the service to users.
    @ivar dropped: datagrams that could not be passed on.
    """

    current: int = 0
    total: int = 0
    bytesIn: int = 0
    bytesOut: int = 0
    dropped: int = 0

    def opened(self) -> None:
        """A user was joined with a work stream."""
        self.current += 1
        self.total += 1

    def closed(self, bytesIn: int, bytesOut: int) -> None:
        """One that was L{opened} ended, and had carried this much."""
        self.current -= 1
        self.carried(bytesIn, bytesOut)

    def carried(self, bytesIn: int, bytesOut: int) -> None:
        """So much went by without a connection: datagrams."""
        self.bytesIn += bytesIn
        self.bytesOut += bytesOut
