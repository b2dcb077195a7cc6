"""One frps on several processors: a parent that serves nobody, and its workers, each of which is a whole frps."""

from importlib import import_module

from frp.cli.lazily import lacking

with lacking("twisted.internet.ssl"):
    import_module("twisted.protocols.amp")
