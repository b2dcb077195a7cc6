"""Tests of frp.auth.oidc."""
