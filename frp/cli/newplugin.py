"""C{frpc new-plugin}: a small package that works, for a plugin to grow from."""

from __future__ import annotations

import os
import re
import subprocess
from keyword import iskeyword
from pathlib import Path
from string import Template

import click

from frp.config.flags import Flag, Values, text
from frp.errors import FRPError
from frp.values import frozen

__all__ = ["FLAGS", "KINDS", "newPlugin", "package"]

_TEMPLATES = Path(__file__).with_name("templates")
_UNQUOTED = frozenset('"\\')
_NAME = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")


@frozen
class _Kind:
    """
    What can be written.

    @ivar interface: the family.
    @ivar summary: what the template does.
    @ivar use: what the README says about using it.
    """

    interface: str
    summary: str
    use: str

    @property
    def side(self) -> str:
        """The last letter of the program that users of the plugin write a configuration for."""
        return "s" if self.interface in ("IGatewayKind", "IServerHookKind") else "c"


def _use(where: str, configuration: str) -> str:
    return f"In {where}:\n\n```toml\n{configuration}```"


_FRPC, _FRPS = "a configuration of frpc", "a configuration of frps"
_BOTH = f"{_FRPC}; frps needs the package, too"

_PROXY = """[[proxies]]
name = "first"
type = "$name"
localPort = 22
"""

KINDS = {
    "proxy": _Kind(
        "IProxyKind",
        "a TCP port that greets its users",
        _use(_BOTH, f'{_PROXY}remotePort = 6000\ngreeting = "welcome "\n'),
    ),
    "plugin": _Kind(
        "IClientPlugin",
        "greets whoever says a name",
        _use(
            _FRPC,
            """[[proxies]]
name = "first"
type = "tcp"
remotePort = 6000
plugin.type = "$name"
plugin.greeting = "welcome"
""",
        ),
    ),
    "hook": _Kind(
        "IServerHookKind",
        "lets in only the users that are listed",
        _use(_FRPS, '[[hooks]]\nname = "guests"\ntype = "$name"\nusers = ["ann"]\n'),
    ),
    "visitor": _Kind(
        "IVisitorKind",
        "a way to a secret proxy that greets its users",
        _use(
            _FRPC,
            """[[visitors]]
name = "door"
type = "$name"
serverName = "secret"
secretKey = "change me"
bindPort = 6000
""",
        ),
    ),
    "visitor-plugin": _Kind(
        "IVisitorPlugin",
        "calls a visited proxy now and then, and says hello",
        _use(
            _FRPC,
            """[[visitors]]
name = "caller"
type = "stcp"
serverName = "secret"
secretKey = "change me"
bindPort = -1
plugin.type = "$name"
plugin.every = 60
""",
        ),
    ),
    "authenticator": _Kind(
        "IAuthenticatorKind",
        "a signature over each message",
        _use(
            "the configurations of frpc and frps, which both need the package",
            'auth.method = "$name"\nauth.$name.secret = "change me"\n',
        ),
    ),
    "transport": _Kind(
        "ITunnelTransport",
        "TCP behind a first line",
        _use(
            f"{_FRPC}; frps needs the package, and the second line, too",
            'transport.protocol = "$name"\ntransport.$name.line = "open sesame"\n',
        ),
    ),
    "gateway": _Kind(
        "IGatewayKind",
        "one port for many proxies, in turn",
        _use(_FRPS, '[[gateways]]\ntype = "$name"\nport = 7070\n') + "\n\n" + _use(_BOTH, _PROXY),
    ),
}

FLAGS = (
    Flag("kind", "", "", f"what to write, one of: {', '.join(KINDS)}", text, "proxy"),
    Flag(
        "description",
        "",
        "",
        "what the plugin does, in a few words; what it does before you change it, by default",
        text,
    ),
    Flag("author", "", "", 'who writes it, "Ann <ann@example.com>"; by default who git takes you for', text),
    Flag("directory", "", "", "the folder to write into; frpx-NAME by default", text),
)


def _variable(name: str) -> str:
    return re.sub(r"\W", "_", name)


def _class(name: str) -> str:
    return "".join(part.capitalize() for part in re.split("[_-]", name))


