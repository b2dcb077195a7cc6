"""The key by which SSH clients know this server again."""

from __future__ import annotations

import os

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from twisted.conch.ssh.keys import EncryptedKeyError, Key

from frp.config.files import readFile, unreadable
from frp.config.server import SSHTunnelGatewayConfig
from frp.errors import ConfigError

__all__ = ["hostKey"]


def hostKey(table: SSHTunnelGatewayConfig) -> Key:
    """
    @return: the key in C{privateKeyFile}; else the one in C{autoGenPrivateKeyPath}, made where there is none.
    @raise ConfigError: the file cannot be read or written, or holds no key that can be used.
    """
    if table.privateKeyFile:
        name, path = "privateKeyFile", table.privateKeyFile
    else:
        name, path = "autoGenPrivateKeyPath", table.autoGenPrivateKeyPath
    where = f"sshTunnelGateway.{name}"
    try:
        pem = _made(path) if name == "autoGenPrivateKeyPath" and not _exists(path) else readFile(path, where)
    except OSError as error:
        raise unreadable(error, path, where) from error
    hint = "name a file with a private key: PEM, or as ssh-keygen writes it"
    try:
        key: Key = Key.fromString(pem)
    except EncryptedKeyError:
        text = f"ssh: the key in {path} is protected by a passphrase"
        raise ConfigError(where, text, hint="frps cannot ask for it: ssh-keygen -p takes it away") from None
    except Exception:
        # What a parser says about a file may quote it, and it may be a key that was damaged.
        raise ConfigError(where, f"ssh: no key found in {path}", hint=hint) from None
    if key.isPublic():
        raise ConfigError(where, f"ssh: the key in {path} is a public one", hint=hint)
    return key


def _exists(path: str) -> bool:
    """Whether there is something in the file; an empty one is written again, as by the reference."""
    return os.path.exists(path) and os.path.getsize(path) > 0


def _made(path: str) -> bytes:
    """Make a key as the reference does, so that either program takes the other's; without a path it is not kept."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    if path:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "wb") as file:
            os.fchmod(descriptor, 0o600)
            file.write(pem)
    return pem
