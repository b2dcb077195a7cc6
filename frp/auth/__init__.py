"""How frpc proves itself to frps."""
