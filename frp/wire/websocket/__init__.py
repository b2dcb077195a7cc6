"""WebSocket (RFC 6455) as frp uses it: a stream of bytes in frames, behind an HTTP upgrade."""
