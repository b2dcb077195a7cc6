"""
Many datagrams with one system call: to one peer, or from one.

Linux takes a train of datagrams of one size, of which only the last may be shorter, as one long datagram, and cuts it
itself (UDP_SEGMENT, since 4.18); and it gives what came in a row from one sender as one (UDP_GRO, since 5.0). That
costs a twentieth of a call for each. Where the system or the way cannot, each goes alone.
"""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from struct import Struct

from frp.sockets.anywhere import DualSocket

__all__ = ["LONGEST", "MOST", "Train", "TrainSocket", "cut", "runs"]

# linux/udp.h
_SOL_UDP = 17
_UDP_SEGMENT = 103
_UDP_GRO = 104

#: How many datagrams a train has at most, and how many bytes.
MOST = 64
LONGEST = 65000

_SIZE = Struct("=H")
_GIVEN = Struct("=i")
_ROOM = socket.CMSG_SPACE(_GIVEN.size)

#: What the system says to a train that it cannot send: it knows none, or the device cannot sum what is cut.
_NEVER = (errno.EIO, errno.ENOPROTOOPT, errno.EOPNOTSUPP)

#: And where it cannot send this one: on the way to this peer, a datagram would have to be cut once more.
_NOT_THERE = (errno.EINVAL, errno.EMSGSIZE)

Train = tuple[bytes, int, tuple[str, int]]
"""Datagrams, one behind the other; the size of each, of which only the last may have less; and who sent them."""


def runs(trains: Iterable[Train]) -> Iterator[tuple[list[bytes | memoryview], tuple[str, int]]]:
    """@return: the datagrams that follow each other from one sender, and who that is. Views are good for ever."""
    for sender, group in groupby(trains, itemgetter(2)):
        datagrams: list[bytes | memoryview] = []
        for train, size, _ in group:
            whole = len(train)
            if size >= whole:
                datagrams.append(train)
            else:
                view = memoryview(train)
                datagrams += [view[at : at + size] for at in range(0, whole, size)]
        yield datagrams, sender


def cut(datagrams: Sequence[bytes]) -> list[list[bytes]]:
    """@return: the same in their order, in trains."""
    trains: list[list[bytes]] = []
    at, end = 0, len(datagrams)
    while at < end:
        size = len(datagrams[at])
        most = min(at + MOST, end, at + max(1, LONGEST // max(1, size)))
        to = at + 1
        while to < most and len(datagrams[to]) == size:
            to += 1
        if to < most and len(datagrams[to]) < size:
            to += 1
        trains.append(list(datagrams[at:to]))
        at = to
    return trains


class TrainSocket:
    """
    A socket for datagrams, in trains where that can be.

    @ivar joined: whether it still sends trains.
    """

    def __init__(self, made: socket.socket) -> None:
        self.joined = sys.platform == "linux"
        self._socket = made
        self._receives = self.joined
        if self._receives:
            try:
                made.setsockopt(_SOL_UDP, _UDP_GRO, 1)
            except OSError:
                self._receives = False

    def receive(self) -> Train:
        """
        @return: what has come in one go.
        @raise BlockingIOError: nothing has.
        @raise OSError: the system's report on something that was sent.
        """
        if not self._receives:
            datagram, sender = self._socket.recvfrom(LONGEST)
            return datagram, max(1, len(datagram)), sender[:2]
        data, said, _, sender = self._socket.recvmsg(LONGEST + 535, _ROOM)
        if isinstance(self._socket, DualSocket):
            sender = self._socket.peer(sender)
        if said and said[0][1] == _UDP_GRO and len(said[0][2]) == _GIVEN.size:
            return data, _GIVEN.unpack(said[0][2])[0], sender[:2]
        return data, max(1, len(data)), sender[:2]

    def send(self, datagrams: Sequence[bytes], address: tuple[str, int] | None) -> None:
        """
        Send what the system takes; the rest is lost, as it may be on any way. So is what is larger than the way
        carries.

        @param address: None where the socket is connected.
        @raise OSError: the system does not send it.
        """
        if len(datagrams) == 1:
            self._single(datagrams[0], address)
            return
        trains = cut(datagrams) if self.joined else [list(datagrams)]
        for train in trains:
            if not self.joined or len(train) == 1:
                self._alone(train, address)
                continue
            try:
                self._together(train, address)
            except OSError as error:
                if error.errno in _NEVER:
                    self.joined = False
                elif error.errno not in _NOT_THERE:
                    raise
                self._alone(train, address)

    def _together(self, train: list[bytes], address: tuple[str, int] | None) -> None:
        said = [(_SOL_UDP, _UDP_SEGMENT, _SIZE.pack(len(train[0])))]
        if address is None:
            self._socket.sendmsg(train, said)
        else:
            self._socket.sendmsg(train, said, 0, address)

    def _alone(self, train: list[bytes], address: tuple[str, int] | None) -> None:
        for datagram in train:
            self._single(datagram, address)

    def _single(self, datagram: bytes, address: tuple[str, int] | None) -> None:
        try:
            if address is None:
                self._socket.send(datagram)
            else:
                self._socket.sendto(datagram, address)
        except OSError as error:
            if error.errno != errno.EMSGSIZE:
                raise
