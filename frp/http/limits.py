"""How long, and how much, a user of HTTP/1 may take."""

from __future__ import annotations

__all__ = [
    "HEAD_TIMEOUT",
    "IDLE_TIMEOUT",
    "LINGER_BYTES",
    "LINGER_TIMEOUT",
    "SLOW_TIMEOUT",
    "STALL_TIMEOUT",
]

#: Seconds for a whole head from its first byte, and for the first byte of a connection.
HEAD_TIMEOUT = 60

#: Seconds between two requests. The reference waits forever.
IDLE_TIMEOUT = 180

#: Seconds without a byte of a body that is due.
STALL_TIMEOUT = 60

#: Seconds in which a user who reads must take what the system and we hold for it, some hundred KiB; and in which a
#: service must take a piece of a request.
SLOW_TIMEOUT = 300

#: Seconds in which a user who still sends while we close may read the response, which a reset would take with it; and
#: bytes of it that are thrown away meanwhile.
LINGER_TIMEOUT = 2
LINGER_BYTES = 256 * 1024
