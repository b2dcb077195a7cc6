"""A provider in the memory network."""

from __future__ import annotations

from typing import Any

from frp.testing.cases import NetworkTestCase
from frp.testing.provider import Provider

__all__ = ["PORT", "ProviderTestCase"]

PORT = 8080


class ProviderTestCase(NetworkTestCase):
    """Has a provider at http://127.0.0.1:8080."""

    def setUp(self) -> None:
        super().setUp()
        self.provider = Provider(f"http://127.0.0.1:{PORT}", self.network.reactor.seconds)
        self.network.reactor.listenTCP(PORT, self.provider.factory())

    def clientAuth(self, *scopes: str, **oidc: Any) -> dict[str, Any]:
        """@return: the C{auth} table of a client that the provider knows."""
        own = {
            "clientID": self.provider.clientID,
            "clientSecret": self.provider.clientSecret,
            "tokenEndpointURL": self.provider.tokenEndpoint,
        }
        return {"method": "oidc", "additionalScopes": list(scopes), "oidc": {**own, **oidc}}

    def serverAuth(self, *scopes: str, **oidc: Any) -> dict[str, Any]:
        """@return: the C{auth} table of a server."""
        own = {"issuer": self.provider.issuer, "audience": self.provider.audience}
        return {"method": "oidc", "additionalScopes": list(scopes), "oidc": {**own, **oidc}}
