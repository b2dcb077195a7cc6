"""What a NAT means for holes, in plain words: what it does, which partners can be reached, and what would help."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from frp.nathole.classification import NATFeature
from frp.nathole.filtering import Lets

__all__ = ["Chance", "chance", "explained"]

_PUBLIC = "no NAT"
_EASY = "EasyNAT"
_REGULAR = "HardNAT, ports close together"
_HARD = "HardNAT, any other"
_KINDS = (_PUBLIC, _EASY, _REGULAR, _HARD)


class Chance(Enum):
    """Whether two meet by the ways that frps tells them to try, in words for people."""

    YES = "yes"
    LUCK = "yes, in the first or second attempt: many ports are tried"
    SOME = "only if one of the two shows all ports of a partner the same port"
    NO = "no"


#: Ours, and for each of the partner's. These are measured: the tests of every pair of the laboratory's NATs hold them.
_CHANCES = {
    _PUBLIC: (Chance.YES, Chance.YES, Chance.YES, Chance.YES),
    _EASY: (Chance.YES, Chance.YES, Chance.YES, Chance.LUCK),
    _REGULAR: (Chance.YES, Chance.YES, Chance.SOME, Chance.SOME),
    _HARD: (Chance.YES, Chance.LUCK, Chance.SOME, Chance.NO),
}

_WHAT = {
    _PUBLIC: "This machine has a public address. Nothing stands between it and others but firewalls.",
    _EASY: "Everybody sees this machine under the same address and port.",
    _REGULAR: "Everybody is shown another port, and the ports lie close together: the next one can be guessed.",
    _HARD: "Everybody is shown another address or port, and nobody can tell the next one.",
}

_LETS = {
    Lets.EVERYBODY: "It lets in whoever knows the address (a full cone).",
    Lets.HOSTS: "It lets in hosts that this machine has spoken to (a restricted cone).",
    Lets.PORTS: "It lets in only who was spoken to, port by port; or the STUN server did not answer from elsewhere.",
    None: "Whom it lets in is not known: this STUN server has no second address to try it with.",
}

_NOTHING = "Nothing, if firewalls let UDP in and out."
_ROUTER = 'Let the router keep ports for all destinations ("full cone", "endpoint-independent" or "static port" NAT).'
_EXPOSED = "Or make this machine the one that the router sends everything to (exposed host, DMZ)."
_PROVIDER = "If the provider shares one address among customers, ask for a public one, or for IPv6: that has no NAT."
_RELAY = "Without that, set fallbackTo: where no hole can be punched, a stcp visitor does it through frps."

_HELP = {
    _PUBLIC: (_NOTHING,),
    _EASY: (_NOTHING,),
    _REGULAR: (_ROUTER, _EXPOSED, _PROVIDER, _RELAY),
    _HARD: (_ROUTER, _EXPOSED, _PROVIDER, _RELAY),
}


def chance(feature: NATFeature, partner: NATFeature) -> Chance:
    """@return: whether these two get a hole."""
    return _CHANCES[_kindOf(feature)][_KINDS.index(_kindOf(partner))]


def explained(feature: NATFeature, lets: Lets | None) -> Iterator[str]:
    """@return: lines of text."""
    kind = _kindOf(feature)
    yield _WHAT[kind]
    if kind != _PUBLIC:
        yield _LETS[lets]
    yield ""
    yield "A hole (xtcp) to a partner with"
    for partner, expected in zip(_KINDS, _CHANCES[kind], strict=True):
        yield f"  {partner:<{max(map(len, _KINDS))}}  {expected.value}"
    yield ""
    yield "What to change:"
    yield from (f"  {advice}" for advice in _HELP[kind])


def _kindOf(feature: NATFeature) -> str:
    if feature.publicNetwork:
        return _PUBLIC
    if not feature.hard:
        return _EASY
    return _REGULAR if feature.regularPortsChange else _HARD
