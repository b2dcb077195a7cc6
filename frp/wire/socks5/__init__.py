"""SOCKS5 as bytes and events: both sides, and its datagrams."""
