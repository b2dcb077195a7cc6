"""An OpenID Connect provider in the hands of a test: it can rotate its keys, hang, talk nonsense, and go away."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote_plus

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory, Protocol

from frp.interfaces import IStream
from frp.values import frozen

__all__ = ["Provider", "Request", "reply"]

DISCOVERY = "/.well-known/openid-configuration"

_CURVES: dict[str, Any] = {"ES256": ec.SECP256R1, "ES384": ec.SECP384R1, "ES512": ec.SECP521R1}


@frozen
class Request:
    """What somebody asked."""

    method: str
    path: str
    headers: Mapping[str, str]
    form: Mapping[str, str]

    @property
    def basic(self) -> tuple[str, str] | None:
        """Who asks, when that is in a header."""
        scheme, _, given = self.headers.get("authorization", "").partition(" ")
        if scheme != "Basic":
            return None
        name, _, secret = b64decode(given).decode().partition(":")
        return unquote_plus(name), unquote_plus(secret)


def reply(body: object, status: str = "200 OK", kind: str = "application/json", *headers: str) -> bytes:
    """@param body: bytes, or what is sent as JSON. @return: a whole answer."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(content)}", "Connection: close"]
    return "\r\n".join([*lines, *headers, "", ""]).encode() + content


class Provider:
    """
    Gives tokens to one client, and signs them.

    @ivar issuer: its name, and the beginning of its URLs.
    @ivar algorithm: how it signs; takes effect with L{rotate}.
    @ivar expiresIn: C{expires_in} of an answer; None leaves it away.
    @ivar lifetime: seconds until a token expires.
    @ivar styles: where the client may prove itself: C{"basic"}, C{"form"}.
    @ivar asForm: answers with a form in place of JSON.
    @ivar requests: all that was asked; @ivar granted: how many tokens were given.
    @ivar says: answers that it gives in place of its own, by path; None never comes.
    """

    def __init__(self, issuer: str, seconds: Callable[[], float], algorithm: str = "ES256") -> None:
        """@param seconds: the time."""
        self.issuer = issuer
        self.algorithm = algorithm
        self.clientID, self.clientSecret = "client", "s3cr3t+/?"
        self.audience, self.subject = "frps", "alice"
        self.expiresIn: object = 3600
        self.lifetime = 3600.0
        self.styles = {"basic", "form"}
        self.asForm = False
        self.requests: list[Request] = []
        self.granted = 0
        self.says: dict[str, bytes | None] = {}
        self._seconds = seconds
        self._made = 0
        self.rotate()

    @property
    def tokenEndpoint(self) -> str:
        return f"{self.issuer}/token"

    def asked(self, path: str) -> int:
        """@return: how often."""
        return sum(request.path == path for request in self.requests)

    # Keys and tokens

    def rotate(self) -> None:
        """Sign with a new key, and know the old one no more."""
        self._made += 1
        self.keyId = f"key-{self._made}"
        self.privateKey: Any
        algorithm: Any
        if self.algorithm in _CURVES:
            self.privateKey, algorithm = ec.generate_private_key(_CURVES[self.algorithm]()), ECAlgorithm
        elif self.algorithm == "EdDSA":
            self.privateKey, algorithm = ed25519.Ed25519PrivateKey.generate(), OKPAlgorithm
        else:
            self.privateKey, algorithm = rsa.generate_private_key(public_exponent=65537, key_size=2048), RSAAlgorithm
        public = algorithm.to_jwk(self.privateKey.public_key(), as_dict=True)
        self.keys: list[dict[str, Any]] = [{**public, "use": "sig", "kid": self.keyId}]

    def token(self, headers: Mapping[str, Any] | None = None, /, **claims: Any) -> str:
        """@param claims: in place of its own, or besides; None leaves one away. So it is with C{headers}."""
        now = int(self._seconds())
        own = {"iss": self.issuer, "sub": self.subject, "aud": self.audience, "iat": now, "exp": now + self.lifetime}
        said = {name: value for name, value in {**own, **claims}.items() if value is not None}
        header = {name: value for name, value in {"kid": self.keyId, **(headers or {})}.items() if value is not None}
        return jwt.api_jws.encode(json.dumps(said).encode(), self.privateKey, self.algorithm, header)

    # Answers

    def receive(self, data: bytes) -> tuple[bool, bytes | None]:
        """
        @param data: all that has come on a connection.
        @return: whether that is a whole request; and the answer, None where there is none.
        """
        head, end, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if not end or len(body) < int(headers.get("content-length", 0)):
            return False, None
        method, target, _ = first.split(" ")
        # Proxies are asked for whole URLs.
        path = "/" + target.split("/", 3)[3] if "://" in target else target
        form = {name: values[0] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()}
        request = Request(method, path, headers, form)
        self.requests.append(request)
        return True, self.says[path] if path in self.says else self._answer(request)

    def _answer(self, request: Request) -> bytes:
        if request.path == DISCOVERY:
            return reply(self.discovery())
        if request.path == "/jwks":
            return reply({"keys": self.keys})
        if request.path == "/token" and request.method == "POST":
            return self._grant(request)
        return reply({}, "404 Not Found")

    def discovery(self) -> dict[str, Any]:
        """What it says of itself."""
        return {
            "issuer": self.issuer,
            "token_endpoint": self.tokenEndpoint,
            "jwks_uri": f"{self.issuer}/jwks",
            "id_token_signing_alg_values_supported": [self.algorithm, "HS256", "none"],
        }

    def _grant(self, request: Request) -> bytes:
        who = request.basic if "basic" in self.styles else None
        if "form" in self.styles and "client_id" in request.form:
            who = request.form["client_id"], request.form.get("client_secret", "")
        if who != (self.clientID, self.clientSecret):
            return reply({"error": "invalid_client", "error_description": f"no {who}"}, "401 Unauthorized")
        self.granted += 1
        said: dict[str, Any] = {"access_token": self.token(), "token_type": "Bearer"}
        if self.expiresIn is not None:
            said["expires_in"] = self.expiresIn
        if self.asForm:
            form = "&".join(f"{name}={value}" for name, value in said.items())
            return reply(form.encode(), "200 OK", "application/x-www-form-urlencoded; charset=utf-8")
        return reply(said)

    def factory(self) -> Factory:
        """@return: answers connections."""
        return _Connections(self)


class _Connections(Factory):
    noisy = False

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def buildProtocol(self, addr: IAddress | None) -> Protocol:
        return _Connection(self._provider)


class _Connection(Protocol):
    transport: IStream

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._data = b""

    def dataReceived(self, data: bytes) -> None:
        self._data += data
        whole, answer = self._provider.receive(self._data)
        if whole:
            self._data = b""
            if answer is not None:
                self.transport.write(answer)
                self.transport.loseConnection()
