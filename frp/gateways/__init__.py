"""The doors of frps that many proxies share, and what decides which of them a user has come for."""
