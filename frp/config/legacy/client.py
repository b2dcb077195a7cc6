"""The sections of an INI file for frpc, and of those that it includes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from frp.config.formats.format import fail
from frp.config.included import matching
from frp.config.legacy.conversion import Conversion
from frp.config.legacy.ini import DEFAULT, SPACE, File, Section
from frp.config.legacy.keys import CLIENT
from frp.config.legacy.proxies import convertEntry
from frp.config.values import numbers
from frp.errors import reasonOf

__all__ = ["convertClient"]

_PROTOCOLS = ("tcp", "kcp", "quic", "websocket", "wss")
_RANGE = "range:"
_METADATA, _ENDPOINT = "meta_", "oidc_additional_"


def convertClient(file: File, more: Callable[[list[str]], File]) -> Conversion:
    """@param more: gives the same file with others behind it; it gets their paths."""
    common = file.sections.get("common")
    if common is None:
        fail("invalid configuration file, not found [common] section")
    made = Conversion()
    made.content = made.read(common, CLIENT)
    _texts(made, common)
    made.unknown(common, CLIENT, (_METADATA, _ENDPOINT), "[common]")
    _check(made, common)
    paths = _included(made, common)
    whole = more(paths) if paths else file
    made.doubt(whole)
    _entries(made, whole)
    return made


def _texts(made: Conversion, common: Section) -> None:
    made.texts(made.content, common, _METADATA, "metadatas")
    made.texts(made.content, common, _ENDPOINT, "auth.oidc.additionalEndpointParams")


def _check(made: Conversion, common: Section) -> None:
    """What the reference refuses, or warns of, in names of INI files."""
    transport = made.content.get("transport", {})
    if 0 < transport.get("heartbeatTimeout", 0) < transport.get("heartbeatInterval", 0):
        text = "invalid heartbeat_timeout, heartbeat_timeout is less than heartbeat_interval"
        made.problem(common.find("heartbeat_timeout") or common, f"parse config error: {text}")
        del transport["heartbeatTimeout"]
    tls = transport.get("tls", {})
    if not tls.get("enable", True):
        names = ("tls_cert_file", "tls_key_file", "tls_trusted_ca_file")
        made.said += [f"WARNING! {name} is invalid when tls_enable is false" for name in names if common.text(name)]
    if transport.get("protocol", "tcp") not in _PROTOCOLS:
        text = "parse config error: invalid protocol"
        made.problem(common.find("protocol") or common, text, f"known: {', '.join(_PROTOCOLS)}")
        del transport["protocol"]


def _included(made: Conversion, common: Section) -> list[str]:
    """The paths of the files that C{includes} names."""
    paths = []
    origin = common.find("includes") or common
    for pattern in made.one(common, CLIENT, "includes") or ():
        try:
            found = matching(pattern)
        except FileNotFoundError:
            made.problem(origin, f"parse config error: include: directory of {pattern} not exist")
        except OSError as error:
            made.problem(origin, f"getIncludeContents error: open {error.filename}: {reasonOf(error)}")
        else:
            paths += found
            what = ", ".join(found) or "no file"
            made.remark(origin, f"includes = {pattern}: {what}; what stands there is read together with this file")
    return paths


def _entries(made: Conversion, file: File) -> None:
    for section in list(file.sections.values()):
        if section.name.startswith(_RANGE):
            _spread(made, section)
    start = made.content.get("start", ())
    for section in file.sections.values():
        kept = section.name not in (DEFAULT, "common") and not section.name.startswith(_RANGE)
        if kept and (not start or section.name in start):
            convertEntry(made, section)


def _spread(made: Conversion, section: Section) -> None:
    """A section for each of the ports of a range, behind all others."""
    try:
        pairs = list(_pairs(section.text("local_port"), section.text("remote_port")))
    except ValueError as error:
        made.problem(section, f"failed to render template for proxy {section.name}: {error}")
        return
    name = section.name.removeprefix(_RANGE).strip(SPACE)
    for n, (local, remote) in enumerate(pairs):
        one = section.file.section(f"{name}_{n}", section.line)
        for entry in section.entries.values():
            one.put(entry.name, entry.raw, entry.line)
        one.put("local_port", str(local), section.line)
        one.put("remote_port", str(remote), section.line)


def _pairs(local: str, remote: str) -> Iterable[tuple[int, int]]:
    """@raise ValueError: with the reference's words."""
    if not local or not remote:
        raise ValueError("local_port or remote_port is empty")
    mine, theirs = numbers(local), numbers(remote)
    if len(mine) != len(theirs):
        raise ValueError("local ports number should be same with remote ports number")
    return zip(mine, theirs, strict=True)
