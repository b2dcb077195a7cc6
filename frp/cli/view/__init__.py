"""C{frpc --ui}: what goes on, drawn on a terminal for as long as frpc runs."""
