"""The reactor of the tests is that of our commands; C{FRP_TEST_REACTOR=default} takes Twisted's choice instead."""

from __future__ import annotations

import os

if os.environ.get("FRP_TEST_REACTOR") != "default":
    try:
        from frp.sockets.lean import install
    except ImportError:
        pass  # there is no epoll here
    else:
        install()
