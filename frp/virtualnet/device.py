"""A TUN device of Linux: what the system sends into a network comes out of it, and what is written comes in."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import cast

from twisted.internet.interfaces import IReactorFDSet, IReadDescriptor
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.interfaces import IReactor
from frp.session.datagrams import Losses, sendingProblem
from frp.virtualnet.opening import MTU

__all__ = ["Device"]

#: Packets that are read in one turn of the reactor.
BURST = 64


@implementer(IReadDescriptor)
class Device:
    """
    A device that is open. It is read while somebody wants packets; what the system sends meanwhile waits in the kernel,
    whose queue is short, and holds up the programs that send.

    @ivar name: of the interface.
    """

    def __init__(
        self,
        reactor: IReactor,
        descriptor: int,
        name: str,
        losses: Losses,
        received: Callable[[list[bytes]], object],
        lost: Callable[[str], object],
    ) -> None:
        """
        @param descriptor: does not block.
        @param received: gets the packets of one turn; of those that are longer than L{MTU} only the beginning.
        @param lost: called with the reason when the system has taken the device away.
        """
        self.name = name
        self._reactor = cast(IReactorFDSet, reactor)
        self._descriptor = descriptor
        self._losses = losses
        self._received = received
        self._lost = lost

    def fileno(self) -> int:
        return self._descriptor

    def logPrefix(self) -> str:
        return self.name

    def want(self, *, packets: bool) -> None:
        """Read from now on, or do not."""
        if self._descriptor < 0:
            return
        if packets:
            self._reactor.addReader(self)
        else:
            self._reactor.removeReader(self)

    def doRead(self) -> BaseException | None:  # type: ignore[override] # Twisted's annotation is not what reactors take
        """@return: why there is no device any more."""
        read, descriptor = os.read, self._descriptor
        packets: list[bytes] = []
        why = None
        try:
            while len(packets) < BURST:
                packets.append(read(descriptor, MTU + 1))
        except BlockingIOError:
            pass
        except OSError as error:
            why = error
        if packets:
            self._received(packets)
        return why

    def write(self, packets: Iterable[bytes]) -> None:
        """Hand packets to the system. Those that it does not take are dropped, and counted."""
        write, descriptor = os.write, self._descriptor
        for packet in packets:
            try:
                write(descriptor, packet)
            except OSError as error:
                self._losses.count(sendingProblem(error))

    def connectionLost(self, reason: Failure) -> None:
        """The reactor says that it cannot be read any more."""
        self.close()
        self._lost(reason.getErrorMessage())

    def close(self) -> None:
        """Give it back. Address and routes go with it."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            self._reactor.removeReader(self)
            os.close(descriptor)
