"""
A network of our own, where the machine's would distort what is measured.

BBR paces what it sends after its own estimate of the path; on loopback, where nothing is lost and the round trip is the
scheduler's, that estimate swings, and bulk figures with it. The congestion control of a network namespace is set for
everything in it, so both programs run unchanged.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
from pathlib import Path

__all__ = ["congestionControl", "isolate", "isolated", "unpace"]

_own = False

_SETTING = Path("/proc/sys/net/ipv4/tcp_congestion_control")

_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_SIOCGIFFLAGS = 0x8913
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 1

# Reno is always allowed in a namespace, cubic only where the machine lists it in tcp_allowed_congestion_control.
# Neither paces, and neither meets a loss on loopback: there is nothing between them here.
_UNPACED = ("cubic", "reno")


def isolated() -> bool:
    """Whether this process is in a network namespace of its own."""
    return _own


def congestionControl() -> str:
    """The congestion control that new TCP connections of this process get."""
    return _SETTING.read_text().strip()


def unpace() -> None:
    """Let new TCP connections of the namespace that this thread is in send as they like, where that can be had."""
    for name in _UNPACED:
        try:
            _SETTING.write_text(name)
            break
        except OSError:
            continue


def isolate(when: str) -> str:
    """
    Move this process into a network namespace of its own, if that is called for.

    Must run before any socket, thread or child exists: they would stay in the old network.

    @param when: C{always}, C{never}, or C{auto}: where the default congestion control is bbr.
    @return: one sentence that says what the table was measured in.
    """
    before = congestionControl()
    if when == "never" or (when == "auto" and before != "bbr"):
        return f"the machine's own loopback, TCP congestion control {before}"
    global _own
    try:
        _unshare()
        _raiseLoopback()
        _own = True
    except OSError as error:
        why = f"no namespace of its own: {error.strerror}"
        return f"the machine's own loopback, TCP congestion control {before} ({why})"
    unpace()
    after = congestionControl()
    if after == "bbr":
        return "a network namespace of its own, where TCP congestion control could not be changed: still bbr"
    return f"a network namespace of its own, TCP congestion control {after} (the machine's is {before})"


def _unshare() -> None:
    """Enter a new network namespace; who is not root becomes root of a user namespace first, if he may."""
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.getuid(), os.getgid()
    flags = _CLONE_NEWNET if user == 0 else _CLONE_NEWNET | _CLONE_NEWUSER
    if libc.unshare(flags) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    if user != 0:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")


def _raiseLoopback() -> None:
    """A new namespace has a loopback interface that is down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_:
        request = struct.pack("16sh14x", b"lo", 0)
        _, flags = struct.unpack("16sh14x", fcntl.ioctl(any_, _SIOCGIFFLAGS, request))
        fcntl.ioctl(any_, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))
