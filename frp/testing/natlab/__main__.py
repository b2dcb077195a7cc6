"""
C{python -m frp.testing.natlab 127.0.0.1 127.0.0.2}: a STUN server with these two addresses, until it is stopped. It
says where it is asked, C{127.0.0.1:3478}; another port may follow.
"""

from __future__ import annotations

import sys

from frp.testing.natlab.stunserver import StunServer


def main(first: str, second: str, port: str = "3478") -> None:
    from twisted.internet import reactor

    server = StunServer({first: reactor, second: reactor}, (int(port), int(port) + 1))
    print(server.address, flush=True)
    reactor.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
