"""The authenticators keep the contract."""

from __future__ import annotations

from frp.test.auth.oidc.providing import ProviderTestCase
from frp.testing.cases import NetworkTestCase
from frp.testing.contracts import AuthenticatorContract


class TokenTests(AuthenticatorContract, NetworkTestCase):
    """A secret that both sides share."""

    name = "token"
    clientSettings = {"token": "secret"}
    serverSettings = {"token": "secret"}
    strangerSettings = {"token": "guess"}


class OIDCTests(AuthenticatorContract, ProviderTestCase):
    """Tokens of a provider; a stranger has one that the provider has given to somebody else."""

    name = "oidc"

    def setUp(self) -> None:
        super().setUp()
        self.clientSettings = {"oidc": self.clientAuth()["oidc"]}
        self.serverSettings = {"oidc": self.serverAuth()["oidc"]}
        path = self.mktemp()
        with open(path, "w") as file:
            file.write(self.provider.token(aud="mail"))
        self.strangerSettings = {"oidc": {"tokenSource": {"type": "file", "file": {"path": path}}}}
