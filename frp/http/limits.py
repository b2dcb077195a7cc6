"""
How long, and how much, a user of HTTP/1 may take.
"""

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

#: Seconds in which a user who reads must take what the system and we hold for it, some hundred KiB.
SLOW_TIMEOUT = 300

#: What is thrown away, in seconds and bytes, of a user who still sends while we close: a reset would take the response
#: with it.
LINGER_TIMEOUT = 2
LINGER_BYTES = 256 * 1024
