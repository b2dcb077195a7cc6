"""C{plugin.type = "socks5"}: a SOCKS5 proxy on the streams of a tunnel."""
