"""C{sshTunnelGateway}: clients that use C{ssh -R} in place of frpc."""
