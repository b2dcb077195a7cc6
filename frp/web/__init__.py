"""The web servers of frps and frpc: an API, and pages."""
