"""
The numbers of KCP on the wire.

A datagram holds, little endian, one of::

    sequence of the shard (32 bits), 0x00f1 (16), size (16), segments    data: size counts itself and all segments
    sequence of the shard (32 bits), 0x00f2 (16), parity                 of the sizes and segments of ten such
    segments                                                             plain

and a segment is a header of 24 bytes: conversation (32), command (8), fragment (8), window (16), time stamp (32),
number (32), next number expected (32), length (32); and so many bytes of payload. Bytes 4 and 5 of a datagram tell the
three apart, for no command is 0xf1.
"""

from __future__ import annotations

from struct import Struct

__all__ = [
    "ACK",
    "ASK",
    "CLOCK",
    "CONTROL",
    "DATA_SHARD",
    "FULL",
    "HEAD",
    "HEAD_SIZE",
    "MSS",
    "MTU",
    "PARITY_SHARD",
    "PUSH",
    "SHARD",
    "SHARD_SIZE",
    "TELL",
    "WHOLE",
    "Control",
]

#: Bytes of segments in one datagram, heads included: the reference's.
MTU = 1350

HEAD = Struct("<IBBHIIII")
HEAD_SIZE = 24

#: Bytes of payload in the longest segment.
MSS = MTU - HEAD_SIZE

#: The commands.
PUSH = 81
ACK = 82
ASK = 83  # how wide the window is
TELL = 84

#: Our own, which the reference's peers skip: see L{Control}.
CONTROL = 85

DATA_SHARD = 0xF1
PARITY_SHARD = 0xF2

#: What stands before the segments of a data shard; a parity shard has all but the size.
SHARD = Struct("<IHH")
SHARD_SIZE = 8

#: A data shard that holds one segment of full length, which is what bulk data is made of; and its size.
WHOLE = Struct(f"<IHHIBBHIIII{MSS}s")
FULL = WHOLE.size

#: Time stamps and numbers are counted modulo this.
CLOCK = 1 << 32


class Control:
    """
    What a segment L{CONTROL} says, in its field for the fragment.

    KCP has no word for the end of a conversation. These are ours, each a plain datagram of one segment without payload.
    The reference drops what has an unknown command, and nothing else comes of it.

    C{END}: no more data comes than up to this number. C{ENDED}: that is understood. C{GONE}: there is no such
    conversation here, or no more; its time stamp is one that the receiver has sent of late, or the next one of the
    sender, which proves that it was not guessed.
    """

    END = 0
    ENDED = 1
    GONE = 2
