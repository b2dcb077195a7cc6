"""
What a network interface is told through rtnetlink(7): its address, its MTU, a route; and who has which address.

An ioctl would do for IPv4, but cannot replace a route, as the reference does.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from ipaddress import IPv4Interface, IPv6Interface
from struct import Struct

__all__ = ["configure", "holder"]

Interface = IPv4Interface | IPv6Interface

_HEADER = Struct("=IHHII")  # length, type, flags, sequence number, port
_ATTRIBUTE = Struct("=HH")  # length, type
_LINK = Struct("=BxHiII")  # family, type, index, flags, which flags change
_ADDRESS = Struct("=BBBBI")  # family, prefix length, flags, scope, index
_ROUTE = Struct("=8BI")  # family, two prefix lengths, TOS, table, protocol, scope, type, flags
_INT = Struct("=i")
_NUMBER = Struct("=I")

_ERROR, _DONE = 2, 3
_NEW_LINK, _NEW_ADDRESS, _GET_ADDRESS, _NEW_ROUTE = 16, 20, 22, 24
_REQUEST, _ACKNOWLEDGE, _DUMP = 0x1, 0x4, 0x300
_CREATE, _REPLACE, _EXCLUSIVE = 0x400, 0x100, 0x200

_IFF_UP = 1
_IFLA_MTU = 4
_IFA_ADDRESS, _IFA_LOCAL, _IFA_BROADCAST = 1, 2, 4
_RTA_DESTINATION, _RTA_INTERFACE = 1, 4
_MAIN_TABLE, _BOOT, _EVERYWHERE, _UNICAST = 254, 3, 0, 1


def configure(name: str, interface: Interface, mtu: int) -> None:
    """
    Give an interface an address, raise it, and lead the network of the address to it, in place of where that led
    before.

    @raise OSError: the kernel says no.
    """
    index = socket.if_nametoindex(name)
    with _kernel() as kernel:
        for message in messages(index, interface, mtu):
            _ask(kernel, message)


def holder(interface: Interface) -> str:
    """@return: the name of the interface of this machine that has the address; empty where none has."""
    wanted = interface.ip.packed
    with _kernel() as kernel:
        asking = _message(_GET_ADDRESS, _REQUEST | _DUMP, _ADDRESS.pack(_family(interface), 0, 0, 0, 0))
        for body in _ask(kernel, asking):
            index: int = _ADDRESS.unpack_from(body)[4]
            told = dict(_attributes(body[_ADDRESS.size :]))
            if told.get(_IFA_LOCAL, told.get(_IFA_ADDRESS)) == wanted:
                return socket.if_indextoname(index)
    return ""


def messages(index: int, interface: Interface, mtu: int) -> tuple[bytes, bytes, bytes]:
    """@return: what L{configure} says about the interface with this number."""
    network, family = interface.network, _family(interface)
    address, length = interface.ip.packed, network.prefixlen
    attributes = _attribute(_IFA_LOCAL, address) + _attribute(_IFA_ADDRESS, address)
    if interface.version == 4 and length < 31:
        attributes += _attribute(_IFA_BROADCAST, network.broadcast_address.packed)
    new = _REQUEST | _ACKNOWLEDGE | _CREATE
    to = _attribute(_RTA_DESTINATION, network.network_address.packed) + _attribute(_RTA_INTERFACE, _NUMBER.pack(index))
    return (
        _message(_NEW_ADDRESS, new | _EXCLUSIVE, _ADDRESS.pack(family, length, 0, _EVERYWHERE, index), attributes),
        _message(
            _NEW_LINK,
            _REQUEST | _ACKNOWLEDGE,
            _LINK.pack(socket.AF_UNSPEC, 0, index, _IFF_UP, _IFF_UP),
            _attribute(_IFLA_MTU, _NUMBER.pack(mtu)),
        ),
        _message(
            _NEW_ROUTE,
            new | _REPLACE,
            _ROUTE.pack(family, length, 0, 0, _MAIN_TABLE, _BOOT, _EVERYWHERE, _UNICAST, 0),
            to,
        ),
    )


def _family(interface: Interface) -> int:
    return socket.AF_INET if interface.version == 4 else socket.AF_INET6


def _message(kind: int, flags: int, head: bytes, attributes: bytes = b"") -> bytes:
    return _HEADER.pack(_HEADER.size + len(head) + len(attributes), kind, flags, 1, 0) + head + attributes


def _attribute(kind: int, value: bytes) -> bytes:
    return _ATTRIBUTE.pack(_ATTRIBUTE.size + len(value), kind) + value + bytes(-len(value) % 4)


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, at)
        yield kind, data[at + _ATTRIBUTE.size : at + length]
        at += length + -length % 4


def _kernel() -> socket.socket:
    return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE)


def _ask(kernel: socket.socket, message: bytes) -> list[bytes]:
    """
    @return: the bodies of what it answers, which it does at once.
    @raise OSError: it says no.
    """
    kernel.send(message)
    answers: list[bytes] = []
    while True:
        for kind, body in _messages(kernel.recv(1 << 16)):
            if kind == _DONE:
                return answers
            if kind == _ERROR:
                (code,) = _INT.unpack_from(body)
                if code:
                    raise OSError(-code, os.strerror(-code))
                return answers
            answers.append(body)


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        length, kind, *_ = _HEADER.unpack_from(data, at)
        yield kind, data[at + _HEADER.size : at + length]
        at += length + -length % 4
