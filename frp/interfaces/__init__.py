"""
The interfaces of frp: few, and used by the built-ins themselves.

House rule: no interface where Twisted has one. A tunnel stream is an C{ITransport}, what dials is an
C{IStreamClientEndpoint}, what answers is an C{IProtocolFactory}, what lives is an C{IService}.

This package names only what stands on its own floor or below: the vocabulary that the interfaces speak in
(L{Claim}, L{Flowing}, L{Meter}, L{Seen}, L{frp.interfaces.operations}) stands here, too. The tables that kinds are
given are known by name only.

A I{kind} is a stateless singleton that users name in a configuration. It makes I{things}, which have a life.
"""

from __future__ import annotations

from frp.interfaces.authentication import IAuthenticationSite, IAuthenticator, IAuthenticatorKind
from frp.interfaces.directory import Entry, IDirectory, IDirectoryKind, IDirectorySite, IWatcher, Key, Tenure
from frp.interfaces.flowing import Flowing, Meter
from frp.interfaces.gateways import (
    MAX_SNIFF,
    Claim,
    IElsewhere,
    IGateway,
    IGatewayKind,
    IGatewaySite,
    IReceivingGateway,
    ISharedPort,
)
from frp.interfaces.hooks import IServerHook, IServerHookKind, IServerHookSite
from frp.interfaces.messages import IClientMessageSite, ICorrespondence, ICorrespondingKind, IServerMessageSite
from frp.interfaces.plugins import IClientPart, IClientPartKind, IClientPartSite, IClientPlugin, IClientPluginSite
from frp.interfaces.proxies import IClientProxy, IClientSite, IProxyKind, IServerProxy, IServerSite
from frp.interfaces.registries import (
    IClaimant,
    IClaims,
    IMemberships,
    IPorts,
    IRoster,
    IRun,
    IRuns,
    ITenant,
    Seen,
    holderOf,
    keyOf,
)
from frp.interfaces.sites import (
    IConfigured,
    IContribution,
    ILocalSite,
    IPasses,
    IReachingSite,
    IReactor,
    ISharingSite,
    ISite,
)
from frp.interfaces.streams import IDatagramsProtocol, IGuest, IPassable, ISession, IStream
from frp.interfaces.transports import (
    IClientDoor,
    IDialSite,
    IListenSite,
    IPlace,
    ITLSSide,
    ITunnelTransport,
    ITurnstile,
)
from frp.interfaces.visitors import IVisitor, IVisitorKind, IVisitorPlugin, IVisitorPluginSite, IVisitorSite, Lead
from frp.interfaces.web import IAdminPartKind, IAdminSite, IDashboardPartKind, IDashboardSite, IWebPart, IWebSite

__all__ = [
    "MAX_SNIFF",
    "Claim",
    "Entry",
    "Flowing",
    "IAdminPartKind",
    "IAdminSite",
    "IAuthenticationSite",
    "IAuthenticator",
    "IAuthenticatorKind",
    "IClaimant",
    "IClaims",
    "IClientDoor",
    "IClientMessageSite",
    "IClientPart",
    "IClientPartKind",
    "IClientPartSite",
    "IClientPlugin",
    "IClientPluginSite",
    "IClientProxy",
    "IClientSite",
    "IConfigured",
    "IContribution",
    "ICorrespondence",
    "ICorrespondingKind",
    "IDashboardPartKind",
    "IDashboardSite",
    "IDatagramsProtocol",
    "IDialSite",
    "IDirectory",
    "IDirectoryKind",
    "IDirectorySite",
    "IElsewhere",
    "IGateway",
    "IGatewayKind",
    "IGatewaySite",
    "IGuest",
    "IListenSite",
    "ILocalSite",
    "IMemberships",
    "IPassable",
    "IPasses",
    "IPlace",
    "IPorts",
    "IProxyKind",
    "IReachingSite",
    "IReactor",
    "IReceivingGateway",
    "IRoster",
    "IRun",
    "IRuns",
    "IServerHook",
    "IServerHookKind",
    "IServerHookSite",
    "IServerMessageSite",
    "IServerProxy",
    "IServerSite",
    "ISession",
    "ISharedPort",
    "ISharingSite",
    "ISite",
    "IStream",
    "ITLSSide",
    "ITenant",
    "ITunnelTransport",
    "ITurnstile",
    "IVisitor",
    "IVisitorKind",
    "IVisitorPlugin",
    "IVisitorPluginSite",
    "IVisitorSite",
    "IWatcher",
    "IWebPart",
    "IWebSite",
    "Key",
    "Lead",
    "Meter",
    "Seen",
    "Tenure",
    "holderOf",
    "keyOf",
]
