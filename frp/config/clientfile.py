"""From a file and those that it includes, or from values, to the configuration of frpc."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from difflib import get_close_matches
from typing import TypeVar

import attrs

from frp.config.client import ClientConfig, clientWarnings
from frp.config.decoding import Place, Reading
from frp.config.files import remedy
from frp.config.formats import Document
from frp.config.handingdown import handedDown, whereWritten
from frp.config.included import matching
from frp.config.load import MARK, Loaded, finished, knownElsewhere, readDocument, readTable
from frp.config.proxy import ProxyConfig
from frp.config.visitor import VisitorConfig
from frp.errors import ConfigError, ConfigErrors, reasonOf
from frp.kinds import Registry

__all__ = ["clientFromValues", "loadClient"]

E = TypeVar("E", ProxyConfig, VisitorConfig)
_CLIENT = "v1.rawClientConfig"


def loadClient(
    path: str,
    *,
    registry: Registry,
    strict: bool = True,
    unsafe: Collection[str] = (),
    environ: Mapping[str, str],
    checked: bool = True,
) -> Loaded[ClientConfig]:
    """
    Read the configuration of frpc and the files that it includes. What is not in C{start}, or not enabled, is left out
    and not checked.

    @param checked: whether it must be fit to run. A command that only looks for the running frpc reads files that are
        being written.
    @raise ConfigErrors: with all that is wrong.
    """
    documents = {"": readDocument(path, environ, "frpc", registry)}
    document = documents[""]
    reading = Reading(strict, registry, late=document.legacy is not None, elsewhere=knownElsewhere)
    if isinstance(document.content, Mapping):
        document = attrs.evolve(document, content=handedDown(document.content))
    config = readTable(reading, ClientConfig, _CLIENT, document)
    _include(config, reading, environ, documents)
    written = whereWritten(documents[""].content)
    return _finish(config, reading, unsafe, environ, documents, written, checked=checked)


def clientFromValues(
    values: Mapping[str, object],
    *,
    registry: Registry,
    unsafe: Collection[str] = (),
    environ: Mapping[str, str] | None = None,
) -> Loaded[ClientConfig]:
    """The same from nested mappings of keys."""
    reading = Reading(registry=registry)
    config = reading.table(ClientConfig, handedDown(values), Place())
    return _finish(config, reading, unsafe, environ or {}, {}, whereWritten(values))


def _finish(
    config: ClientConfig,
    reading: Reading,
    unsafe: Collection[str],
    environ: Mapping[str, str],
    documents: Mapping[str, Document],
    written: Callable[[str], str],
    *,
    checked: bool = True,
) -> Loaded[ClientConfig]:
    reading.problems += _duplicates("proxy", config.proxies, reading)
    reading.problems += _duplicates("visitor", config.visitors, reading)
    unfound = _unfound(config)
    config.proxies, config.visitors = _wanted(config, config.proxies), _wanted(config, config.visitors)
    for one in config.each():
        one.transport.proxyURL = one.transport.proxyURL or environ.get("http_proxy", "")
    return finished(
        config,
        reading,
        unsafe,
        documents,
        warnings=clientWarnings(config),
        more=unfound,
        checked=checked,
        written=written,
    )


def _unfound(config: ClientConfig) -> list[str]:
    """The doubts about names in C{start} for which nothing starts. A store may have any name."""
    entries: dict[str, ProxyConfig | VisitorConfig] = {entry.name: entry for entry in config.visitors}
    entries.update((entry.name, entry) for entry in config.proxies)
    found = []
    for name in dict.fromkeys(config.start):
        if name in entries:
            found += [] if entries[name].enabled else [f"start: {name} has enabled = false, and does not start"]
        elif not config.store.path:
            near = get_close_matches(name, entries, n=1)
            said = f": did you mean {near[0]!r}?" if near else ""
            found.append(f"start: no proxy and no visitor has the name {name!r}{said}")
    return found


def _wanted(config: ClientConfig, entries: list[E]) -> list[E]:
    """Those that shall run."""
    start = set(config.start)
    return [e for e in entries if e.enabled and (not start or e.name in start)]


def _duplicates(noun: str, entries: Sequence[ProxyConfig | VisitorConfig], reading: Reading) -> list[ConfigError]:
    found, seen = [], set()
    for entry in entries:
        if entry.name in seen:
            where = reading.places.get(id(entry), "")
            found.append(ConfigError(f"{where}.name".lstrip("."), f"{noun} name [{entry.name}] is duplicated"))
        seen.add(entry.name)
    return found


def _include(
    config: ClientConfig, reading: Reading, environ: Mapping[str, str], documents: dict[str, Document]
) -> None:
    """Add the proxies and visitors of the included files. All else in them is read, for its problems, and dropped."""
    for n, pattern in enumerate(config.includes):
        try:
            files = matching(pattern)
        except OSError as error:
            does = "stat" if isinstance(error, FileNotFoundError) else "open"
            problem = f"{does} {error.filename}: {reasonOf(error)}"
            reading.problems.append(ConfigError(f"includes[{n}]", problem, hint=remedy(error, pattern)))
            continue
        for file in files:
            _includeFile(file, config, reading, environ, documents)


def _includeFile(
    path: str, config: ClientConfig, reading: Reading, environ: Mapping[str, str], documents: dict[str, Document]
) -> None:
    before = len(reading.problems)
    try:
        document = documents[path + MARK] = readDocument(path, environ, registry=reading.registry)
        included = readTable(reading, ClientConfig, _CLIENT, document, path + MARK)
    except ConfigErrors as error:
        reading.problems.extend(error.problems)
    else:
        config.proxies += included.proxies
        config.visitors += included.visitors
    for n, found in enumerate(reading.problems[before:], before):
        found.path = found.path or path
        reading.problems[n] = found.behind(f"load additional config from {path} error")
