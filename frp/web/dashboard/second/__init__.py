"""The reference's second API of frps, and what this project adds to it."""
