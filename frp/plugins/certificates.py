"""The certificates that plugins show to users."""

from __future__ import annotations

from frp.config.common import TLSFiles
from frp.config.schema import key, table
from frp.sockets.tlsside import TLSSide, clientContext, serverContext

__all__ = ["HANDSHAKE_SECONDS", "CertificateConfig", "certificate", "unverified"]

#: What a user's handshake may take, as in the reference.
HANDSHAKE_SECONDS = 60


@table(inline=True)
class CertificateConfig:
    """What users see. Without both files, a certificate is generated when the proxy starts."""

    crtPath: str = key("", "The certificate that users see, in PEM, our own first.", shown="generated", reads=True)
    keyPath: str = key("", "Its private key.", shown="generated", reads=True)


def certificate(config: CertificateConfig) -> TLSSide:
    """
    @return: what users are answered with.
    @raise ConfigError: a file cannot be read or used.
    """
    files = TLSFiles(certFile=config.crtPath, keyFile=config.keyPath)
    return serverContext(files, "plugin", {"certFile": "crtPath", "keyFile": "keyPath"})


def unverified(name: str) -> TLSSide:
    """
    @param name: that the service is told (SNI), unless it is an address.
    @return: what a service is spoken to with, whoever it is.
    """
    return clientContext(TLSFiles(), name)
