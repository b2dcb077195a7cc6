"""
What the scripts ask by which shells complete command lines. A script calls its program with a variable in the
environment that names the shell, and with the words so far; both are click's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import ShellComplete

__all__ = ["answered", "completing"]

#: What a script asks for: words with what they mean, and without.
_ASKED = ("complete", "complete_plain")


def completing(root: click.Group) -> str:
    """@return: the variable of the environment by which a shell's script asks a program."""
    return f"_{str(root.name).upper()}_COMPLETE"


def answered(root: click.Group, asked: str) -> int:
    """
    Say how the words in the environment may go on.

    @param asked: what the script wants: C{bash_complete}.
    @return: the exit code.
    """
    from click.shell_completion import get_completion_class

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
