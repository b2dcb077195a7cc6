"""What NATs differ in, in the words of RFC 4787, and those that a test wants by name."""

from __future__ import annotations

from enum import Enum

from frp.values import frozen

__all__ = [
    "BUSY",
    "BY_HOST",
    "CONE",
    "FULL_CONE",
    "KINDS",
    "POOL",
    "PORT_CONE",
    "RANDOM",
    "SEQUENTIAL",
    "By",
    "NATKind",
    "Ports",
]


class By(Enum):
    """What of the other side something depends on."""

    NOTHING = 0
    HOST = 1
    PORT = 2

    def of(self, other: tuple[str, int]) -> tuple[str | int, ...]:
        """@return: that part of an address: of the host, and of the port of a host."""
        return other[: self.value]


class Ports(Enum):
    """Which port a host gets: its own, if nobody else has it; the next one; or any."""

    KEPT = 0
    NEXT = 1
    ANY = 2


@frozen
class NATKind:
    """
    One kind of NAT.

    @ivar mapping: whether a host's port is seen as the same one by everybody, by all ports of one host, or by one port.
    @ivar filtering: who is let in: everybody, or whose host, or whose port, was sent something before.
    @ivar step: where ports are dealt out in turn, how many the others behind the NAT take in between, and one.
    @ivar hairpin: whether those behind it reach each other by the addresses that it gave them.
    @ivar hosts: how many addresses it deals out; each mapping gets the next.
    @ivar timeout: seconds until what was not used outwards is forgotten.
    """

    mapping: By = By.NOTHING
    filtering: By = By.PORT
    ports: Ports = Ports.KEPT
    step: int = 1
    hairpin: bool = False
    hosts: int = 1
    timeout: float = 120.0


#: Most routers at home are one of these three, from open to strict.
FULL_CONE = NATKind(filtering=By.NOTHING)
CONE = NATKind(filtering=By.HOST)
PORT_CONE = NATKind(filtering=By.PORT)

#: "Symmetric": everybody is told another port, which is the next one, a later one because many share the NAT, or any;
#: at last from another host, too.
SEQUENTIAL = NATKind(By.PORT, By.PORT, Ports.NEXT)
BUSY = NATKind(By.PORT, By.PORT, Ports.NEXT, step=40)
RANDOM = NATKind(By.PORT, By.PORT, Ports.ANY)
POOL = NATKind(By.PORT, By.PORT, Ports.ANY, hosts=4)

#: In between: all ports of one host are shown the same port, and every other host the next one.
BY_HOST = NATKind(By.HOST, By.PORT, Ports.NEXT)

KINDS = {
    "full cone": FULL_CONE,
    "cone": CONE,
    "port cone": PORT_CONE,
    "by host": BY_HOST,
    "sequential": SEQUENTIAL,
    "busy": BUSY,
    "random": RANDOM,
    "pool": POOL,
}
"""All of them, for tests of every pair."""
