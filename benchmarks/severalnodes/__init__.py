"""Several frps that serve one set of tunnels, on this machine: what that costs, and what becomes of them."""