def _check(name: str, kind: str, *said: str) -> None:
    if kind not in KINDS:
        raise FRPError(f"there is no kind {kind!r} of plugin; it is one of: {', '.join(KINDS)}")
    if not _NAME.fullmatch(name):
        raise FRPError(f"a plugin cannot be called {name!r}: small letters, digits and dashes, such as my-plugin")
    if iskeyword(_variable(name)) or iskeyword(_class(name)):
        raise FRPError(f"a plugin cannot be called {name!r}: it is a word of Python's own")
    for one in said:
        if set(one) & _UNQUOTED or not one.isprintable():
            raise FRPError(
                f"{one!r} cannot stand in the files of a package: one line, without double quotes and backslashes"
            )


def package(name: str, kind: str, description: str = "", author: str = "") -> dict[str, str]:
    """
    @param name: what users will write in a configuration; letters, digits and dashes.
    @param description: what the plugin does; what the template does, if it is empty.
    @param author: C{"Ann <ann@example.com>"}, or one of the two, or nothing.
    @return: the texts of the files, by their paths.
    @raise FRPError: there is no such kind, or it cannot be called so, or described so.
    """
    _check(name, kind, description, author)
    known = KINDS[kind]
    variable = _variable(name)
    module = f"frpx_{variable}"
    values = {
        "name": name,
        "Name": _class(name),
        "variable": variable,
        "module": module,
        "package": module.replace("_", "-"),
        "interface": known.interface,
        "summary": description or f"{'An' if kind[0] in 'aeiou' else 'A'} {kind} for frp: {known.summary}.",
        "about": description or known.summary,
        "authors": _authors(author),
        "side": known.side,
    }
    values["use"] = Template(known.use).substitute(values)
    announcement = "gateway.announcement" if kind == "gateway" else "announcement"
    return {
        path: Template(_TEMPLATES.joinpath(f"{source}.txt").read_text()).substitute(values)
        for path, source in (
            (f"{module}.py", kind),
            (f"test_{module}.py", f"{kind}.test"),
            (f"twisted/plugins/{module}.py", announcement),
            ("pyproject.toml", "pyproject"),
            ("README.md", "readme"),
        )
    }


def _authors(author: str) -> str:
    """@return: the line of C{pyproject.toml}, and its end; nothing for nobody."""
    name, _, mail = (part.strip(" >") for part in author.partition("<"))
    if not mail and "@" in name and " " not in name:
        name, mail = "", name
    words = [f'{key} = "{value}"' for key, value in (("name", name), ("email", mail)) if value]
    return f"authors = [{{ {', '.join(words)} }}]\n" if words else ""


def _gitAuthor() -> str:
    """@return: who git takes the user for, where there is git, and it knows."""
    name, mail = _fromGit("user.name"), _fromGit("user.email")
    return f"{name} <{mail}>" if mail else name


def _fromGit(key: str) -> str:
    try:
        asked = subprocess.run(["git", "config", "--get", key], capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return asked.stdout.strip()


def newPlugin(values: Values) -> int:
    """
    Write a package.

    @raise FRPError: the folder is in use, or it cannot be called so, or there is one of that name.
    """
    name, kind = values["name"], values.get("kind", "proxy")
    author = values["author"] if "author" in values else _gitAuthor()
    files = package(name, kind, values.get("description", ""), author)
    _checkFree(name, kind)
    folder = Path(values.get("directory") or f"frpx-{name.replace('_', '-')}")
    taken = [path for path in files if (folder / path).exists()]
    if taken:
        raise FRPError(f"{folder / taken[0]} is there already")
    try:
        for path, content in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(content)
            click.echo(folder / path)
    except OSError as error:
        raise FRPError(f"cannot write into {folder}: {error.strerror or error}") from error
    module = next(iter(files))
    click.echo(f"\nWrite your plugin in {folder / module}. Then, in {folder}{os.sep}:\n")
    click.echo(f"    pip install -e '.[test]'\n    pytest\n    frp{KINDS[kind].side} plugins --check")
    return 0


def _checkFree(name: str, kind: str) -> None:
    """@raise FRPError: what is installed has that name."""
    from frp import interfaces
    from frp.cli.files import installed

    families = [KINDS[kind].interface, *(["IProxyKind"] if kind == "gateway" else [])]
    for family in families:
        for one in installed({}).contributions(getattr(interfaces, family)):
            if one.name == name:
                noun = "proxy" if family == "IProxyKind" else kind
                brought = f"it is {one.dotted}, of {one.package}"
                raise FRPError(f"there is a {noun} {name!r} already ({brought}): names are used once, choose another")
