"""What is needed before a hole is punched: how others see this machine, and what that says of the NAT before it."""
