"""C{completion}: scripts by which shells complete command lines."""

from __future__ import annotations

from functools import partial

import click
from click.shell_completion import get_completion_class

from frp.cli.command import Command, Group
from frp.cli.usual import completing
from frp.config.flags import Flag, Values, boolean

__all__ = ["completion"]

#: As the reference has it, whose program for Windows is here one for its shell on Linux.
_SHELLS = ("bash", "fish", "powershell", "zsh")
_PLAIN = Flag("no-descriptions", "", "", "disable completion descriptions", boolean)


def completion(root: Group, flags: tuple[Flag, ...]) -> Group:
    """
    @param flags: those that every command of the program has.
    @return: the command.
    """

    def show(_values: Values) -> int:
        click.echo(
            f"{root.name} completion {'|'.join(_SHELLS)} prints a script, to be read by the shell when it starts"
        )
        return 0

    group = Group("completion", "Generate the autocompletion script for the specified shell", flags, show)
    for shell in _SHELLS:
        about = f"Generate the autocompletion script for {shell}"
        group.add_command(Command(shell, about, (*flags, _PLAIN), partial(_print, root, shell), strict=True))
    return group


def _print(root: Group, shell: str, values: Values) -> int:
    kind = get_completion_class(shell)
    assert kind is not None
    maker = kind(root, {}, str(root.name), completing(str(root.name)))
    # Not source(): for bash it starts one to ask for its version.
    script = maker.source_template % maker.source_vars()
    if values.get(_PLAIN.name):
        script = script.replace(f"{shell}_complete", f"{shell}_complete_plain")
    click.echo(script)
    return 0
