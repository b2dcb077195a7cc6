"""
Commands: click's help and completion over the reference's way to read a command line.

click reads flags otherwise than the reference, so it does not get to see them: a command reads them itself
(L{frp.config.flags}), and shows click's options for help and completion only. What was given stands in C{context.obj}.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import click

from frp.cli.patience import within
from frp.cli.saying import complain, hint
from frp.cli.usual import completing
from frp.config.flags import HELP, BadFlag, Flag, Values, boolean, readFlags, wordAt
from frp.errors import FRPError
from frp.values import frozen

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

__all__ = [
    "FILE",
    "WORDS",
    "Command",
    "Group",
    "Later",
    "Offer",
    "Run",
    "UnknownCommand",
    "Word",
    "run",
]

#: What a command does: gets the values of the flags that were given, by their names, and returns the exit code.
Run = Callable[[Values], int]

#: What may stand in a place of a command line: gets the values of the flags so far, and the beginning of the word.
Offer = Callable[[Values, str], Iterable[str]]

#: Seconds in which there must be an offer.
PATIENCE = 3.0

#: Under this name a context's C{meta} has the words of the command line.
WORDS = "frp.cli.command.words"

#: What to tell whoever parts a switch from its value.
_SWITCHED = "what is on or off has its value behind =, as in --ue=false"


class UnknownCommand(click.UsageError):
    """
    A word where a command should stand.

    @ivar advice: what somebody may have meant who wrote it, or empty.
    """

    def __init__(self, message: str, ctx: click.Context, advice: str = "") -> None:
        super().__init__(message, ctx)
        self.advice = advice


@frozen
class Word:
    """
    A word that a command takes beside its flags.

    @ivar name: what help calls it.
    @ivar key: where it stands among the values. A flag of that name may be given in its place; words are left alone
        then.
    @ivar needed: whether the command can do without.
    @ivar completes: what shells complete, as for a L{Kind<frp.config.flags.Kind>}.
    """

    name: str
    key: str
    needed: bool = True
    completes: str = ""

    def take(self, words: Sequence[str], values: Values) -> Sequence[str]:
        """
        Put the word among the values.

        @return: the words that are left alone.
        @raise ValueError: it is missing, or there are more.
        """
        if self.key in values or not (words or self.needed):
            return words
        if len(words) != 1:
            raise ValueError(f"one {self.name} is needed")
        values[self.key] = words[0]
        return ()

    def meant(self, word: str, values: Values) -> str:
        """@return: what to tell whoever wrote a word that is left alone; empty where nobody knows."""
        return ""


#: The file of a command that is about one, in place of C{-c}.
FILE = Word("FILE", "config", needed=False, completes="file")


def _paths(completes: str, word: str) -> list[CompletionItem]:
    """@return: what makes a shell complete files or folders by itself."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(word, type=completes)] if completes else []


def _offered(context: click.Context, place: str, word: str) -> Iterator[CompletionItem]:
    """
    @param place: the name of a flag, or the key of a word.
    @return: what the command, or one above it, offers there. Where that cannot be known it is nothing.
    """
    from click.shell_completion import CompletionItem

    above: click.Context | None = context
    while above is not None:
        offer = above.command.offers.get(place) if isinstance(above.command, (Command, Group)) else None
        if offer is not None:
            found: Iterable[str] = ()
            # A file may be on a disk that does not answer, or a pipe.
            with suppress(FRPError, OSError), within(PATIENCE):
                found = offer(context.obj or {}, word)
            yield from (CompletionItem(one) for one in found if one.startswith(word))
            return
        above = above.parent


def _option(flag: Flag) -> click.Option:
    """What click shows of a flag."""
    long = dict.fromkeys(name for name in (flag.name, flag.also) if name)
    names = [*(f"--{name}" for name in long), *([f"-{flag.short}"] if flag.short else [])]
    switch = flag.kind is boolean
    return click.Option(
        names,
        help=flag.help,
        is_flag=switch,
        default=flag.default if flag.default is not None or not switch else False,
        show_default=flag.default is not None,
        metavar=None if switch else flag.kind.label.upper(),
        shell_complete=lambda context, _parameter, word: [
            *_offered(context, flag.name, word),
            *_paths(flag.kind.completes, word),
        ],
        expose_value=False,
    )


def _read(
    context: click.Context, words: list[str], flags: Sequence[Flag], word: Word | None, *, strict: bool = False
) -> list[str]:
    """
    Read the flags of the last command, and its word, into the context.

    @param strict: refuse words that are no flags.
    @return: what is left for click.
    """
    try:
        context.obj, others = readFlags(words, [*flags, HELP])
    except BadFlag as error:
        if not context.resilient_parsing:
            raise click.UsageError(error.detail, context) from None
        context.obj, others = _begun(words, flags), []
    if context.obj.pop("help", False):
        return ["--help"]
    if not context.resilient_parsing:
        _take(context, others, word, strict)
    return []


def _take(context: click.Context, words: Sequence[str], word: Word | None, strict: bool) -> None:
    """Take the word of a command; what is left alone, as by the reference, is told on standard error."""
    try:
        left = words if word is None else word.take(words, context.obj)
    except ValueError as error:
        raise click.UsageError(str(error), context) from None
    if strict and left:
        raise UnknownCommand(f'unknown command "{left[0]}" for "{context.command_path}"', context)
    for one in left:
        advice = _SWITCHED if one.lower() in ("true", "false") else word.meant(one, context.obj) if word else ""
        click.echo(f"WARNING: {one} is not used{advice and f': {advice}'}", err=True)


