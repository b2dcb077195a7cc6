"""C{man}: the manual page of a program, made from its commands."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import click

from frp.cli.command import Command, Group
from frp.config.flags import Flag, Values
from frp.version import COMPATIBLE, __version__

__all__ = ["manual", "page"]

_ABOUT = {
    "frps": ("server of frp, a reverse proxy", "frpc"),
    "frpc": ("client of frp, a reverse proxy", "frps"),
}

_DESCRIPTION = {
    "frps": "Lets clients in, and opens for each of their proxies a door to which users come.",
    "frpc": "Shows services to the users of a server, which it dials: behind NAT no port has to be open.",
}

#: What a program does at SIGHUP, and before it ends.
_SIGNALS = {
    "frps": (
        "The configuration is read again: certificates and authorities of TLS, and the log, which opens its file anew.",
        "The ports are closed, and connections end; users may finish for gracePeriod seconds.",
    ),
    "frpc": (
        "The configuration is read again: proxies, visitors, and the log, which opens its file anew.",
        "The proxies are withdrawn, and connections end; users may finish for gracePeriod seconds.",
    ),
}

_END = """\
.SH CONFIGURATION
A file in TOML, YAML, JSON or INI. Its keys are told by
.BR "{program} \\-\\-explain TABLE" ,
its JSON Schema by
.BR "{program} schema" .
.SH ENVIRONMENT
.TP
.B FRP_LOG_FORMAT
.BR json :
each line of the log is a JSON object.
.TP
.BR NOTIFY_SOCKET ", " WATCHDOG_USEC
Set by a service manager that wants to hear when the program is ready, that it lives, and when it ends.
.SH SIGNALS
.TP
.B SIGHUP
{hangup} Where the program was started on a terminal it ends when that is closed.
.TP
.BR SIGTERM ", " SIGINT
{end} A second one ends the program at once.
.SH EXIT STATUS
0 when it was told to end, 1 when something is wrong, 130 after an interrupt while it did not serve yet.
.SH SEE ALSO
.BR {other} (1)
"""


def manual(root: Group, about: str, flags: Collection[Flag]) -> Command:
    """@return: the command that prints the page."""

    def show(_values: Values) -> int:
        click.echo(page(root), nl=False)
        return 0

    return Command("man", about, tuple(flags), show)


def page(root: Group) -> str:
    """@return: the page in the language of C{man(7)}."""
    program = str(root.name)
    about, other = _ABOUT[program]
    with click.Context(root, info_name=program, **root.context_settings) as context:
        lines = [
            f'.TH {program.upper()} 1 "" "txfrp {__version__}" "frp {COMPATIBLE}"',
            ".SH NAME",
            f"{program} \\- {about}",
            ".SH SYNOPSIS",
            f".B {program}",
            ".RI [ options ]",
            ".br",
            f".B {program}",
            ".IR command " + '" " [ options ]',
            ".SH DESCRIPTION",
            _DESCRIPTION[program],
            ".SH OPTIONS",
            "They hold for every command as well, and may stand before or after it.",
            *_options(root, context, set()),
            ".SH COMMANDS",
            *_commands(root, context, {name for each in root.get_params(context) for name in each.opts}),
        ]
    hangup, end = _SIGNALS[program]
    return "\n".join(lines) + "\n" + _END.format(program=program, other=other, hangup=hangup, end=end)


def _commands(group: Group, context: click.Context, known: set[str]) -> Iterator[str]:
    """@param known: the options of the program, which are not told again."""
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        if found is None or found.hidden:
            continue
        # Some are made only now; completion's manner of reading finds no fault with a missing word.
        with found.make_context(name, [], context, resilient_parsing=True) as inner:
            command = inner.command
            pieces = [piece for piece in command.collect_usage_pieces(inner) if piece != "[OPTIONS]"]
            yield f".SS {_text(' '.join([inner.command_path, *pieces]))}"
            yield _text(command.get_short_help_str(200))
            yield from _options(command, inner, known)
            if isinstance(command, Group):
                yield from _commands(command, inner, known)


def _options(command: click.Command, context: click.Context, known: set[str]) -> Iterator[str]:
    for parameter in (one for one in command.get_params(context) if isinstance(one, click.Option)):
        record = parameter.get_help_record(context)
        if record is not None and not known.issuperset(parameter.opts):
            names, about = record
            yield ".TP"
            yield f".B {_text(names)}"
            yield _text(about)


def _text(words: str) -> str:
    """Words that mean nothing to C{man}: a hyphen is one that can be copied, no line is a request."""
    escaped = " ".join(words.split()).replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped
