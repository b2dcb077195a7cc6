"""What both programs have: what they tell about themselves, and the configuration of old as one of today."""

from __future__ import annotations

import json
from collections.abc import Callable
from textwrap import indent
from typing import TYPE_CHECKING, cast

import click

from frp import logs
from frp.cli.command import Command, Group, Later, Word
from frp.cli.files import installed, registry
from frp.config.flags import Flag, Values, boolean, text
from frp.version import COMPATIBLE, __version__

if TYPE_CHECKING:
    from frp.config.formats.format import Program
    from frp.errors import Fault
    from frp.kinds import Contribution, Registry

__all__ = ["HEALTH", "SERVICE", "addCommands"]

#: What help says of commands that each program makes for itself.
HEALTH = "Ask the program that runs with a configuration whether it answers"
SERVICE = "Install the program as a service of systemd"

_DOCS = "Show a page of the documentation, or list them all"
_MAN = "Print the manual page, in the language of man"
_CHECK = Flag("check", "", "", "load each one and say what is wrong with it", boolean)
_INTERFACE = Flag(
    "interface", "", "", "describe what plugins may use: a name, such as IServerSite, or all of a module", text
)


def addCommands(root: Group, flags: tuple[Flag, ...], whole: Callable[[], type]) -> None:
    """
    @param flags: those that every command of the program has.
    @param whole: gives the table of its configuration.
    """

    def page() -> Command:
        from frp.cli.manual import manual

        return manual(root, _MAN, flags)

    def documentation() -> Command:
        from frp.cli.docs import docs

        return docs(_DOCS, flags)

    def shells() -> Group:
        from frp.cli.completion import completion

        return completion(root, flags)

    about = "Print which version this is, of what, and on what it runs"
    root.add_command(Command("version", about, (), lambda values: _version()))
    about = "List what is installed: every kind of proxy, transport and so on, and what failed to load"
    root.add_command(
        Command("plugins", about, (*flags, _CHECK, _INTERFACE), _plugins, offers={"interface": _interfaces})
    )
    about = "Print the JSON Schema of the configuration, for editors"
    root.add_command(Command("schema", about, flags, lambda values: _schema(whole(), registry(values))))
    about = "Print a legacy INI configuration as TOML"
    root.add_command(Later("migrate", about, lambda: _migration(root, about, flags)))
    root.add_command(Later("man", _MAN, page))
    root.add_command(Later("docs", _DOCS, documentation))
    root.add_command(Later("completion", "Generate the autocompletion script for the specified shell", shells))
    root.add_command(_helpOf(root))


def _version() -> int:
    """Print what C{--version} must not say, for scripts compare that."""
    import platform  # both are seldom needed

    import twisted

    click.echo(f"txfrp {__version__}, compatible with frp {COMPATIBLE}")
    click.echo(f"Python {platform.python_version()}, Twisted {twisted.__version__}, {platform.platform()}")
    return 0


def _plugins(values: Values) -> int:
    """
    List the kinds, family by family; or describe the public name, or the module, that C{--interface} names.

    @return: 1 if a plugin module could not be imported, or C{--check} found a kind that cannot be used.
    @raise FRPError: there is no such name.
    """
    logs.hush()
    if "interface" in values:
        from frp.cli.interface import described

        click.echo(described(values["interface"]))
        return 0
    kinds = installed(values)
    found = sorted(kinds.contributions(), key=lambda one: (one.family.__name__, one.name))
    wrong = _wrong(kinds, found) if values.get("check") else {}
    widths = [max([4, *(len(part) for part in column)]) for column in zip(*map(_row, found), strict=True)] or [4, 4, 4]
    family = None
    for one in found:
        if one.family is not family:
            family = one.family
            click.echo(f"{'' if one is found[0] else chr(10)}{family.__name__}")
        name, package, summary = _row(one)
        click.echo(f"  {name:{widths[0]}}  {package:{widths[1]}}  {summary}")
        for fault in wrong.get(id(one), ()):
            click.echo(indent(f"FAILED: {fault}", " " * (widths[0] + 4)))
    for broken in kinds.broken:
        click.echo(f"\nFAILED: {broken.fault}")
    return 1 if kinds.broken or any(wrong.values()) else 0


def _interfaces(_values: Values, _word: str) -> list[str]:
    from frp.cli.public import PUBLIC, names

    return sorted({one.name for one in names()} | set(PUBLIC))


def _row(one: Contribution) -> tuple[str, str, str]:
    return one.name, one.package, one.summary


def _wrong(kinds: Registry, found: list[Contribution]) -> dict[int, list[Fault]]:
    from frp.config.faults import faults

    return {id(one): list(faults(one, kinds)) for one in found}


def _schema(whole: type, kinds: Registry) -> int:
    from frp.config.schema import jsonSchema

    logs.hush()
    click.echo(json.dumps(jsonSchema(whole, kinds), indent=2))
    return 0


def _migration(root: Group, about: str, flags: tuple[Flag, ...]) -> Command:
    from frp.cli.migrate import migrate

    program = cast("Program", root.name)
    return Command(
        "migrate", about, flags, lambda values: migrate(program, values), Word("FILE", "config", completes="file")
    )


def _helpOf(root: Group) -> click.Command:
    """C{help [command]}: the same as C{command --help}."""

    @click.command("help", help="Help about any command", context_settings={"ignore_unknown_options": True})
    @click.argument("words", nargs=-1)
    @click.pass_context
    def show(context: click.Context, words: tuple[str, ...]) -> int:
        place: click.Command = root
        shown = context.parent
        assert shown is not None
        for word in (word for word in words if not word.startswith("-")):
            if not isinstance(place, click.Group):
                break
            inner = place.get_command(shown, word)
            if inner is None:
                topic = " ".join(f"`{word}`" for word in words)
                click.echo(f"Unknown help topic [{topic}]\n{place.get_help(shown)}", err=True)
                return 0
            shown = inner.make_context(word, [], shown, resilient_parsing=True)
            place = shown.command
        click.echo(place.get_help(shown))
        return 0

    return show