def _begun(words: list[str], flags: Sequence[Flag]) -> Values:
    """@return: the flags of a line that somebody is still writing: those before the last word, if these can be read."""
    try:
        return readFlags(words[:-1], flags)[0]
    except BadFlag:
        return {}


def _shownOf(summary: str, flags: Sequence[Flag]) -> dict[str, Any]:
    """What click gets of a command for its help."""
    return {
        "params": [_option(flag) for flag in sorted(flags, key=lambda flag: flag.name)],
        "help": summary,
        "context_settings": {"help_option_names": ["-h", "--help"]},
    }


def _shown(word: Word | None) -> list[str]:
    """What usage says of it."""
    return [] if word is None else [word.name if word.needed else f"[{word.name}]"]


class Command(click.Command):
    """A command without sub-commands. Words that are no flags are left alone, as the reference does, or refused."""

    def __init__(
        self,
        name: str,
        summary: str,
        flags: Sequence[Flag],
        run: Run,
        word: Word | None = None,
        *,
        strict: bool = False,
        offers: Mapping[str, Offer] | None = None,
    ) -> None:
        """
        @param word: the one that it takes.
        @param strict: refuse others, as the reference does where cobra made the command.
        @param offers: what may stand behind flags, by their names, and as the word, by its key.
        """
        super().__init__(
            name,
            callback=click.pass_obj(run),
            **_shownOf(summary, flags),
        )
        self.flags = tuple(flags)
        self.word = word
        self.offers = offers or {}
        self._strict = strict

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, _read(ctx, args, self.flags, self.word, strict=self._strict))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        if self.word is None or incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        return [*_offered(ctx, self.word.key, incomplete), *_paths(self.word.completes, incomplete)]

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return [*super().collect_usage_pieces(ctx), *_shown(self.word)]


class Later(click.Command):
    """A command that is made when it is asked for: help that only names it does not cost what it imports."""

    def __init__(self, name: str, summary: str, make: Callable[[], click.Command]) -> None:
        super().__init__(name, help=summary)
        self._make = make

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: object
    ) -> click.Context:
        return self._make().make_context(info_name, args, parent, **extra)


class Group(click.Group):
    """
    A command with sub-commands. Its flags may stand before or after the name of the sub-command, which knows them all.
    """

    def __init__(
        self,
        name: str,
        summary: str,
        flags: Sequence[Flag],
        run: Run,
        *,
        word: Word | None = None,
        others: bool = False,
        offers: Mapping[str, Offer] | None = None,
    ) -> None:
        """
        @param word: the one that it takes without a sub-command.
        @param others: leave words alone that are no sub-command, as the reference does below its root.
        @param offers: what may stand behind its flags, by their names, also where a sub-command has them.
        """

        @click.pass_context
        def callback(context: click.Context) -> int:
            return 0 if context.invoked_subcommand else run(context.obj)

        super().__init__(
            name,
            callback=callback,
            invoke_without_command=True,
            **_shownOf(summary, flags),
        )
        self.flags = tuple(flags)
        self.word = word
        self.offers = offers or {}
        self._others = others

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta[WORDS] = tuple(args)
        place = wordAt(args, [*self.flags, HELP])
        if place is None or (self._others and args[place] not in self.commands):
            return super().parse_args(ctx, _read(ctx, args, self.flags, self.word))
        return super().parse_args(ctx, [args[place], *args[:place], *args[place + 1 :]])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        found = self.get_command(ctx, args[0])
        if found is None and not ctx.resilient_parsing:
            advice = f"did you mean -c {args[0]}?" if ctx.parent is None and os.path.isfile(args[0]) else ""
            message = f'unknown command "{args[0]}" for "{ctx.command_path}"{self._near(ctx, args[0])}'
            raise UnknownCommand(message, ctx, advice)
        return args[0], found, args[1:]

    def _near(self, ctx: click.Context, word: str) -> str:
        near = get_close_matches(word, self.list_commands(ctx))
        return "\n\nDid you mean this?\n" + "".join(f"\t{name}\n" for name in near) if near else ""


def run(root: Group, words: Sequence[str] | None = None) -> int:
    """
    Run a program.

    @param words: its arguments, those of this process by default.
    @return: the exit code.
    """
    asked = os.environ.get(completing(str(root.name)))
    if asked:
        from frp.cli.completing import answered

        return answered(root, asked)
    try:
        return int(root.main(words, prog_name=root.name, standalone_mode=False) or 0)
    except UnknownCommand as error:
        path = error.ctx.command_path if error.ctx else root.name
        click.echo(f"Error: {error.message}\nRun '{path} --help' for usage.", err=True)
        hint(error.advice)
    except click.UsageError as error:
        usage = f"\n{error.ctx.get_help()}\n" if error.ctx else ""
        click.echo(f"Error: {error.message}{usage}", err=True)
    except FRPError as error:
        complain(error)
    except (click.Abort, KeyboardInterrupt):
        return 130
    return 1
