"""
What the scripts ask by which shells complete command lines. A script calls its program with a variable in the
environment that names the shell, and with the words so far; both are click's.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from frp.cli.usual import completing

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem, ShellComplete

__all__ = ["answered"]

#: What a script asks for: words with what they mean, and without.
_ASKED = ("complete", "complete_plain")


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
    _answer(kind(root, {}, str(root.name), completing(str(root.name))), plain=form == "complete_plain")
    return 0


def _answer(completer: ShellComplete, *, plain: bool) -> None:
    words, word = completer.get_completion_args()
    # bash parts a flag from its value, and says "="; to the others both are one word.
    words = [one for one in words if one != "="]
    begun = f"{word.partition('=')[0]}=" if word.startswith("-") and "=" in word else ""
    for item in completer.get_completions(words, word):
        if plain:
            item.help = None
        for one in _joined(begun, item) if begun else [item]:
            click.echo(completer.format_completion(one))


def _joined(flag: str, item: CompletionItem) -> Iterator[CompletionItem]:
    """@return: the same behind a flag and its C{=}. A shell that takes this for one word finds no files by itself."""
    from click.shell_completion import CompletionItem

    if item.type == "plain":
        yield CompletionItem(flag + item.value, help=item.help)
        return
    head, name = os.path.split(item.value)
    place = os.path.join(head, "") if head else ""
    with suppress(OSError):
        for entry in sorted(os.scandir(os.path.expanduser(head) or os.curdir), key=lambda entry: entry.name):
            shown = name.startswith(".") or not entry.name.startswith(".")
            if shown and entry.name.startswith(name) and (entry.is_dir() or item.type == "file"):
                yield CompletionItem(f"{flag}{place}{entry.name}{'/' if entry.is_dir() else ''}")
