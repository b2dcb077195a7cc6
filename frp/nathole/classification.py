"""What two STUN servers, or two addresses of one, saw of a client, and what that says of the NAT before it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import attrs

from frp.errors import RemoteWireError
from frp.values import frozen
from frp.wire.address import parted

__all__ = ["EASY", "HARD", "NATFeature", "classified", "hostsOf"]

#: The types, in the reference's words: whether everybody sees the client under one address.
EASY = "EasyNAT"
HARD = "HardNAT"

#: By whether the host and the port that were seen differ.
_BEHAVIORS = {
    (False, False): "BehaviorNoChange",
    (True, False): "BehaviorIPChanged",
    (False, True): "BehaviorPortChanged",
    (True, True): "BehaviorBothChanged",
}

#: Ports that lie so close together were dealt out in turn, and the next one can be guessed.
_REGULAR = range(1, 6)


@frozen
class NATFeature:
    """
    A NAT, as far as it matters for a hole. Two are equal if they are of one kind.

    @ivar behavior: what differed of the addresses, as the reference calls it.
    @ivar portsDifference: between the lowest and the highest port; 0 unless only the port differed.
    @ivar publicNetwork: whether the client has one of the addresses itself, and there is no NAT.
    """

    behavior: str
    portsDifference: int = attrs.field(default=0, eq=False)
    regularPortsChange: bool = False
    publicNetwork: bool = False

    @property
    def hard(self) -> bool:
        """Whether the address depends on who looks."""
        return self.behavior != _BEHAVIORS[False, False]

    @property
    def natType(self) -> str:
        return HARD if self.hard else EASY


def classified(mapped: Sequence[str], local: Collection[str]) -> NATFeature:
    """
    @param mapped: hosts with ports, at least two, as the servers saw them.
    @param local: hosts that the client has.
    @raise RemoteWireError: these are too few, or no addresses.
    """
    if len(mapped) < 2:
        raise RemoteWireError("not enough addresses")
    hosts, ports = zip(*map(_split, mapped), strict=True)
    only = len(set(hosts)) == 1 and len(set(ports)) > 1
    difference = max(ports) - min(ports) if only else 0
    return NATFeature(
        behavior=_BEHAVIORS[len(set(hosts)) > 1, len(set(ports)) > 1],
        portsDifference=difference,
        regularPortsChange=difference in _REGULAR,
        publicNetwork=not set(hosts).isdisjoint(local),
    )


def hostsOf(addresses: Iterable[str]) -> list[str]:
    """@raise RemoteWireError: one of them has no host and port."""
    return [_split(address)[0] for address in addresses]


def _split(address: str) -> tuple[str, int]:
    try:
        return parted(address)
    except ValueError as error:
        raise RemoteWireError(str(error)) from None
