"""C{frpc nathole discover}: which NAT is before this machine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from frp import logs
from frp.cli.command import Command, Group
from frp.cli.files import clientPath, registry
from frp.config.commandline import FRPC
from frp.config.flags import Flag, Values, boolean, text
from frp.errors import ConfigErrors, FRPError
from frp.wire.address import authority, parted

if TYPE_CHECKING:
    from frp.interfaces import IReactor

__all__ = ["discovered", "nathole"]

_STUN = Flag("nat-hole-stun-server", "", "", "STUN server address for nathole", text)
_LOCAL = Flag("nat-hole-local-addr", "l", "", "local address to connect STUN server", text)
#: Ours.
_EXPLAIN = Flag("explain", "", "", "say in plain words what that means, and what to change", boolean)

_FLAGS = (*FRPC, _STUN, _LOCAL)


def nathole() -> Group:
    """The command, with its one command."""
    group = Group("nathole", "Actions about nathole", _FLAGS, _help, others=True)
    about = "Discover nathole information from stun server"
    group.add_command(Command("discover", about, (*_FLAGS, _EXPLAIN), _discover))
    return group


def _help(_values: Values) -> int:
    click.echo(click.get_current_context().get_help())
    return 0


def _discover(values: Values) -> int:
    from frp.cli.run import once

    logs.hush()
    server = values.get(_STUN.name) or _configured(values)
    explain = values.get(_EXPLAIN.name, False)
    return once(lambda reactor: discovered(reactor, server, values.get(_LOCAL.name, ""), explain=explain))


def _configured(values: Values) -> str:
    """The server of the configuration; the default one, where that cannot be read."""
    from frp.config.client import ClientConfig
    from frp.config.clientfile import loadClient

    try:
        path, strict = clientPath(values), values.get("strict-config", True)
        loaded = loadClient(path, registry=registry(values), strict=strict, environ=os.environ, checked=False)
    except ConfigErrors:
        return ClientConfig().natHoleStunServer
    return loaded.config.natHoleStunServer


async def discovered(reactor: IReactor, server: str, local: str = "", *, explain: bool = False) -> int:
    """
    Ask, and print what was found out, in the reference's words.

    @param local: host and port to ask from; empty for any.
    @return: the exit code.
    """
    from frp.nathole.asking import discover
    from frp.nathole.classification import classified
    from frp.nathole.local import localHosts

    try:
        found = await discover(reactor, server, _place(local))
    except FRPError as error:
        click.echo(f"discover error: {error.brief}")
        return 1
    seen = f"[{' '.join(found.mapped)}]"
    if len(found.mapped) < 2:
        click.echo(f"discover error: can not get enough addresses, need 2, got: {seen}")
        return 1
    feature = classified(found.mapped, localHosts(reactor))
    click.echo(f"STUN server: {server}")
    click.echo(f"Your NAT type is: {feature.natType}")
    click.echo(f"Behavior is: {feature.behavior}")
    click.echo(f"External address is: {seen}")
    click.echo(f"Local address is: {authority(*found.local)}")
    click.echo(f"Public Network: {str(feature.publicNetwork).lower()}")
    if explain:
        from frp.nathole.explaining import explained
        from frp.nathole.filtering import filtering

        try:
            lets = await filtering(reactor, server)
        except FRPError:
            lets = None  # it answered a moment ago, and what it said is explained
        click.echo("\n" + "\n".join(explained(feature, lets)))
    return 0


def _place(local: str) -> tuple[str, int]:
    if not local:
        return "", 0
    try:
        return parted(local)
    except ValueError as error:
        raise FRPError(str(error)) from None
