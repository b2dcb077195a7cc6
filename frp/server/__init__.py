"""The frps service: clients, their lives, and what they share."""
