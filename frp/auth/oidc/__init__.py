"""C{auth.method = "oidc"}: OpenID Connect."""
