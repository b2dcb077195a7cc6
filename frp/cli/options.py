"""
The flags that frps and frpc themselves look at: declared once, read by the commands and by C{twistd}. Those that set
keys of the configuration stand in L{frp.config.commandline}.
"""

from __future__ import annotations

from frp.config.flags import Flag, boolean, listed, several, text

__all__ = ["EXPLAIN", "EXPLAIN_ERRORS", "FRPC", "FRPS", "PLUGIN"]

_UNSAFE = "allowed unsafe features, one or more of: TokenSourceExec"
_STRICT = "strict config parsing mode, unknown fields will cause errors"

#: Ours: a plugin in a single file.
PLUGIN = Flag("plugin", "", "", "a Python file with a plugin in it; may be given more than once", several)

#: What frps itself looks at.
FRPS = (
    Flag("config", "c", "", "config file of frps", text),
    Flag("version", "v", "", "version of frps", boolean),
    Flag("strict-config", "", "", _STRICT, boolean, True),
    Flag("allow-unsafe", "", "", _UNSAFE, listed),
    PLUGIN,
)

#: What frpc itself looks at.
FRPC = (
    Flag("config", "c", "", "config file of frpc", text, "./frpc.ini"),
    Flag("config-dir", "", "", "config directory, run one frpc service for each file in config directory", text),
    Flag("version", "v", "", "version of frpc", boolean),
    Flag("strict-config", "", "", _STRICT, boolean, True),
    Flag("allow-unsafe", "", "", _UNSAFE, listed),
    PLUGIN,
)

#: Ours: the reference of a table, and more words about errors.
EXPLAIN = Flag("explain", "", "", "describe a table of the configuration, such as transport.tls or proxies.tcp", text)
EXPLAIN_ERRORS = Flag(
    "explain-errors",
    "",
    "",
    "say where an error stands and what to do, on stderr (always, if that is a terminal)",
    boolean,
)
