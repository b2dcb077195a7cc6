"""HTTP/2 for the engine of L{frp.http}."""
