"""The speed table: one pair of frps and frpc beside another, on the same machine, in the same run."""
