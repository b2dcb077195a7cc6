"""The door for SSH clients."""

from __future__ import annotations

from zope.interface import implementer

from frp.errors import ConfigError, reasonOf
from frp.extras import lacks
from frp.interfaces import IClientDoor, IListenSite

__all__ = ["SSH"]


@implementer(IClientDoor)
class SSH:
    """Takes SSH connections on C{sshTunnelGateway.bindPort}. Each becomes a client of its own, which lives in frps."""

    def listen(self, site: IListenSite) -> None:
        """
        @raise ConfigError: Twisted's SSH is not installed, or there is no host key.
        @raise PortTaken: the system does not give the port away.
        """
        missing = lacks("ssh")
        if missing:
            raise ConfigError("sshTunnelGateway.bindPort", f"sshTunnelGateway.bindPort: {missing}")
        from frp.server.gateways import listen, portOf
        from frp.ssh.gateway import Gateway
        from frp.ssh.hostkey import hostKey

        config = site.config
        table = config.sshTunnelGateway
        gateway = Gateway(site, hostKey(table))
        _doubt(table.authorizedKeysFile, site)
        keys = "bindAddr, sshTunnelGateway.bindPort"
        port = listen(site.reactor, config.bindAddr, table.bindPort, gateway, keys)
        site.opened(port, f"sshTunnelGateway listen on port {portOf(port)}")


def _doubt(path: str, site: IListenSite) -> None:
    """The file is read anew at each login: it may be written later, and nobody comes in until then."""
    from frp.ssh.authorized import authorizedUsers

    try:
        why = "" if not path or authorizedUsers(path) else f"there is no key in {path}"
    except OSError as error:
        why = f"open {path}: {reasonOf(error)}"
    if why:
        site.log.warn("nobody can log in by SSH yet: {why} (sshTunnelGateway.authorizedKeysFile)", why=why)
