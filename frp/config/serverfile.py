"""From a file, or from values, to the configuration of frps."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from frp.config.decoding import Place, Reading
from frp.config.load import Loaded, finished, knownElsewhere, readDocument, readTable
from frp.config.server import ServerConfig
from frp.kinds import Registry

__all__ = ["loadServer", "serverFromValues"]


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
    reading = Reading(strict=strict, registry=registry, elsewhere=knownElsewhere)
    document = readDocument(path, environ, "frps", registry)
    config = readTable(reading, ServerConfig, "v1.ServerConfig", document)
    return finished(config, reading, unsafe, {"": document})


def serverFromValues(
    values: Mapping[str, object], *, registry: Registry, unsafe: Collection[str] = ()
) -> Loaded[ServerConfig]:
    """The same from nested mappings of keys."""
    reading = Reading(registry=registry)
    return finished(reading.table(ServerConfig, values, Place()), reading, unsafe, {})
