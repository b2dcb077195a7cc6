"""C{transport.protocol = "kcp"}: a stream over datagrams, between frpc and C{kcpBindPort} of frps."""
