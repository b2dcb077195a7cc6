"""Making a TUN device, and all that can keep it from being made."""

from __future__ import annotations

import fcntl
import os
import platform
import struct
import sys

from frp.errors import Unavailable, reasonOf
from frp.virtualnet import rtnetlink
from frp.virtualnet.rtnetlink import Interface

__all__ = ["MTU", "openTUN"]

#: Bytes of the longest packet on the device; the reference's number, and its peers take no more.
MTU = 1420

_PATH = "/dev/net/tun"
_TUNSETIFF = 0x400454CA
_IFF_TUN, _IFF_NO_PI = 0x1, 0x1000
_REQUEST = struct.Struct("16sH22x")

_MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "i686": "386", "armv7l": "arm"}
_ABSENT = (
    f"no TUN device: there is no {_PATH}. Load the kernel's module (modprobe tun), or give the device to the container"
    f" (docker run --device {_PATH} --cap-add NET_ADMIN)"
)
_FORBIDDEN = (
    "no TUN device: frpc lacks the capability CAP_NET_ADMIN. Run it as root, or give it the capability"
    " (AmbientCapabilities=CAP_NET_ADMIN in a unit of systemd, docker run --cap-add NET_ADMIN)"
)


def openTUN(interface: Interface) -> tuple[int, str]:
    """
    Make a device with this address, whose network it leads to.

    @return: its descriptor, which does not block, and the name of the interface. Closing the first is the end of both.
    @raise Unavailable: it cannot be had; the text says what to do.
    """
    if sys.platform != "linux":
        machine = platform.machine()
        system = f"{sys.platform.rstrip('0123456789')}/{_MACHINES.get(machine, machine)}"
        raise Unavailable(f"virtual net is not supported on this platform ({system})")
    try:
        return _opened(interface)
    except FileNotFoundError as error:
        raise Unavailable(_ABSENT) from error
    except PermissionError as error:
        raise Unavailable(_FORBIDDEN) from error
    except OSError as error:
        raise Unavailable(f"no TUN device: {reasonOf(error)}") from error


def _opened(interface: Interface) -> tuple[int, str]:
    """@raise OSError: the system says no."""
    other = rtnetlink.holder(interface)
    if other:
        raise Unavailable(
            f"virtualNet.address: {interface.ip} is an address of this machine already, that of {other}: another frpc"
            " may run here; each one needs an address of its own"
        )
    descriptor = os.open(_PATH, os.O_RDWR | os.O_NONBLOCK)
    try:
        name = _named(descriptor)
        rtnetlink.configure(name, interface, MTU)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor, name


def _named(descriptor: int) -> str:
    """@return: the name that the kernel has chosen: the first that is free."""
    request = _REQUEST.pack(b"utun%d", _IFF_TUN | _IFF_NO_PI)
    name, _ = _REQUEST.unpack(fcntl.ioctl(descriptor, _TUNSETIFF, request))
    return str(name.rstrip(b"\0").decode())
