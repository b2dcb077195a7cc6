"""
How two clients go about a hole: the ways that there are, in the order in which they are tried for two kinds of NAT.

The tables are the reference's. Servers and clients of both programs meet in them, and the number of a way is what a
log shows.
"""

from __future__ import annotations

from collections.abc import Iterator

from frp.nathole.classification import NATFeature
from frp.values import frozen

__all__ = ["MODES", "RECEIVER", "SENDER", "Behaviour", "choices", "swapped"]

#: The roles: who probes last, and waits for an answer; and who has probed before, so that his NAT lets that in, and
#: answers.
SENDER = "sender"
RECEIVER = "receiver"


@frozen
class Behaviour:
    """
    What one of the two does.

    @ivar ttl: how many hops its probes live: enough to pass its own NAT, too few to reach the other's, which might take
        offence; 0 for the system's.
    @ivar delay: milliseconds before its first probe.
    @ivar near: how far from the other's last known port ports are probed.
    @ivar random: how many ports of the other are probed at random.
    @ivar listens: how many more ports of its own it probes from.
    """

    role: str
    ttl: int = 0
    delay: int = 0
    near: int = 0
    random: int = 0
    listens: int = 0


Way = tuple[Behaviour, Behaviour]


def _sends(delay: int = 0, near: int = 0, random: int = 0) -> Behaviour:
    return Behaviour(SENDER, delay=delay, near=near, random=random)


def _receives(ttl: int = 0, near: int = 0, listens: int = 0) -> Behaviour:
    return Behaviour(RECEIVER, ttl, near=near, listens=listens)


#: The times to live, the likeliest first.
_HOPS = (7, 4, 0)

MODES: tuple[tuple[Way, ...], ...] = (
    # Both ports stay as they are, whoever is spoken to.
    (
        *(way for ttl in _HOPS for way in ((_sends(), _receives(ttl)), (_receives(ttl), _sends()))),
        *((_sends(delay), _receives()) for delay in (5000, 10000)),
        *((_receives(), _sends(delay)) for delay in (5000, 10000)),
    ),
    # One changes a little: that one sends, and is probed around where it was seen last.
    tuple((_sends(delay), _receives(ttl, 10)) for ttl in _HOPS for delay in (0, 2000)),
    # One changes at random: that one opens many ports, and the other finds one of them by luck.
    tuple((_sends(3000, random=1000), _receives(ttl, listens=256)) for ttl in _HOPS),
    # Both change a little.
    (
        *((_sends(near=10), _receives(ttl, 10)) for ttl in _HOPS),
        *((_receives(ttl, 10), _sends(near=10)) for ttl in _HOPS),
    ),
    # One changes a little, and sends; the other at random.
    tuple((_sends(3000, random=1000), _receives(ttl, 2, 256)) for ttl in _HOPS),
)
"""By the mode. Of each way the first half is the proxy's client's, unless the two are L{swapped}."""


def choices(client: NATFeature, visitor: NATFeature) -> Iterator[tuple[int, int, int]]:
    """
    @return: modes, indices and scores to begin with; the first of those with the highest score is tried first.
    """
    hard = [feature for feature in (client, visitor) if feature.hard]
    regular = sum(feature.regularPortsChange for feature in hard)
    if len(hard) < 2:
        modes: tuple[int, ...] = (0,) if not hard else (1, 2, 0) if regular else (2, 1, 0)
        score = 0
    else:
        # Where neither is regular it is a mere attempt.
        modes, score = (0, 1, 3) if not regular else (4,) if regular == 1 else (3, 4), int(not regular)
    for mode in modes:
        for index, (first, _) in enumerate(MODES[mode]):
            yield mode, index, _easier(first, client, visitor) if mode == 0 and len(hard) < 2 else score


def _easier(first: Behaviour, client: NATFeature, visitor: NATFeature) -> int:
    """Whoever has no NAT had better receive."""
    sends = first.role == SENDER
    if client.publicNetwork:
        return int(not sends)
    return int(sends) if visitor.publicNetwork else 0


def swapped(mode: int, client: NATFeature) -> bool:
    """Whether the first half of a way is the visitor's, for what the proxy's client is like."""
    match mode:
        case 1:
            return not client.hard
        case 2:
            return client.hard
        case 4:
            return not client.regularPortsChange
    return False
