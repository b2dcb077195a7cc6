"""What a NAT means for holes, in plain words: what it does, which partners can be reached, and what would help."""

from __future__ import annotations

from collections.abc import Iterator

from frp.nathole.classification import NATFeature
from frp.nathole.filtering import Lets

__all__ = ["chances", "explained"]

_PUBLIC = "no NAT"
_EASY = "EasyNAT"
_REGULAR = "HardNAT, ports close together"
_HARD = "HardNAT, any other"
_KINDS = (_PUBLIC, _EASY, _REGULAR, _HARD)

_YES = "yes"
_GUESSED = "likely: the next port is guessed"
_LUCK = "likely, within half a minute: many ports are tried"
_SELDOM = "seldom"
_NO = "hardly ever"

#: By the ways that frps tells two clients to try (L{frp.nathole.classification} knows the kinds): ours, and for each of
#: the partner's.
_CHANCES = {
    _PUBLIC: (_YES, _YES, _YES, _YES),
    _EASY: (_YES, _YES, _GUESSED, _LUCK),
    _REGULAR: (_YES, _GUESSED, _GUESSED, _SELDOM),
    _HARD: (_YES, _LUCK, _SELDOM, _NO),
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


def chances(feature: NATFeature) -> dict[str, str]:
    """@return: for each kind of partner, whether a hole can be had."""
    return dict(zip(_KINDS, _CHANCES[_kindOf(feature)], strict=True))


def explained(feature: NATFeature, lets: Lets | None) -> Iterator[str]:
    """@return: lines of text."""
    kind = _kindOf(feature)
    yield _WHAT[kind]
    if kind != _PUBLIC:
        yield _LETS[lets]
    yield ""
    yield "A hole (xtcp) to a partner with"
    for partner, chance in chances(feature).items():
        yield f"  {partner:<{max(map(len, _KINDS))}}  {chance}"
    yield ""
    yield "What to change:"
    yield from (f"  {advice}" for advice in _HELP[kind])


def _kindOf(feature: NATFeature) -> str:
    if feature.publicNetwork:
        return _PUBLIC
    if not feature.hard:
        return _EASY
    return _REGULAR if feature.regularPortsChange else _HARD
