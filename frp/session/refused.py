"""What to do where frps does not want a proxy or a visitor: of its words, or of those of the reference's frps."""

from __future__ import annotations

import re

__all__ = ["explained", "nameTaken"]

_OTHER_PORT = "take another remotePort, or 0 for any that is free"
_NAME_TAKEN = r"proxy \[.*\] already exists"
_WHOSE = (
    "look at serverName, at serverUser (the user of the client that publishes it, our own where it is not set), at the "
    "type of both, and whether that client runs"
)

#: What frps says, and what follows from it. Its words may be in the middle of others.
_REMEDIES = (
    ("port already used", f"another proxy has it: {_OTHER_PORT}"),
    ("port unavailable", f"another program on that machine has it: {_OTHER_PORT}"),
    ("port not allowed", "it is not among the allowPorts of frps: take a remotePort that is, or 0 for any of them"),
    (
        "exceed the max_ports_per_client",
        "maxPortsPerClient in frps is less: raise it there, or take fewer ports",
    ),
    # Names are frps' own, whoever's client it is, and whatever the type.
    (
        _NAME_TAKEN,
        "another session has it: give this proxy a name of its own (name, or -n on the command line)",
    ),
    ("router config conflict", "another proxy has this domain, and the same location and user: take another one"),
    (r"type \[http\] not supported when vhost http port is not set", "set vhostHTTPPort in frps"),
    (r"type \[https\] not supported when vhost https port is not set", "set vhostHTTPSPort in frps"),
    ("subdomain is not supported because this feature is not enabled", "set subDomainHost in frps"),
    ("httpconnect not supported because this feature is not enabled", "set tcpmuxHTTPConnectPort in frps"),
    (r"custom listener for \[.*\] doesn't exist", f"there is no stcp or sudp proxy of this name now: {_WHOSE}"),
    (r"xtcp server for \[.*\] doesn't exist", f"there is no xtcp proxy of this name now: {_WHOSE}"),
    (r"connection of \[.*\] auth failed", "secretKey is another than that of the proxy: they must be the same"),
    (r"user \[.*\] not allowed", "allowUsers of the proxy does not have this user: its client must name it there"),
)


def nameTaken(refusal: str) -> bool:
    """Whether frps has a proxy of this name, which may be the one that was asked for."""
    return re.search(_NAME_TAKEN, refusal) is not None


def explained(refusal: str) -> str:
    """
    @param refusal: of frps.
    @return: the same, and behind it what to do, where that is known.
    """
    for words, remedy in _REMEDIES:
        if re.search(words, refusal):
            return f"{refusal}; {remedy}"
    return refusal
