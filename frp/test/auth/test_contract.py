"""
The authenticators keep the contract.
"""

from __future__ import annotations

from frp.testing.cases import NetworkTestCase
from frp.testing.contracts import AuthenticatorContract


class TokenTests(AuthenticatorContract, NetworkTestCase):
    """A secret that both sides share."""

    name = "token"
    clientSettings = {"token": "secret"}
    serverSettings = {"token": "secret"}
    strangerSettings = {"token": "guess"}
