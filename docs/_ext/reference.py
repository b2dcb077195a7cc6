"""
The reference of the configuration, written from the declarations that parse it. Usage, from the top of the checkout::

    python docs/_ext/reference.py

C{frps} and C{frpc} describe the whole configuration of a program, table by table; C{proxies} describes what every proxy
has, and then each kind that comes with frp; C{plugins}, C{visitors}, C{visitor-plugins}, C{hooks} and C{gateways} do
the same for these.
What stands in a page before the mark is written by hand.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from zope.interface import Interface

from frp.config.client import ClientConfig
from frp.config.declare import Declared
from frp.config.kindtables import configured
from frp.config.proxy import PluginConfig, ProxyConfig
from frp.config.schema import explain, keysOf
from frp.config.server import GatewayConfig, HookConfig, ServerConfig
from frp.config.visitor import VisitorConfig, VisitorPluginConfig
from frp.interfaces import IClientPlugin, IGatewayKind, IProxyKind, IServerHookKind, IVisitorKind, IVisitorPlugin
from frp.plugin import Registry

PAGES = Path(__file__).parents[1] / "reference"

MARK = "<!-- From here on written by docs/_ext/reference.py. -->\n"

#: The pages about a program: the whole of its configuration.
PROGRAMS: dict[str, type] = {"frps": ServerConfig, "frpc": ClientConfig}

Steps = tuple[str, ...]

#: The pages about kinds: where their table stands, what they all have, and which interface they provide.
FAMILIES: dict[str, tuple[Steps, type, type[Interface]]] = {
    "proxies": (("proxies[]",), ProxyConfig, IProxyKind),
    "plugins": (("proxies[]", "plugin"), PluginConfig, IClientPlugin),
    "visitors": (("visitors[]",), VisitorConfig, IVisitorKind),
    "visitor-plugins": (("visitors[]", "plugin"), VisitorPluginConfig, IVisitorPlugin),
    "hooks": (("hooks[]",), HookConfig, IServerHookKind),
    "gateways": (("gateways[]",), GatewayConfig, IGatewayKind),
}


def written(page: str) -> str:
    """What a page should hold."""
    head, mark, _ = (PAGES / f"{page}.md").read_text().partition(MARK)
    parts = programParts(PROGRAMS[page]) if page in PROGRAMS else familyParts(*FAMILIES[page])
    return head + mark + "".join(f"\n{part}" for part in parts)


def programParts(whole: type) -> Iterator[str]:
    return (part(path, table) for path, table in subtables(whole, ()))


def familyParts(place: Steps, base: type, family: type[Interface]) -> Iterator[str]:
    for path, table in subtables(base, place):
        yield part(path, table)
    shared, registry = set(keysOf(base)), Registry()
    ours = {one.name for one in registry.contributions() if one.family is family and one.package == "frp"}
    for name in (name for name in configured(family, registry) if name in ours):
        kind = registry.get(family, name)
        chosen = (f'type = "{name}"',)
        yield part(chosen, kind.schema, shared, kind.examples)
        for path, table in subtables(kind.schema, chosen):
            if len(path) > 1 and path[1] not in shared:
                yield part(path, table)


def subtables(schema: type, path: Steps) -> Iterator[tuple[Steps, type]]:
    """A table and those below it, in the order of declaration, each with where it stands."""
    yield path, schema
    for name, declared in keysOf(schema).items():
        suffix, inner = below(declared)
        if inner is not None:
            yield from subtables(inner, (*path, name + suffix))


def below(declared: Declared) -> tuple[str, type | None]:
    """The table that a key holds, or None. Tables that a plugin's name chooses have their own page."""
    shape = declared.shape
    suffix = {"list": "[]", "dict": ".NAME"}.get(shape.kind, "")
    if suffix and shape.item is not None:
        shape = shape.item
    return suffix, shape.type if shape.kind == "table" else None


def part(path: Steps, schema: type, without: Collection[str] = (), examples: Collection[str] = ()) -> str:
    """What C{--explain} says of a table, as a section."""
    about, _, rest = explain(schema).rpartition("\n\n")
    title = f"`{', '.join(path) if '=' in path[0] else '.'.join(path)}`" if path else "The whole file"
    made = [f"## {title}\n", f"{about}\n"]
    lines = rest.splitlines()
    keys = []
    for head, meaning in zip(lines[::2], lines[1::2], strict=True):
        name, _, facts = head.partition(" ")
        if name not in without:
            keys.append(f"| `{name}` | {cell(facts[1:-1])} | {cell(meaning.strip())} |\n")
    if keys:
        made.append("".join(["| key | value | meaning |\n|---|---|---|\n", *keys]))
    made += [f"```text\n{example.strip()}\n```\n" for example in examples]
    return "\n".join(made)


def cell(text: str) -> str:
    """Words of a declaration in a table, where nothing in them means anything else."""
    for special in "\\|*_<`[":
        text = text.replace(special, f"\\{special}")
    return text


if __name__ == "__main__":
    for page in (*PROGRAMS, *FAMILIES):
        (PAGES / f"{page}.md").write_text(written(page))
