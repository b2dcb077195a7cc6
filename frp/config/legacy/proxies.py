"""A section of an INI file that is a proxy or a visitor."""

from __future__ import annotations

from frp.config.formats.format import Way
from frp.config.legacy.conversion import Conversion, Table
from frp.config.legacy.ini import Section
from frp.config.legacy.keys import PLUGINS, PROXIES, VISITORS
from frp.config.values import Bandwidth

__all__ = ["convertEntry"]

_METADATA, _HEADER, _PLUGIN, _PLUGIN_HEADER = "meta_", "header_", "plugin_", "plugin_header_"
#: What says which tables there are.
_CHOOSING = frozenset(("type", "role", "plugin"))


def convertEntry(made: Conversion, section: Section) -> None:
    """Add a proxy, or a visitor, or the problem that it has."""
    role = section.text("role") or "server"
    if role == "server":
        _addProxy(made, section)
    elif role == "visitor":
        _addVisitor(made, section)
    else:
        made.problem(section, f"proxy {section.name} role should be 'server' or 'visitor'")


def _addProxy(made: Conversion, section: Section) -> None:
    type = section.text("type") or "tcp"
    keys = PROXIES.get(type)
    failed = f"failed to parse proxy {section.name}, err: "
    if keys is None:
        made.problem(section, f"{failed}invalid type [{type}]", f"known: {', '.join(PROXIES)}")
        return
    try:
        Bandwidth.parse(section.text("bandwidth_limit"))
    except ValueError as error:
        made.problem(section, f"{failed}{error}", 'bandwidth_limit is a number and KB or MB, such as "512KB"')
        return
    way = _begin(made, section, "proxies")
    proxy = {"name": section.name, "type": type, **made.read(section, keys, way)}
    made.texts(proxy, section, _METADATA, "metadatas", way)
    prefixes = [_METADATA, _PLUGIN]
    if type == "http":
        made.texts(proxy, section, _HEADER, "requestHeaders.set", way)
        prefixes.append(_HEADER)
    plugin = section.find("plugin")
    if plugin is not None and plugin.value:
        made.put(proxy, plugin, ("plugin", "type"), plugin.value, way)
        if plugin.value not in PLUGINS:
            text = "INI files have no keys for this plugin, and a TOML file needs it installed"
            made.remark(plugin, f"plugin = {plugin.value}: {text}", way)
        _addPluginKeys(made, proxy, section, way)
    made.content["proxies"].append(proxy)
    made.unknown(section, keys.keys() | _CHOOSING, tuple(prefixes), f"a proxy of the type {type}", way)


def _addVisitor(made: Conversion, section: Section) -> None:
    type = section.text("type")
    keys = VISITORS.get(type)
    if keys is None:
        why = f"type [{type}] error" if type else "type shouldn't be empty"
        text = f"failed to parse visitor {section.name}, err: {why}"
        made.problem(section, text, f"known: {', '.join(VISITORS)}")
        return
    way = _begin(made, section, "visitors")
    made.content["visitors"].append({"name": section.name, "type": type, **made.read(section, keys, way)})
    made.unknown(section, keys.keys() | _CHOOSING, (), f"a visitor of the type {type}", way)


def _begin(made: Conversion, section: Section, name: str) -> Way:
    way = (name, len(made.content.setdefault(name, [])))
    made.begin(section, way)
    return way


def _addPluginKeys(made: Conversion, proxy: Table, section: Section, way: Way) -> None:
    """They are taken as they are written, and none from a section above."""
    type = proxy["plugin"]["type"]
    keys = PLUGINS.get(type, {})
    made.names.add((*way, "plugin"), section.name, keys)
    headed = "plugin_host_header_rewrite" in keys
    for name, entry in section.entries.items():
        header = name.removeprefix(_PLUGIN_HEADER) if headed and name.startswith(_PLUGIN_HEADER) else ""
        if name in keys:
            made.put(proxy, entry, ("plugin", keys[name].path), entry.raw, way)
        elif header:
            made.put(proxy, entry, ("plugin", "requestHeaders", "set", header), entry.raw, way)
        elif name.startswith(_PLUGIN):
            made.remark(entry, f"{name} is no key of the plugin {type}: ignored", way)
