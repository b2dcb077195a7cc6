"""C{service install}, C{uninstall} and C{status}: frps and frpc under systemd."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext, redirect_stdout
from typing import TYPE_CHECKING, TypeVar

import click

from frp import logs
from frp.cli.command import Command, Group
from frp.cli.folder import filesBelow
from frp.cli.shown import SERVICE
from frp.cli.unit import Unit
from frp.config.describe import writtenFiles
from frp.config.flags import Flag, Values, boolean, folder, text
from frp.errors import FRPError, reasonOf
from frp.values import frozen

if TYPE_CHECKING:
    from frp.config.client import ClientConfig
    from frp.config.server import ServerConfig

__all__ = ["HIDDEN", "service"]

C = TypeVar("C", bound="ClientConfig | ServerConfig")

Load = Callable[[Values], "list[C | None]"]
"""Reads the configurations that flags name. Has None in place of one with which it has said what is wrong."""

_PRINT = Flag("print", "", "", "Print the unit, and change nothing", boolean)
_NAME = Flag("name", "", "", "What the unit is called; the program's name by default", text)
_ROOT = Flag("root", "", "", "Work on the system below this folder, which does not run: an image", folder)

#: Only systemd makes it.
_RUNS = "/run/systemd/system"

#: What a unit hides from its program: homes, and the temporary files of others.
HIDDEN = ("/home/", "/root/", "/run/user/", "/tmp/", "/var/tmp/")

#: Rights as C{chmod} has them: their bits, and what they are for.
_RIGHTS = {"r": (4, "read"), "rx": (5, "read"), "x": (1, "enter")}


def service(program: str, flags: tuple[Flag, ...], load: Load[C], tun: Callable[[C], bool] = lambda _: False) -> Group:
    """
    @param flags: those that every command of the program has.
    @param tun: whether the program makes a network device with such a configuration.
    @return: the command.
    """

    def install(values: Values) -> int:
        logs.hush()
        place = _Place.of(program, values)
        shown = values.get("print", False)
        # A unit that is printed may go into a file.
        with redirect_stdout(sys.stderr) if shown else nullcontext():
            unit, usable = _planned(place, values, load, tun)
        if not (usable or shown):
            return 1
        for line in _doubts(unit):
            click.echo(f"WARNING: {line}", err=True)
        if not shown:
            return _install(unit, place)
        click.echo(unit.text, nl=False)
        return 0 if usable else 1

    def about(_values: Values) -> int:
        click.echo(f"{program} service install|uninstall|status; install --print shows the unit of systemd")
        return 0

    group = Group("service", SERVICE, flags, about)
    for name, what, more, run in (
        ("install", "Write the unit of a configuration, and start it", (_PRINT,), install),
        ("uninstall", "Stop the unit, and remove it", (), lambda values: _uninstall(_Place.of(program, values))),
        ("status", "Say what systemd knows of the unit", (), lambda values: _status(_Place.of(program, values))),
    ):
        group.add_command(Command(name, what, (*flags, _NAME, _ROOT, *more), run))
    return group


def _planned(place: _Place, values: Values, load: Load[C], tun: Callable[[C], bool]) -> tuple[Unit, bool]:
    """@return: the unit, and whether there is a configuration and each can be used; it follows from those that can."""
    flag, path = _configuration(place.program, values)
    found = load({**values, flag: place.root + path})
    configs = [config for config in found if config is not None]
    words = [_executable(place.program), f"--{flag}", path, *_others(values)]
    files = [file for config in configs for file in writtenFiles(config)]
    grace = max((config.gracePeriod for config in configs), default=0)
    unit = Unit(place.program, place.name, words, files, grace, any(map(tun, configs)))
    return unit, 0 < len(configs) == len(found)


def _executable(program: str) -> str:
    """@return: this program, where it is installed."""
    here = os.path.join(os.path.dirname(sys.executable), program)
    return shutil.which(os.path.abspath(sys.argv[0])) or shutil.which(here) or here


def _configuration(program: str, values: Values) -> tuple[str, str]:
    """
    @return: the flag that names it, and its whole path.
    @raise FRPError: a service is not configured by flags.
    """
    for flag in ("config-dir", "config"):
        if values.get(flag):
            return flag, os.path.abspath(values[flag])
    raise FRPError(f"-c FILE is needed: {program} has its configuration from there when it runs as a service")


def _others(values: Values) -> list[str]:
    """@return: the flags besides with which a program serves."""
    words = [] if values.get("strict-config", True) else ["--strict-config=false"]
    words += [f"--allow-unsafe={name}" for name in values.get("allow-unsafe", ())]
    return [*words, *(f"--plugin={os.path.abspath(file)}" for file in values.get("plugin", ()))]


@frozen
class _Place:
    """
    Where a unit is.

    @ivar root: the folder of its system; empty for the one that runs.
    """

    program: str
    name: str
    root: str

    @classmethod
    def of(cls, program: str, values: Values) -> _Place:
        """@raise FRPError: a unit cannot have this name."""
        name = values.get("name", program)
        if not re.fullmatch(r"[A-Za-z0-9][\w:-]*", name, re.A):
            raise FRPError(f"--name {name}: letters, digits, - and _ make the name of a unit, without .service")
        return cls(program, name, values.get("root", "").rstrip("/"))

    @property
    def path(self) -> str:
        return f"{self.root}/etc/systemd/system/{self.name}.service"

    @property
    def users(self) -> str:
        """The file that declares its user."""
        return f"{self.root}/etc/sysusers.d/{self.name}.conf"

    @property
    def runs(self) -> bool:
        """Whether its manager runs."""
        return not self.root and os.path.isdir(_RUNS)

    def call(self, *words: str) -> None:
        """
        Call a program of systemd.

        @raise FRPError: it is not there, or has failed.
        """
        within = [f"--root={self.root}"] if self.root else []
        try:
            subprocess.run([words[0], *within, *words[1:]], check=True, capture_output=True, text=True)
        except OSError as error:
            raise FRPError(f"{words[0]}: {reasonOf(error)}; is systemd installed?") from error
        except subprocess.CalledProcessError as error:
            raise FRPError(f"{' '.join(words)}: {error.stderr.strip() or f'exit code {error.returncode}'}") from error

    def write(self, path: str, content: str) -> None:
        """@raise FRPError: it cannot be written."""
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(content)
        except OSError as error:
            raise FRPError(f"open {path}: {reasonOf(error)}; services are installed by root") from error


def _install(unit: Unit, place: _Place) -> int:
    if not place.root and not place.runs:
        raise FRPError("systemd does not run here: --print shows the unit, and --root installs it in an image")
    place.write(place.users, f'u {unit.program} - "{unit.program} of frp" /var/lib/{unit.name}\n')
    place.write(place.path, unit.text)
    place.call("systemd-sysusers", place.users)
    if place.runs:
        place.call("systemctl", "daemon-reload")
    place.call("systemctl", "enable", f"{unit.name}.service")
    if place.runs:
        place.call("systemctl", "restart", f"{unit.name}.service")
    click.echo(f"{place.path} is {'installed, and runs' if place.runs else 'installed'}")
    return 0


def _uninstall(place: _Place) -> int:
    _needed(place)
    if place.runs:
        place.call("systemctl", "stop", f"{place.name}.service")
    place.call("systemctl", "disable", f"{place.name}.service")
    for path in (place.path, place.users):
        try:
            os.unlink(path)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise FRPError(f"{path} is not removed: {reasonOf(error)}") from error
    if place.runs:
        place.call("systemctl", "daemon-reload")
    click.echo(f"{place.path} is removed; the user {place.program} and what it has written stay")
    return 0


def _status(place: _Place) -> int:
    """@return: the exit code of C{systemctl}, 0 where it runs."""
    _needed(place)
    if place.runs:
        return subprocess.run(["systemctl", "--no-pager", "status", f"{place.name}.service"], check=False).returncode
    click.echo(f"{place.path} is installed; its systemd does not run")
    return 3


def _needed(place: _Place) -> None:
    """@raise FRPError: there is no such unit."""
    if not os.path.exists(place.path):
        raise FRPError(f"{place.name} is not installed: there is no {place.path}")


def _doubts(unit: Unit) -> Iterator[str]:
    """@return: what the service's user is kept from, and what to do about it."""
    for path in (word for word in unit.words if word.startswith("/")):
        if path.startswith(HIDDEN):
            yield f"{path}: services do not see it there; keep it in a place such as /etc/frp or /opt/frp"
    hidden = next((path for path in _python() if path.startswith(HIDDEN)), "")
    if hidden:
        yield (
            f"{hidden}: {sys.executable} needs the Python that is there, and services do not see it: "
            "make a virtual environment by /usr/bin/python3 -m venv, and install frp there"
        )
    lacking: dict[str, str] = {}
    for path in _readBy(unit):
        for place, rights in _lacking(path, unit.program):
            lacking.setdefault(place, rights)
    for place, rights in lacking.items():
        yield (
            f"{place}: the user {unit.program} may not {_RIGHTS[rights][1]} it: once there is one, "
            f"chgrp {unit.program} {place} && chmod g+{rights} {place}"
        )
    for place in sorted({os.path.dirname(file) for file in unit.files if os.path.isabs(file)}):
        if place in ("/var/lib", "/var/log"):
            yield f"{place}: the user {unit.program} may not write there; use {place}/{unit.name}"


