"""KCP, without a network."""
