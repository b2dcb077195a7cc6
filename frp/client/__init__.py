"""The frpc service: one session at a time, and the proxies that run in it."""
