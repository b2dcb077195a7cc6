"""KCP, a reliable stream over datagrams, as the reference uses it: with Reed-Solomon parity, and without a checksum."""
