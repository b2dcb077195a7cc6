"""
A laboratory of NATs, in memory and in virtual time.

A visitor behind one NAT, a client behind another, frps where everybody reaches it::

    network = Network()
    lab = NATLab(network.reactor)
    ann = lab.host(lab.nat(CONE))
    bob = lab.host(lab.nat(SEQUENTIAL))
    network.server()
    network.client(host=bob, natHoleStunServer=lab.stun, proxies=[...])
    network.client(host=ann, natHoleStunServer=lab.stun, visitors=[...])
    network.advance(5)

TCP is left alone: whatever dials reaches what listens, from any host. Datagrams go from host to host, through every NAT
between.
"""

from __future__ import annotations

from frp.testing.natlab.firewall import Firewall
from frp.testing.natlab.host import Host, HostPort, Packet
from frp.testing.natlab.kinds import (
    BUSY,
    BY_HOST,
    CONE,
    FULL_CONE,
    KINDS,
    POOL,
    PORT_CONE,
    RANDOM,
    SEQUENTIAL,
    By,
    NATKind,
    Ports,
)
from frp.testing.natlab.lab import NATLab
from frp.testing.natlab.nat import NAT
from frp.testing.natlab.stunserver import StunServer

__all__ = [
    "BUSY",
    "BY_HOST",
    "CONE",
    "FULL_CONE",
    "KINDS",
    "NAT",
    "POOL",
    "PORT_CONE",
    "RANDOM",
    "SEQUENTIAL",
    "By",
    "Firewall",
    "Host",
    "HostPort",
    "NATKind",
    "NATLab",
    "Packet",
    "Ports",
    "StunServer",
]
