"""Why the system does not give a port away, in words that help: who has it, and which key asked for it."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import suppress

from twisted.internet.error import CannotListenError

from frp.errors import PortTaken

__all__ = ["bindFault", "holderOf", "portTaken"]

_LISTENS = {"tcp": "0A", "udp": "07"}  # the state of a socket that waits for others


def bindFault(error: CannotListenError) -> str:
    """@return: why the system does not give a port away, in the reference's words: C{address already in use}."""
    return (getattr(error.socketError, "strerror", None) or str(error.socketError)).lower()


def portTaken(brief: str, keys: str, error: CannotListenError, network: str = "tcp", proc: str = "/proc") -> PortTaken:
    """
    @param brief: the reference's text.
    @param keys: those of the configuration that ask for the port.
    @param network: C{"tcp"} or C{"udp"}.
    @return: what is to be raised. To know more than the text it looks at every process once, so it is for ports of the
        program itself, which end the start.
    """
    why, number = "", getattr(error.socketError, "errno", None)
    if number == errno.EADDRINUSE:
        why = f"{holderOf(network, int(error.port), proc) or 'another program'} listens there "
    elif number == errno.EACCES:
        why = "ports below 1024 are for root, and for who has the capability CAP_NET_BIND_SERVICE "
    elif number == errno.EADDRNOTAVAIL:
        why = "this machine has no such address "
    return PortTaken(brief, f"{brief}: {why}({keys})")


def holderOf(network: str, port: int, proc: str = "/proc") -> str:
    """
    @return: who listens on a port of this machine, as far as Linux tells: C{"nginx (process 812)"}, C{"a program of
        root"} where its sockets are not for us to see; empty where nothing is known.
    """
    sockets = dict(_listening(network, port, proc))
    if not sockets:
        return ""
    for process in filter(str.isdigit, os.listdir(proc)):
        with suppress(OSError):
            if _links(f"{proc}/{process}/fd") & {f"socket:[{inode}]" for inode in sockets}:
                if int(process) == os.getpid():
                    return "this very program"
                with open(f"{proc}/{process}/comm", encoding="utf-8", errors="backslashreplace") as name:
                    return f"{name.read().strip()} (process {process})"
    return f"a program of {_userOf(next(iter(sockets.values())))}"


def _listening(network: str, port: int, proc: str) -> Iterator[tuple[str, int]]:
    """@return: the inode of each socket that listens on a port, and the number of its user."""
    for family in ("", "6"):
        with suppress(OSError), open(f"{proc}/net/{network}{family}", encoding="ascii") as table:
            for row in list(table)[1:]:
                fields = row.split()
                if int(fields[1].rpartition(":")[2], 16) == port and fields[3] == _LISTENS[network]:
                    yield fields[9], int(fields[7])


def _links(folder: str) -> set[str]:
    """@raise OSError: the folder is not for us to see."""
    found = set()
    for entry in os.scandir(folder):
        with suppress(OSError):
            found.add(os.readlink(entry.path))
    return found


def _userOf(number: int) -> str:
    import pwd  # seldom needed

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"
