"""Machines of our own: network namespaces of Linux, each of which has a cable to the first."""

from __future__ import annotations

import ctypes
import itertools
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable
from typing import TypeVar
from unittest import SkipTest

__all__ = ["Machines"]

T = TypeVar("T")

_CLONE_NEWNET = 0x40000000
_PLACE = "/run/netns"
_numbers = itertools.count()


class Machines:
    """
    A star of namespaces. The middle is 10.77.N.1 to the Nth of the others, which is 10.77.N.2.
    Their names are those of this star alone.
    """

    def __init__(self, cleanup: Callable[..., object], *others: str) -> None:
        """
        @param cleanup: is told what to call in the end, such as a test's C{addCleanup}.
        @param others: what stands around C{middle}.
        @raise SkipTest: there can be no namespaces.
        """
        found = shutil.which("ip")
        if found is None or os.geteuid() != 0:
            raise SkipTest("network namespaces need root, and the program ip")
        self._ip = found
        self._mark = f"frp{os.getpid()}-{next(_numbers)}"
        self._others = others
        self._add(cleanup, "middle")
        for number, name in enumerate(others, 1):
            self._add(cleanup, name)
            here, there = f"c{number}", "c0"
            self.ip(
                "link",
                "add",
                here,
                "netns",
                self._name("middle"),
                "type",
                "veth",
                "peer",
                there,
                "netns",
                self._name(name),
            )
            for machine, cable, last in (("middle", here, 1), (name, there, 2)):
                self.ip("-n", self._name(machine), "addr", "add", f"10.77.{number}.{last}/24", "dev", cable)
                self.ip("-n", self._name(machine), "link", "set", "dev", cable, "up")

    def route(self) -> None:
        """Let those around the middle reach each other by it, also by IPv6: there the Nth is 2001:db8:N::2."""
        middle = self._name("middle")
        for key in ("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"):
            self.ip("netns", "exec", middle, "sysctl", "-qw", f"{key}=1")
        for number, name in enumerate(self._others, 1):
            for machine, cable, last in ((middle, f"c{number}", 1), (self._name(name), "c0", 2)):
                self.ip("-n", machine, "addr", "add", f"2001:db8:{number}::{last}/64", "dev", cable, "nodad")
            for first in (f"10.77.{number}.1", f"2001:db8:{number}::1"):
                self.ip("-n", self._name(name), "route", "add", "default", "via", first)

    def _name(self, machine: str) -> str:
        return f"{self._mark}-{machine}"

    def _add(self, cleanup: Callable[..., object], machine: str) -> None:
        name = self._name(machine)
        try:
            self.ip("netns", "add", name)
        except subprocess.CalledProcessError as error:
            raise SkipTest(f"no network namespaces: {error.stderr}") from None
        cleanup(self.ip, "netns", "delete", name)
        self.ip("-n", name, "link", "set", "dev", "lo", "up")

    def ip(self, *words: str) -> str:
        """@return: what the program ip says."""
        done = subprocess.run([self._ip, *words], check=True, capture_output=True, text=True, timeout=20)
        return done.stdout

    def shown(self, machine: str, *words: str) -> str:
        """@return: the same about a machine, with single spaces."""
        return " ".join(self.ip("-n", self._name(machine), *words).split())

    def within(self, machine: str) -> list[str]:
        """@return: what stands before a command that runs on a machine."""
        return [self._ip, "netns", "exec", self._name(machine)]

    def do(self, machine: str, act: Callable[[], T]) -> T:
        """Call this in a thread that is on the machine: a socket that it makes is there, too."""
        results: list[T] = []
        faults: list[BaseException] = []

        def work() -> None:
            try:
                self._enter(machine)
                results.append(act())
            except BaseException as error:
                faults.append(error)

        worker = threading.Thread(target=work)
        worker.start()
        worker.join()
        if faults:
            raise faults[0]
        return results[0]

    def _enter(self, machine: str) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        descriptor = os.open(f"{_PLACE}/{self._name(machine)}", os.O_RDONLY)
        try:
            if libc.setns(descriptor, _CLONE_NEWNET) != 0:
                code = ctypes.get_errno()
                raise OSError(code, os.strerror(code))
        finally:
            os.close(descriptor)

    def socket(
        self, machine: str, family: int = socket.AF_INET, type: int = socket.SOCK_STREAM, protocol: int = 0
    ) -> socket.socket:
        """@return: a socket that is on the machine."""
        return self.do(machine, lambda: socket.socket(family, type, protocol))
