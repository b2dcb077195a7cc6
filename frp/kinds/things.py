"""
What kinds make, and what hooks watch: read off the interfaces.
"""

from __future__ import annotations

from collections.abc import Mapping

from twisted.internet.interfaces import IProtocolFactory
from zope.interface import Interface
from zope.interface.interface import Method

from frp.interfaces import (
    IAuthenticator,
    IAuthenticatorKind,
    IClientPart,
    IClientPartKind,
    IClientPlugin,
    IClientProxy,
    IGateway,
    IGatewayKind,
    IProxyKind,
    IServerHook,
    IServerHookKind,
    IServerProxy,
    IVisitor,
    IVisitorKind,
)

__all__ = ["OPERATIONS", "THINGS"]

THINGS: Mapping[type[Interface], Mapping[str, type[Interface]]] = {
    IAuthenticatorKind: {"client": IAuthenticator, "server": IAuthenticator},
    IClientPartKind: {"part": IClientPart},
    IClientPlugin: {"factory": IProtocolFactory},
    IGatewayKind: {"gateway": IGateway},
    IProxyKind: {"serverProxy": IServerProxy, "clientProxy": IClientProxy},
    IServerHookKind: {"hook": IServerHook},
    IVisitorKind: {"visitor": IVisitor},
}
"""By the interface of the kind and the method that makes it: the interface of the thing."""

OPERATIONS: Mapping[str, str] = {
    name[0].upper() + name[1:]: name
    for name, declared in IServerHook.namesAndDescriptions()
    if isinstance(declared, Method) and name != "close"
}
"""The operations that a hook may watch, and the methods that are called for them: C{NewProxy} is C{newProxy}."""
