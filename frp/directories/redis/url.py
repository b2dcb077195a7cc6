"""Where the store is, as the configuration says it in one URL."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

import attrs

from frp.errors import ConfigError
from frp.values import frozen
from frp.wire.address import authority

__all__ = ["PATH", "Place"]

#: The key that the URL stands in, for errors.
PATH = "cluster.store"

_SHAPES = {
    "redis": "redis://USER:PASSWORD@HOST:PORT/DATABASE?prefix=frp",
    "rediss": "rediss://USER:PASSWORD@HOST:PORT/DATABASE?prefix=frp&ca=FILE",
    "redis+sentinel": "redis+sentinel://USER:PASSWORD@HOST:PORT,HOST:PORT/NAME/DATABASE?prefix=frp",
}
_PORTS = {"redis": 6379, "rediss": 6379, "redis+sentinel": 26379}
_FILES = ("ca", "cert", "key")


@frozen
class Place:
    """
    A store.

    @ivar hosts: with their ports; more than one only of sentinels.
    @ivar master: what sentinels call the store; empty where there are none.
    @ivar user: empty for Redis' default user.
    @ivar prefix: what all names in the store begin with.
    @ivar ca: files of PEM, as are C{cert} and C{key}; empty for none.
    """

    scheme: str
    hosts: tuple[tuple[str, int], ...]
    master: str = ""
    database: int = 0
    user: str = ""
    password: str = attrs.field(default="", repr=False)
    prefix: str = "frp"
    ca: str = ""
    cert: str = ""
    key: str = ""

    @property
    def overTLS(self) -> bool:
        return self.scheme == "rediss"

    @property
    def channel(self) -> str:
        """Where changes are published: channels are those of all databases."""
        return f"{self.prefix}:changes:{self.database}"

    def __str__(self) -> str:
        """The URL for people: without who we are, and without files."""
        hosts = ",".join(authority(host, port) for host, port in self.hosts)
        name = f"{self.master}/" if self.master else ""
        return f"{self.scheme}://{hosts}/{name}{self.database}"

    @classmethod
    def parse(cls, url: str) -> Place:
        """@raise ConfigError: it says what means nothing, with how it is written."""
        scheme, _, rest = url.partition("://")
        scheme = scheme.lower()
        if scheme not in _SHAPES or not rest:
            shapes = ", ".join(_SHAPES.values())
            raise ConfigError(PATH, "the URL names no Redis", hint=f"write one of {shapes}")
        rest, _, query = rest.partition("?")
        netloc, _, path = rest.partition("/")
        whom, _, hosts = netloc.rpartition("@")
        user, colon, password = whom.partition(":")
        if whom and not (colon and password):
            raise _wrong(scheme, "the URL has a user without a password")
        words = [unquote(word) for word in path.split("/") if word]
        master = words.pop(0) if scheme == "redis+sentinel" and words else ""
        if scheme == "redis+sentinel" and not master:
            raise _wrong(scheme, "the URL does not say which Redis the sentinels are to name")
        if len(words) > 1:
            raise _wrong(scheme, f"the URL has more than a database: {'/'.join(words)}")
        return cls(
            scheme,
            _hosts(scheme, hosts),
            master,
            _database(scheme, words),
            unquote(user),
            unquote(password),
            **_options(scheme, query),
        )


def _wrong(scheme: str, problem: str) -> ConfigError:
    return ConfigError(PATH, problem, hint=f"write {_SHAPES[scheme]}")


def _hosts(scheme: str, text: str) -> tuple[tuple[str, int], ...]:
    each = text.split(",")
    if len(each) > 1 and scheme != "redis+sentinel":
        raise _wrong(scheme, "the URL has more than one host, and no sentinels")
    return tuple(_host(scheme, one) for one in each)


def _host(scheme: str, text: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise _wrong(scheme, f"the URL has no usable host and port: {error}") from None
    if not host:
        raise _wrong(scheme, "the URL has no host")
    return host, port or _PORTS[scheme]


def _database(scheme: str, words: list[str]) -> int:
    if words and not (words[0].isascii() and words[0].isdigit()):
        raise _wrong(scheme, f"the database is a number, not {words[0]!r}")
    return int(words[0]) if words else 0


def _options(scheme: str, query: str) -> dict[str, str]:
    options = dict(parse_qsl(query, keep_blank_values=True))
    known = ("prefix", *_FILES) if scheme == "rediss" else ("prefix",)
    for name, value in options.items():
        if name in _FILES and name not in known:
            raise _wrong(scheme, f"{name} is for TLS, which rediss has")
        if name not in known:
            raise _wrong(scheme, f"the URL has the unknown parameter {name!r}")
        if not value:
            raise _wrong(scheme, f"the parameter {name} is empty")
    if ("cert" in options) != ("key" in options):
        raise _wrong(scheme, "cert and key are only of use together")
    if "cert" in options and "ca" not in options:
        raise _wrong(scheme, "cert and key need ca, too: the file with the authority of the server's certificate")
    return options
