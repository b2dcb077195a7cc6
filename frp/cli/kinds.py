"""
The commands C{frpc tcp}, C{frpc stcp visitor} and so on: a client with a single proxy or visitor, from flags. There is
one for every kind that is installed.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs
import click

from frp.cli.command import Command, Group, Later, Offer, Run, Word
from frp.cli.files import doubt
from frp.cli.offering import offersOf
from frp.cli.saying import complain
from frp.config.commandline import CLIENT, PROXY, UI, VISITOR, clientValues
from frp.config.flags import Flag, Values, flagsOf
from frp.errors import ConfigError, ConfigErrors
from frp.values import frozen
from frp.wire.address import bare

if TYPE_CHECKING:
    from frp.config.client import ClientConfig
    from frp.kinds import Registry

__all__ = ["commandOf", "kindNames"]

#: What an example of a command line has for a kind with such a key.
_EXAMPLES = {"remotePort": "-r 6000", "subdomain": "--subdomain demo", "secretKey": "--sk SECRET"}

#: How the word for the local service is called, and where it stands among the values if it is none.
_SERVICE, _MISREAD = "[HOST:]PORT", "misread"

#: Runs clients: their files and configurations, what the flags say, and the kinds.
Serve = Callable[[list[tuple[str, "ClientConfig"]], Values, "Registry"], int]


@frozen
class _Service(Word):
    """
    The local service, in place of its flags. Other words, and those beside the flags, are left alone, as by the
    reference. A proxy without a name gets one, always the same for the same service.

    @ivar remote: the flag for the port of frps, where the kind has one.
    """

    kind: str = attrs.field(kw_only=True)
    remote: Flag | None = attrs.field(kw_only=True)

    def take(self, words: Sequence[str], values: Values) -> Sequence[str]:
        if self.key in values or not words:
            return words
        host, _, port = words[0].rpartition(":")
        if not _isPort(port):
            values[_MISREAD] = words[0]
            return words[1:]
        values[self.key] = int(port)
        if host:
            values["local-ip"] = bare(host)
        values.setdefault("proxy-name", f"{socket.gethostname()}-{self.kind}-{port}")
        return words[1:]

    def meant(self, word: str, values: Values) -> str:
        if self.remote is None or self.remote.name in values or not _isPort(word):
            return ""
        return f"-{self.remote.short} {word} asks frps for this port"


def _isPort(word: str) -> bool:
    return word.isascii() and word.isdigit() and 0 < int(word[:6]) <= 65535


def _service(kind: str, flags: Iterable[Flag]) -> Word:
    remote = next((flag for flag in flags if flag.key == "remotePort" and flag.short), None)
    return _Service(_SERVICE, "local-port", needed=False, kind=kind, remote=remote)


def kindNames(kinds: Registry) -> set[str]:
    """@return: the kinds that have a command."""
    from frp.interfaces import IProxyKind, IVisitorKind

    return {*kinds.names(IProxyKind), *kinds.names(IVisitorKind)}


def commandOf(name: str, kinds: Registry, flags: tuple[Flag, ...], serve: Serve) -> Later | None:
    """
    @param flags: those that every command of frpc has.
    @return: None where there is no such kind.
    """
    from frp.interfaces import IProxyKind, IVisitorKind

    published, visited = name in kinds.names(IProxyKind), name in kinds.names(IVisitorKind)
    if not published and not visited:
        return None
    summary = f"Run frpc with a single {name} {'proxy' if published else 'visitor'}"

    def make() -> click.Command:
        if not visited:
            own, run, offers = _proxy(name, kinds, serve)
            return Command(name, summary, (*flags, *CLIENT, *own), run, _service(name, own), offers=offers)
        own, run, offers = _proxy(name, kinds, serve) if published else ((), _onlyVisitor, {})
        word = _service(name, own) if published else None
        group = Group(name, summary, (*flags, *CLIENT, *own), run, word=word, others=True, offers=offers)
        own, run, offers = _visitor(name, kinds, serve)
        about = f"Run frpc with a single {name} visitor"
        group.add_command(Command("visitor", about, (*flags, *CLIENT, *own), run, offers=offers))
        return group

    return Later(name, summary, make)


#: Flags of a command, what it does, and what may stand behind these flags.
_Made = tuple[tuple[Flag, ...], Run, Mapping[str, Offer]]


def _proxy(name: str, kinds: Registry, serve: Serve) -> _Made:
    from frp.config.proxy import ProxyConfig
    from frp.interfaces import IProxyKind

    schema = kinds.get(IProxyKind, name).schema
    own = (*PROXY, *_apart(flagsOf(schema, ProxyConfig)))
    keys = {flag.key for flag in own}
    usage = (
        f"it follows from the service, as in frpc {name} 8080 -s frps.example.com:7000"
        f"{''.join(f' {words}' for key, words in _EXAMPLES.items() if key in keys)}, or is given by -n NAME"
    )

    def run(values: Values) -> int:
        configuration = clientValues(values, name, own)
        if values.get(UI.name):
            from frp.cli.view.looking import look

            look(configuration, schema)
        single = _Single("proxies", "proxy", own, usage, values.get(_MISREAD, ""))
        return single.run(configuration, values, kinds, serve)

    return own, run, offersOf(own, lambda: schema)


def _visitor(name: str, kinds: Registry, serve: Serve) -> _Made:
    from frp.config.visitor import VisitorConfig
    from frp.interfaces import IVisitorKind

    schema = kinds.get(IVisitorKind, name).schema
    own = (*VISITOR, *_apart(flagsOf(schema, VisitorConfig)))
    usage = (
        f"as in frpc {name} visitor -n NAME --server-name PROXY --sk SECRET --bind-port 6000 -s frps.example.com:7000"
    )
    single = _Single("visitors", "visitor", own, usage)

    def run(values: Values) -> int:
        return single.run(clientValues(values, name, own, "visitors"), values, kinds, serve)

    return own, run, offersOf(own, lambda: schema)


def _apart(flags: Iterable[Flag]) -> list[Flag]:
    """@return: those whose name is not that of a flag of the client, such as C{--protocol}: it keeps its meaning."""
    taken = {flag.name for flag in CLIENT}
    return [flag for flag in flags if flag.name not in taken]


def _onlyVisitor(_values: Values) -> int:
    """A kind that only visits."""
    click.echo(click.get_current_context().get_help())
    return 0


@frozen
class _Single:
    """
    A client with one proxy or visitor.

    @ivar entries: the key of the list in which it stands.
    @ivar noun: what the reference calls it.
    @ivar flags: its own.
    @ivar usage: what to say where it has no name: whoever gives none has often given nothing.
    @ivar misread: a word that was to be the local service, and is none: for that there is no name.
    """

    entries: str
    noun: str
    flags: tuple[Flag, ...]
    usage: str
    misread: str = ""

    def run(self, configuration: Values, values: Values, kinds: Registry, serve: Serve) -> int:
        from frp.config import clientfile

        for flag, spelled in (("config", "-c"), ("config-dir", "--config-dir")):
            if flag in values:
                doubt([f"{spelled} {values[flag]} is not read: flags are all that a single {self.noun} has"])
        try:
            unsafe = tuple(values.get("allow-unsafe", ()))
            loaded = clientfile.clientFromValues(configuration, registry=kinds, unsafe=unsafe)
        except ConfigErrors as errors:
            complain(self._said(errors, f"{self.noun} {values.get(f'{self.noun}-name', '')}: "))
            return 1
        # Here the reference prints nothing of what it takes.
        doubt((*loaded.warnings, *loaded.doubts))
        return serve([("", loaded.config)], values, kinds)

    def _said(self, errors: ConfigErrors, entry: str) -> ConfigErrors:
        """
        As the reference says it where there is but one: without its name before each text, and what is wrong with the
        client's part alone if anything is. What is told besides names flags, where those set the key.
        """
        common = [problem for problem in errors.problems if not problem.path.startswith(self.entries)]
        mine, usage = f"{self.entries}[0].", self.usage
        spelled = {flag.key: flag.spelling for flag in CLIENT} | {mine + flag.key: flag.spelling for flag in self.flags}
        if self.misread:
            spelled[f"{mine}name"] = _SERVICE
            usage = f"{self.misread} is no port from 1 to 65535, so there is no name: {usage}"
        return ConfigErrors(
            ConfigError(
                spelled.get(problem.path, problem.path),
                problem.problem.removeprefix(entry),
                hint=problem.hint or (usage if problem.path == f"{mine}name" else ""),
            )
            for problem in common or errors.problems
        )
