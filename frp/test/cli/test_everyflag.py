"""Every flag of the reference's commands: it is there, with its letter and its default."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import click
from twisted.trial.unittest import SynchronousTestCase

from frp.cli.command import WORDS, Command, Group
from frp.cli.frpc import frpc
from frp.cli.frps import frps
from frp.config.flags import Flag

#: By command and flag: the letter, and the default, where each is not empty.
RECORDED: dict[str, dict[str, tuple[str, str]]] = json.loads(
    (Path(__file__).parent.parent / "vectors" / "cli_flags.json").read_text()
)


def flagsOf(words: str) -> tuple[Flag, ...]:
    """The flags of a command, such as C{"frpc stcp visitor"}."""
    program, *names = words.split()
    command: click.Command = {"frps": frps, "frpc": frpc}[program]
    for name in names:
        assert isinstance(command, Group)
        context = click.Context(command)
        context.meta[WORDS] = ()
        found = command.get_command(context, name)
        assert found is not None, words
        make = getattr(found, "_make", None)  # of a command that is made when it is asked for
        command = found if make is None else make()
    assert isinstance(command, Group | Command)
    return command.flags


class FlagTests(SynchronousTestCase):
    """The flags."""

    def test_recorded(self) -> None:
        """None of the reference's is missing, or called otherwise."""
        for words, wanted in RECORDED.items():
            flags = {flag.name: flag for flag in flagsOf(words)}
            for name, (letter, default) in wanted.items():
                flag = flags.get(name)
                assert flag is not None, f"{words} --{name}"
                shown = "" if flag.default in (None, False, 0) else str(flag.default).replace("True", "true")
                self.assertEqual((flag.short or "", shown), (letter, default), f"{words} --{name}")

    def test_once(self) -> None:
        """No command has two flags of one name, or of one letter."""
        for words in RECORDED:
            flags = flagsOf(words)
            for names in ([flag.name for flag in flags], [flag.short for flag in flags if flag.short]):
                self.assertEqual([name for name, count in Counter(names).items() if count > 1], [], words)