def _python() -> Iterator[str]:
    """@return: what leads to the program of Python, link by link, and the folder of its library."""
    path = sys.executable
    while os.path.islink(path):
        path = os.path.normpath(os.path.join(os.path.dirname(path), os.readlink(path)))
        yield path
    yield os.path.realpath(sys.executable)
    yield sys.base_prefix


def _readBy(unit: Unit) -> Iterator[str]:
    """@return: what the service reads and sees: its program, and its configuration, be it a folder."""
    for path in (word for word in unit.words if word.startswith("/") and not word.startswith(HIDDEN)):
        yield path
        if os.path.isdir(path):
            yield from filesBelow(path)


def _lacking(path: str, user: str) -> Iterator[tuple[str, str]]:
    """
    @return: what keeps a user from reading a file or a folder that is there, by what those on the way to it say of
        owners, groups and others: each place, and the rights that it takes there.
    """
    if not os.path.exists(path):
        return
    try:
        who = pwd.getpwnam(user)
        owner, group = who.pw_uid, who.pw_gid
    except KeyError:
        owner = group = -1
    parts: Sequence[str] = os.path.realpath(path).split("/")[1:]
    way = {"/" + "/".join(parts[:n]): "x" for n in range(len(parts))}
    for place, rights in {**way, path: "rx" if os.path.isdir(path) else "r"}.items():
        about = os.stat(place)
        bits = about.st_mode >> (6 if about.st_uid == owner else 3 if about.st_gid == group else 0)
        if ~bits & _RIGHTS[rights][0]:
            yield place, rights
