"""How nodes come to have connections with each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from twisted.internet.defer import Deferred

from frp.interfaces import IStream
from frp.sockets.certificates import TLSFields
from frp.sockets.passing import Passage
from frp.values import frozen
from frp.wire.nodes import Hello

__all__ = ["Met", "Rendezvous"]


@frozen(eq=False)
class Met:
    """
    Another node, of which it is certain that it is one.

    @ivar hello: who it is.
    @ivar stream: the connection with it. It belongs to whoever gets this, and has to be given a protocol at once.
    @ivar rest: what came on it already.
    @ivar passage: takes users there; None where it is on another machine.
    """

    hello: Hello
    stream: IStream
    rest: bytes = b""
    passage: Passage | None = None


class Rendezvous(Protocol):
    """One node's way to the others, from L{open} to L{close}."""

    def open(self, node: str, name: str, met: Callable[[Met], object]) -> str:
        """
        Let others come from now on.

        @param node: what this one is called in this life.
        @param name: what people call it.
        @param met: gets those who have come.
        @return: where others L{dial} this node.
        @raise FRPError: they cannot come; nothing is open then.
        """

    def dial(self, node: str, address: str) -> Deferred[Met]:
        """
        @param node: what the other one is called.
        @param address: what its L{open} has returned.
        @return: fails with an L{FRPError}, or with Twisted's errors. Cancel it to give up.
        """

    def renewal(self, tls: TLSFields) -> Callable[[], None] | None:
        """
        Read the certificates again by which nodes know each other.

        @param tls: the files.
        @return: lets all who meet from now on have them; None where there is nothing to read.
        @raise FRPError: a file cannot be read or used.
        """

    def close(self) -> Deferred[object]:
        """@return: fires when nobody can come any more. Connections that are there live on."""
