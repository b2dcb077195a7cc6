"""
A bad way between frps and frpc, in user space: it delays all packets, and drops some, by a seed.

It is a network device of the bench's own namespace. What is sent to the address beyond it comes back out of it as if
that had sent it to us: both addresses change places, which leaves every checksum right. So a server that listens here
is reached there, by whatever protocol.

C{python -m benchmarks.lossylink NAME DELAY LOSS [SEED]} is such a device until it is killed. DELAY is in milliseconds,
one way; LOSS a share of one.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import random
import select
import struct
import sys
import time
from collections import deque
from pathlib import Path

from benchmarks.link import missingLink, run
from benchmarks.processes import Program

__all__ = ["LossyLink", "lossy", "missingLossyLink"]

#: Milliseconds one way, and the share that is lost, in the table.
_DELAY, _LOSS = 25, 0.01

_DEVICE = "/dev/net/tun"
_TUNSETIFF = 0x400454CA
_IFF_TUN = 0x0001
_IFF_NO_PI = 0x1000

#: Bytes of a packet, as on Ethernet.
_MTU = 1500

#: Addresses for documentation, of which two are taken for each device: ours, and the one beyond.
_NET = "192.0.2."
_numbers = itertools.count()

#: How many packets wait for a program that reads slowly.
_QUEUE = 10_000


def missingLossyLink() -> str:
    """Why there can be no such way; empty if there can."""
    return missingLink() or ("" if os.access(_DEVICE, os.R_OK | os.W_OK) else f"there is no {_DEVICE}")


def lossy(folder: Path, environment: dict[str, str]) -> tuple[Program, str]:
    """
    Start one as a child.

    @return: once it carries packets, it and the address beyond it, where all ports of this machine are.
    @raise RuntimeError: it does not.
    """
    number = next(_numbers)
    name, here, beyond = f"lossy{number}", f"{_NET}{2 * number}", f"{_NET}{2 * number + 1}"
    command = [sys.executable, "-m", "benchmarks.lossylink", name, str(_DELAY), str(_LOSS)]
    program = Program(command, folder / "lossylink.log", environment)
    try:
        program.waitFor(lambda said: name in said, "the lossy way")
        run(f"ip address add {here} peer {beyond} dev {name}")
        run(f"ip link set {name} mtu {_MTU} txqueuelen {_QUEUE} up")
    except BaseException:
        program.stop()
        raise
    return program, beyond


class LossyLink:
    """
    @ivar dropped: how many packets were lost here so far; @ivar passed: and how many were not.
    """

    def __init__(self, device: int, delay: float, loss: float, seed: int = 1) -> None:
        """
        @param device: the number of an open file from which packets are read, and to which they are written.
        @param delay: seconds, one way.
        @param loss: the share that is dropped, of both ways.
        """
        self.dropped = self.passed = 0
        self._chance = random.Random(seed)
        self._device = device
        self._delay = delay
        self._loss = loss
        # All take as long: the first that comes is the first that leaves.
        self._under: deque[tuple[float, bytes]] = deque()

    def run(self) -> None:
        """Never ends."""
        poller = select.epoll()
        poller.register(self._device, select.EPOLLIN)
        under = self._under
        while True:
            if poller.poll(max(0.0, under[0][0] - time.monotonic()) if under else -1):
                self._read()
            now = time.monotonic()
            while under and under[0][0] <= now:
                os.write(self._device, under.popleft()[1])

    def _read(self) -> None:
        leaves = time.monotonic() + self._delay
        for _ in range(256):
            try:
                packet = os.read(self._device, _MTU)
            except BlockingIOError:
                return
            # The kernel itself speaks IPv6 to whatever is new.
            if packet[0] >> 4 != 4:
                continue
            if self._chance.random() < self._loss:
                self.dropped += 1
                continue
            self.passed += 1
            self._under.append((leaves, packet[:12] + packet[16:20] + packet[12:16] + packet[20:]))


def _opened(name: str) -> int:
    """@return: the number of a file that is the device's other side."""
    device = os.open(_DEVICE, os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _IFF_TUN | _IFF_NO_PI))
    return device


if __name__ == "__main__":
    _name, _delay, _loss, *_seed = sys.argv[1:]
    _link = LossyLink(_opened(_name), float(_delay) / 1000, float(_loss), int(_seed[0]) if _seed else 1)
    print(_name, flush=True)
    _link.run()
