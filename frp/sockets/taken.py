"""Why the system does not give a place away, in words that help: who has it, and which key asked for it."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress

from twisted.internet.error import CannotListenError

from frp.config.commandline import FRPC, FRPS, SERVER, UI
from frp.config.flags import BadFlag, Flag, readFlags
from frp.errors import PortTaken, reasonOf

__all__ = ["WORKER", "Unopened", "bindFault", "holderOf", "placeIn", "portTaken"]

Unopened = CannotListenError | OSError
"""What is raised where a socket cannot be opened: by Twisted, and by what comes before, such as the lock of a path."""

#: The programs of frp, also of the reference, and how their command lines are read.
_FLAGS = {"frps": (*FRPS, *SERVER), "frpc": (*FRPC, UI)}

#: The module by which workers of frps are started.
WORKER = "frp.cli.workers"

_LISTENS = {"tcp": "0A", "udp": "07"}  # the state of a socket that waits for others


def bindFault(error: Unopened) -> str:
    """@return: why the system does not give a place away, in the reference's words: C{address already in use}."""
    if isinstance(error, OSError):
        return reasonOf(error)
    return (getattr(error.socketError, "strerror", None) or str(error.socketError)).lower()


def placeIn(error: Unopened) -> tuple[str, int | str]:
    """@return: the host, and the port or the path, that the system does not give away; empty where nobody knows."""
    if isinstance(error, OSError):
        return "", os.fsdecode(error.filename2 or error.filename or "")
    return error.interface or "", error.port if isinstance(error.port, int) else os.fsdecode(error.port)


def portTaken(brief: str, keys: str, error: Unopened, *networks: str, proc: str = "/proc") -> PortTaken:
    """
    @param brief: the reference's text.
    @param keys: those of the configuration that ask for the port; empty where nobody knows.
    @param networks: C{"tcp"}, C{"udp"}, or both where nobody knows which.
    @return: what is to be raised. To know more than the text it looks at every process once, so it is for ports of the
        program itself, which end the start.
    """
    more = " ".join(filter(None, (_why(error, networks, proc), keys and f"({keys})")))
    return PortTaken(brief, f"{brief}: {more}" if more else "")


def _why(error: Unopened, networks: tuple[str, ...], proc: str) -> str:
    number = error.errno if isinstance(error, OSError) else getattr(error.socketError, "errno", None)
    _, place = placeIn(error)
    if isinstance(place, str):
        folder = os.path.dirname(place)
        return f"there is no folder {folder}" if number == errno.ENOENT and not os.path.isdir(folder) else ""
    if number == errno.EADDRINUSE:
        holders = " or ".join(filter(None, (holderOf(network, place, proc) for network in networks)))
        return f"{holders or 'another program'} listens there"
    if number == errno.EACCES:
        return "ports below 1024 are for root, and for who has the capability CAP_NET_BIND_SERVICE"
    return "this machine has no such address" if number == errno.EADDRNOTAVAIL else ""


def holderOf(network: str, port: int, proc: str = "/proc") -> str:
    """
    @return: who listens on a port of this machine, as far as Linux tells: C{"nginx (process 812)"}, C{"frps (process
        7, /etc/frp/frps.toml)"} where it is frp, of whomever, C{"a program of root"} where its sockets are not for us
        to see; empty where nothing is known.
    """
    sockets = dict(_listening(network, port, proc))
    if not sockets:
        return ""
    for process in filter(str.isdigit, os.listdir(proc)):
        with suppress(OSError):
            if _links(f"{proc}/{process}/fd") & {f"socket:[{inode}]" for inode in sockets}:
                if int(process) == os.getpid():
                    return "this very program"
                return _titleOf(process, f"{proc}/{process}")
    return f"a program of {_userOf(next(iter(sockets.values())))}"


def _titleOf(process: str, folder: str) -> str:
    """@raise OSError: its folder is not for us to see."""
    words = _read(f"{folder}/cmdline").split("\0")
    names = [os.path.basename(word) for word in words]
    for n, name in enumerate(names):
        # As a program, as the script of an interpreter, as that which twistd is to run, or as one of its workers.
        if name in _FLAGS and (n < 2 or "twistd" in names[:n] or WORKER in names[:n]):
            named = _configuration(words[n + 1 :], _FLAGS[name])
            place = os.path.normpath(os.path.join(os.readlink(f"{folder}/cwd"), named)) if named else ""
            return f"{name} (process {', '.join(filter(None, (process, place)))})"
    return f"{_read(f'{folder}/comm').strip()} (process {process})"


def _configuration(words: Sequence[str], flags: Sequence[Flag]) -> str:
    """@return: the file, or the folder, that a command line names; empty where it names none."""
    try:
        values, _ = readFlags(words, flags)
    except BadFlag:  # those of a single proxy
        return ""
    return str(values.get("config-dir") or values.get("config") or "")


def _read(path: str) -> str:
    with open(path, encoding="utf-8", errors="backslashreplace") as file:
        return file.read()


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
