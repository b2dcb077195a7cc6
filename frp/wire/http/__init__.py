"""HTTP/1.1 as bytes and events, and the heads of HTTP/2."""
