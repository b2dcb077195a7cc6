"""The client plugins, one module each: what answers a work stream in place of a local service."""
