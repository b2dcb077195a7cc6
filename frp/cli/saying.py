"""What a command says: on standard output what scripts read, on standard error what helps people."""

from __future__ import annotations

import sys

from frp.errors import FRPError

__all__ = ["complain", "hint", "say"]


def say(text: str, *, err: bool = False) -> None:
    """Write a line at once. What the encoding of a terminal lacks is written as an escape."""
    stream = sys.stderr if err else sys.stdout
    try:
        print(text, file=stream, flush=True)
    except UnicodeEncodeError:
        print(text.encode(stream.encoding, "backslashreplace").decode(stream.encoding), file=stream, flush=True)


def complain(error: FRPError) -> None:
    """Say what went wrong: on standard output in the words that scripts know, on standard error what more there is."""
    say(error.brief)
    hint(error.more)


def hint(text: str) -> None:
    """Say on standard error what to do, where there is something to say: each line is set apart."""
    for line in text.splitlines():
        say(f"  {line}", err=True)
