"""
The usual command lines, which have flags and no sub-command: they are served without click, whose import is a tenth of
a start. Flags are read as ever (L{frp.config.flags}); what else there is to say of a command line is left to
L{frp.cli.command}.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from frp.cli.saying import complain, say
from frp.config.flags import HELP, BadFlag, Flag, Values, readFlags, wordAt
from frp.errors import FRPError
from frp.version import COMPATIBLE

__all__ = ["completing", "served", "told", "usual"]


def completing(program: str) -> str:
    """@return: the variable of the environment by which a shell's script asks a program how its words may go on."""
    return f"_{program.upper()}_COMPLETE"


def usual(program: str, words: Sequence[str], flags: Sequence[Flag], environ: Mapping[str, str]) -> Values | None:
    """
    @return: the values of the flags that were given, by their names; None where the words are something else: a
        sub-command, a question for help or of a shell, a mistake, words that are not used.
    """
    known = (*flags, HELP)
    if environ.get(completing(program)) or wordAt(words, known) is not None:
        return None
    try:
        values, others = readFlags(words, known)
    except BadFlag:
        return None
    return None if others or HELP.name in values else values


def told(values: Values, whole: Callable[[], type]) -> int | None:
    """
    Say what flags ask for in place of serving.

    @param whole: gives the table of the configuration.
    @return: the exit code; None where they ask for nothing.
    @raise FRPError: it is not known.
    """
    if values.get("version"):
        say(COMPATIBLE)
        return 0
    if "explain" in values:
        from frp.cli.explaining import explained

        return explained(whole(), values)
    return None


def served(values: Values, serve: Callable[[Values], int]) -> int:
    """@return: the exit code, when it is over."""
    try:
        return serve(values)
    except FRPError as error:
        complain(error)
    except KeyboardInterrupt:
        say("", err=True)
        return 130
    return 1
