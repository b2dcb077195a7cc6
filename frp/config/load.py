"""From a file, or from the flags of a command, to a configuration."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Generic, TypeVar

import attrs

from frp.config.checking import check
from frp.config.client import ClientConfig, clientWarnings
from frp.config.decoding import Place, Reading
from frp.config.formats import Document, parse
from frp.config.proxy import ProxyConfig
from frp.config.server import ServerConfig
from frp.config.values import whatIs
from frp.config.visitor import VisitorConfig
from frp.errors import ConfigError, ConfigErrors, reasonOf
from frp.kinds import Registry

__all__ = ["Loaded", "clientFromValues", "loadClient", "loadServer", "serverFromValues"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
E = TypeVar("E", ProxyConfig, VisitorConfig)
_CLIENT = "v1.rawClientConfig"
_MARK = ": "  # between the name of an included file and the path of a key


@attrs.frozen
class Loaded(Generic[T_co]):
    """
    A configuration that can be used.

    @ivar warnings: what is odd about it, one sentence each.
    """

    config: T_co
    warnings: tuple[str, ...] = ()


def loadServer(
    path: str, *, registry: Registry, strict: bool = True, unsafe: Collection[str] = (), environ: Mapping[str, str]
) -> Loaded[ServerConfig]:
    """
    Read the configuration of frps.

    @param strict: unknown keys are errors.
    @param unsafe: the unsafe features that are allowed.
    @param environ: what C{{{ .Envs.NAME }}} stands for.
    @raise ConfigErrors: with all that is wrong.
    """
    reading = Reading(strict=strict, registry=registry)
    document = _document(path, environ)
    config = _read(reading, ServerConfig, "v1.ServerConfig", document)
    return _checked(config, reading, unsafe, {"": document})


def serverFromValues(
    values: Mapping[str, object], *, registry: Registry, unsafe: Collection[str] = ()
) -> Loaded[ServerConfig]:
    """The same from nested mappings of keys."""
    reading = Reading(registry=registry)
    return _checked(reading.table(ServerConfig, values, Place()), reading, unsafe, {})


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
    reading = Reading(strict=strict, registry=registry)
    documents = {"": _document(path, environ)}
    config = _read(reading, ClientConfig, _CLIENT, documents[""])
    _include(config, reading, environ, documents)
    return _finish(config, reading, unsafe, environ, documents, checked=checked)


def clientFromValues(
    values: Mapping[str, object],
    *,
    registry: Registry,
    unsafe: Collection[str] = (),
    environ: Mapping[str, str] | None = None,
) -> Loaded[ClientConfig]:
    """The same from nested mappings of keys."""
    reading = Reading(registry=registry)
    return _finish(reading.table(ClientConfig, values, Place()), reading, unsafe, environ or {}, {})


def _finish(
    config: ClientConfig,
    reading: Reading,
    unsafe: Collection[str],
    environ: Mapping[str, str],
    documents: Mapping[str, Document],
    *,
    checked: bool = True,
) -> Loaded[ClientConfig]:
    reading.problems += _duplicates("proxy", config.proxies, reading)
    reading.problems += _duplicates("visitor", config.visitors, reading)
    config.proxies, config.visitors = _wanted(config, config.proxies), _wanted(config, config.visitors)
    config.transport.proxyURL = config.transport.proxyURL or environ.get("http_proxy", "")
    return _checked(config, reading, unsafe, documents, clientWarnings(config), checked=checked)


def _checked(
    config: T,
    reading: Reading,
    unsafe: Collection[str],
    documents: Mapping[str, Document],
    warnings: Sequence[str] = (),
    *,
    checked: bool = True,
) -> Loaded[T]:
    """@param documents: what was read, by what stands before the paths of its problems."""
    problems, unsound, places = reading.problems, reading.unsound, reading.places
    if checked:
        problems += check(config, unsound=unsound, allowed=unsafe, places=places, registry=reading.registry)
    for problem in problems:
        file, mark, path = problem.path.rpartition(_MARK)
        document = documents.get(file + mark)
        if document is not None and not problem.line:
            problem.line = document.lineOf(path)
    if problems:
        raise ConfigErrors(problems)
    return Loaded(config, (*(text for document in documents.values() for text in document.warnings), *warnings))


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
        folder, name = os.path.split(os.path.abspath(pattern))
        try:
            files = sorted(e.name for e in os.scandir(folder) if not e.is_dir())
        except OSError as error:
            does = "stat" if isinstance(error, FileNotFoundError) else "open"
            reading.problems.append(ConfigError(f"includes[{n}]", f"{does} {folder}: {reasonOf(error)}"))
            continue
        for file in fnmatch.filter(files, name.replace("[^", "[!")):
            _includeFile(os.path.join(folder, file), config, reading, environ, documents)


def _includeFile(
    path: str, config: ClientConfig, reading: Reading, environ: Mapping[str, str], documents: dict[str, Document]
) -> None:
    before = len(reading.problems)
    try:
        document = documents[path + _MARK] = _document(path, environ)
        included = _read(reading, ClientConfig, _CLIENT, document, path + _MARK)
    except ConfigErrors as error:
        reading.problems.extend(error.problems)
    else:
        config.proxies += included.proxies
        config.visitors += included.visitors
    for n, found in enumerate(reading.problems[before:], before):
        text = f"load additional config from {path} error: {found.problem}"
        reading.problems[n] = ConfigError(found.path or path, text, line=found.line, hint=found.hint)


def _read(reading: Reading, schema: type[T], name: str, document: Document, where: str = "") -> T:
    content = {} if document.content is None else document.content
    if not isinstance(content, Mapping):
        raise ConfigErrors([ConfigError("", f"json: cannot unmarshal {whatIs(content)} into Go value of type {name}")])
    reading.ordered = document.format.ordered
    reading.textual = document.format.textual and not reading.strict
    if document.format.hides:
        content = {key: value for key, value in content.items() if not key.startswith(".")}
    return reading.table(schema, content, Place(path=where))


def _document(path: str, environ: Mapping[str, str]) -> Document:
    try:
        with open(path, "rb") as opened:
            raw = opened.read()
    except OSError as error:
        does = "read" if isinstance(error, IsADirectoryError) else "open"
        raise ConfigErrors([ConfigError("", f"{does} {path}: {reasonOf(error)}")]) from error
    extension = os.path.splitext(path)[1]
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        line, column = raw.count(b"\n", 0, error.start) + 1, error.start - raw.rfind(b"\n", 0, error.start)
        problem = f"toml: line {line}, column {column}: toml: invalid UTF-8"
        if extension.lower() != ".toml":
            problem = "error converting YAML to JSON: yaml: invalid leading UTF-8 octet"
        raise ConfigErrors([ConfigError("", problem, line=line, hint="a configuration is UTF-8 text")]) from error
    if re.search(r"^[ \t]*\[common\]", text, re.MULTILINE):
        problem = "this is a legacy INI configuration: INI is deprecated upstream and not read by this version"
        raise ConfigErrors([ConfigError("", problem, hint="write it as TOML, YAML or JSON")])
    lines, absent = text.count("\n"), list[str]()
    if "{{" in text:
        # Imported here, for few files have templates, and it takes as long as a fifth of all the rest.
        from frp.config.template.render import render

        text = render(text, environ, absent)
    document = parse(text, extension)
    # Where a template made lines, nothing is known of those of the file.
    shown = text if text.count("\n") == lines else ""
    warnings = tuple(
        f'{{{{ {action} }}}} is not set: "<no value>" stands in its place' for action in dict.fromkeys(absent)
    )
    return attrs.evolve(document, text=shown, warnings=warnings)
