"""
C{completion}: scripts by which shells complete command lines, and the answers to what these scripts ask.

A script calls its program with a variable in the environment that names the shell, and with the words so far; both are
click's.
"""

from __future__ import annotations

from functools import partial

import click
from click.shell_completion import ShellComplete, get_completion_class

from frp.cli.command import Command, Group, completing
from frp.config.flags import Flag, Values, boolean

__all__ = ["answered", "completion"]

#: As the reference has it, whose program for Windows is here one for its shell on Linux.
_SHELLS = ("bash", "fish", "powershell", "zsh")
_PLAIN = Flag("no-descriptions", "", "", "disable completion descriptions", boolean)

#: What a script asks for: words with what they mean, and without.
_ASKED = ("complete", "complete_plain")


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
    maker = kind(root, {}, str(root.name), completing(root))
    # Not source(): for bash it starts one to ask for its version.
    script = maker.source_template % maker.source_vars()
    if values.get(_PLAIN.name):
        script = script.replace(f"{shell}_complete", f"{shell}_complete_plain")
    click.echo(script)
    return 0


def answered(root: Group, asked: str) -> int:
    """
    Say how the words in the environment may go on.

    @param asked: what the script wants: C{bash_complete}.
    @return: the exit code.
    """
    shell, _, form = asked.partition("_")
    kind = get_completion_class(shell)
    if kind is None or form not in _ASKED:
        return 1
    _answer(kind(root, {}, str(root.name), completing(root)), plain=form == "complete_plain")
    return 0


def _answer(completer: ShellComplete, *, plain: bool) -> None:
    words, word = completer.get_completion_args()
    # bash parts a flag from its value, and says "="; to the others both are one word.
    words = [one for one in words if one != "="]
    begun = f"{word.partition('=')[0]}=" if word.startswith("-") and "=" in word else ""
    for item in completer.get_completions(words, word):
        if plain:
            item.help = None
        if item.type == "plain":
            item.value = begun + item.value
        click.echo(completer.format_completion(item))
