"""Who we are to a proxy that wants NTLM. It is imported where there is one, since pyspnego may be missing."""

from __future__ import annotations

from spnego import NegotiateOptions, Password, client

from frp.errors import LocalWireError, RemoteWireError
from frp.wire.http.ntlm import NTLMConnect, Prover

__all__ = ["ntlmConnect"]


def ntlmConnect(proxy: str, credentials: tuple[bytes, bytes] | None, host: str, port: int) -> NTLMConnect:
    """
    @param proxy: its host, which the proof is for.
    @param credentials: user and password; the user may be C{DOMAIN\\user}.
    @return: what asks the proxy for a stream to this host and port.
    @raise LocalWireError: there is no user, or one that NTLM cannot say; or the host cannot stand in a request.
    """
    if credentials is None:
        raise LocalWireError(
            "ntlm proxies want a user and a password",
            "write ntlm://DOMAIN%5CUSER:PASSWORD@HOST:PORT, or without the domain",
        )
    try:
        user, password = (each.decode() for each in credentials)
    except UnicodeDecodeError:
        raise LocalWireError("invalid username/password", "NTLM takes users and passwords in UTF-8") from None
    who = Password(user, password)

    def prover() -> Prover:
        # What else there may be on the system (GSSAPI, SSPI) asks others, and waits for them.
        options = NegotiateOptions.use_ntlm
        context = client(who, hostname=proxy, service="HTTP", protocol="ntlm", options=options)

        def prove(challenge: bytes) -> bytes:
            try:
                return context.step(challenge) or b""
            except Exception as error:
                # The library lets pass whatever goes wrong in taking the challenge apart.
                detail = f"malformed NTLM challenge: {error!r} ({challenge[:60]!r})"
                raise RemoteWireError("malformed NTLM challenge", detail) from None

        return prove

    return NTLMConnect(host, port, prover)
