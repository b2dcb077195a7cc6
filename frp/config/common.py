"""The tables that frps and frpc have in common."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from frp.config.declare import Check, Problem, key, table
from frp.config.values import hostDoubt, portProblem
from frp.interfaces import IAuthenticatorKind
from frp.wire.address import bare

__all__ = [
    "APIMetadata",
    "AuthConfig",
    "HTTPHeader",
    "HeaderOperations",
    "LogConfig",
    "NATTraversalConfig",
    "QUICConfig",
    "TLSFiles",
    "WebServerConfig",
    "hostKey",
    "methodKey",
    "portKey",
    "scopesKey",
    "secondsKey",
    "tokenKey",
]


def methodKey(help: str) -> Any:
    """The key C{auth.method}."""
    return key(
        "token",
        help,
        oneOf=("token", "oidc"),
        family=IAuthenticatorKind,
        refusal="invalid auth method, optional values are {allowed}",
        reference="v1.AuthMethod",
    )


def scopesKey(help: str) -> Any:
    """The key C{auth.additionalScopes}."""
    return key(
        list,
        help,
        oneOf=("HeartBeats", "NewWorkConns"),
        refusal="invalid auth additional scopes, optional values are {allowed}",
        reference="v1.AuthScope",
    )


def tokenKey(help: str) -> Any:
    """The key C{auth.token}."""
    return key("", help, secret=True, check=_tokenProblem)


def secondsKey(default: int, help: str, shown: str = "") -> Any:
    """A key that counts seconds, in 64 bits."""
    return key(default, help, unit="seconds", reference="int64", shown=shown)


def _half(other: str) -> Check:
    """The doubt about one file of a pair, which is used with the other only."""
    return lambda file, tls: f"has no effect without {other}" if file and not getattr(tls, other) else ""


def hostKey(default: str, help: str, shown: str = "") -> Any:
    """A key that takes a host: a name, or an IP address. One of IPv6 may stand in brackets."""
    return key(default, help, shown=shown, converter=bare, doubt=hostDoubt)


def portKey(label: str, help: str, default: int = 0, *, doubt: Check | None = None) -> Any:
    """A key that takes a port: 0 to 65535. The label is what the reference calls it."""
    return key(default, help, check=portProblem(label), doubt=doubt)


@table
class APIMetadata:
    """What stands before all else in a file."""

    version: str = key("", "A mark for tools; no effect.")


class AuthConfig:
    """How one end proves, or has proven, who a client is."""

    method: str
    tables: dict[str, object]

    @property
    def table(self) -> Any:
        """The table of the method in use, where its kind has a schema; else None."""
        return self.tables.get(self.method)


def _tokenProblem(token: str, auth: object) -> str:
    """The rule of C{auth.token}: it stands here or comes from a source, not both."""
    both = token and getattr(auth, "tokenSource", None) is not None
    return "cannot specify both auth.token and auth.tokenSource" if both else ""


@table(reference="v1.TLSConfig")
class TLSFiles:
    """The files of one end of a TLS connection."""

    certFile: str = key(
        "", "A PEM file with the certificate, followed by those between it and the CA.", doubt=_half("keyFile")
    )
    keyFile: str = key("", "A PEM file with the private key of the certificate.", doubt=_half("certFile"))
    trustedCaFile: str = key("", "A PEM file with the CA certificates by which the peer is checked.")
    serverName: str = key("", "The name that the peer's certificate must have.")


@table
class LogConfig:
    """Where log lines go, and which."""

    to: str = key("console", 'A file, or "console" for standard output.', written=True)
    level: str = key(
        "info",
        "Less important lines are not written.",
        oneOf=("trace", "debug", "info", "warn", "error"),
        refusal="invalid log level, optional values are {allowed}",
    )
    maxDays: int = key(3, "How long rotated files are kept.", unit="days", reference="int64")
    disablePrintColor: bool = key(False, "No colours on the console.")


@table
class WebServerConfig:
    """
    The web interface and its API. It is off while the port is 0, and open to everybody while both user and password are
    empty.
    """

    tls: TLSFiles | None = key(
        None, "Serve HTTPS with this certificate; trustedCaFile and serverName have no effect here."
    )
    addr: str = hostKey("127.0.0.1", "The address to listen on.")
    port: int = portKey("webServer.port", "The port to listen on; 0 turns the web interface off.")
    user: str = key("", "The user's name for HTTP basic authentication.")
    password: str = key("", "The password for HTTP basic authentication.", secret=True)
    assetsDir: str = key("", "Serve the pages from this folder instead of the built-in ones.")
    pprofEnable: bool = key(False, "Serve profiles below /debug/pprof/, without authentication.")

    def problems(self, at: str, allowed: Collection[str]) -> Iterator[Problem]:
        """HTTPS needs both files."""
        if self.tls is not None:
            hint = f"HTTPS takes {at}.tls.certFile and {at}.tls.keyFile; without {at}.tls it is HTTP"
            for name in ("certFile", "keyFile"):
                if not getattr(self.tls, name):
                    text = f"tls.{name} must be specified when tls is enabled"
                    yield Problem(f"tls.{name}", text, hint)


@table(reference="v1.QUICOptions")
class QUICConfig:
    """Parameters of the QUIC transport."""

    keepalivePeriod: int = key(10, "How often a silent connection is kept alive.", unit="seconds")
    maxIdleTimeout: int = key(30, "How long a connection may be silent.", unit="seconds")
    maxIncomingStreams: int = key(100000, "How many streams a peer may have open.")


@table(reference="v1.NatTraversalConfig")
class NATTraversalConfig:
    """What is told to make a hole."""

    disableAssistedAddrs: bool = key(False, "Do not tell the addresses that this machine has itself.")


@table
class HTTPHeader:
    """One HTTP header."""

    name: str = key("", "The name of the header.")
    value: str = key("", "Its value.")


@table(reference="v1.HeaderOperations")
class HeaderOperations:
    """What is done to the headers of a message."""

    set: dict[str, str] = key(dict, "Headers that take the place of those with their names.")
