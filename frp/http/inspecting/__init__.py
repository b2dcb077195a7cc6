"""The inspector: requests that came through a client's HTTP, kept for its developer, who may send them again."""
