"""Packets of IP."""

from __future__ import annotations

from ipaddress import ip_address

__all__ = ["RECORDED", "packet"]

#: What the reference's frpc has written for a datagram C{hello} from 100.86.0.2:4000 to 100.86.0.1:5000.
RECORDED = bytes.fromhex(
    "21000000"
    "45000021685f4000401109be6456000264560001"
    "0fa01388000dd02a"
    "68656c6c6f"
)  # fmt: skip


def packet(sender: str, receiver: str, payload: bytes = b"", protocol: int = 17) -> bytes:
    """@return: one of either version; its checksum is that of no packet."""
    source, destination = ip_address(sender), ip_address(receiver)
    if source.version == 4:
        length = (20 + len(payload)).to_bytes(2, "big")
        head = b"\x45\0" + length + b"\0\0\0\0\x40" + bytes([protocol]) + b"\0\0"
    else:
        head = b"\x60\0\0\0" + len(payload).to_bytes(2, "big") + bytes([protocol]) + b"\x40"
    return head + source.packed + destination.packed + payload
