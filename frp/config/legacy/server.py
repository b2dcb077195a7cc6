"""The sections of an INI file for frps."""

from __future__ import annotations

from frp.config.formats.format import Remark, fail
from frp.config.legacy.conversion import Conversion
from frp.config.legacy.ini import SPACE, File, Section
from frp.config.legacy.keys import DASHBOARD_TLS, HTTP_PLUGIN, SERVER

__all__ = ["convertServer"]

_PLUGIN = "plugin."
_ANYWHERE = "0.0.0.0"


def convertServer(file: File) -> Conversion:
    common = file.sections.get("common")
    if common is None:
        fail('section "common" does not exist')
    made = Conversion()
    made.doubt(file)
    made.content = made.read(common, SERVER)
    _dashboard(made, common)
    made.unknown(common, SERVER.keys() | DASHBOARD_TLS.keys(), (), "[common]")
    plugins = {
        name.removeprefix(_PLUGIN).strip(SPACE): one for name, one in file.sections.items() if name.startswith(_PLUGIN)
    }
    if plugins:
        made.content["httpPlugins"] = [_plugin(made, n, name, one) for n, (name, one) in enumerate(plugins.items())]
    for name, section in file.sections.items():
        if name != "common" and not name.startswith(_PLUGIN) and section.entries:
            made.remark(section, f"[{name}] is no section of frps: ignored")
    return made


def _dashboard(made: Conversion, common: Section) -> None:
    if made.one(common, SERVER, "dashboard_tls_mode"):
        tls = made.read(common, DASHBOARD_TLS).get("webServer", {})
        made.content.setdefault("webServer", {}).update({"tls": {}, **tls})
    else:
        for name in DASHBOARD_TLS:
            entry = common.find(name)
            if entry is not None and made.one(common, DASHBOARD_TLS, name):
                made.remark(entry, f"{name} counts where dashboard_tls_mode is true only: ignored")
    web = made.content.get("webServer", {})
    if web.get("port") and "addr" not in web:
        web["addr"] = _ANYWHERE
        text = f"dashboard_addr is {_ANYWHERE} where it is not set, and addr is 127.0.0.1"
        made.remarks.append(Remark(0, text, ("webserver", "addr")))


def _plugin(made: Conversion, n: int, name: str, section: Section) -> dict[str, object]:
    way = ("httpplugins", n)
    made.begin(section, way)
    made.unknown(section, {*HTTP_PLUGIN, "name"}, (), f"[{section.name}]", way)
    return {"name": name, **made.read(section, HTTP_PLUGIN, way)}
