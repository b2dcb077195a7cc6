"""What to do where frps does not want a proxy: of its words, or of those that the reference's frps has for it."""

from __future__ import annotations

import re

__all__ = ["explained"]

_OTHER_PORT = "take another remotePort, or 0 for any that is free"

#: What frps says, and what follows from it. Its words may be in the middle of others.
_REMEDIES = (
    ("port already used", f"another proxy has it: {_OTHER_PORT}"),
    ("port unavailable", f"another program on that machine has it: {_OTHER_PORT}"),
    ("port not allowed", "it is not among the allowPorts of frps: take a remotePort that is, or 0 for any of them"),
    # Names are frps' own, whoever's client it is, and whatever the type.
    (
        r"proxy \[.*\] already exists",
        "another session has it: give this proxy a name of its own (name, or -n on the command line)",
    ),
    ("router config conflict", "another proxy has this domain, and the same location and user: take another one"),
    (r"type \[http\] not supported when vhost http port is not set", "set vhostHTTPPort in frps"),
    (r"type \[https\] not supported when vhost https port is not set", "set vhostHTTPSPort in frps"),
    ("subdomain is not supported because this feature is not enabled", "set subDomainHost in frps"),
    ("httpconnect not supported because this feature is not enabled", "set tcpmuxHTTPConnectPort in frps"),
)


def explained(refusal: str) -> str:
    """
    @param refusal: of frps.
    @return: the same, and behind it what to do, where that is known.
    """
    for words, remedy in _REMEDIES:
        if re.search(words, refusal):
            return f"{refusal}; {remedy}"
    return refusal
