"""The HTTP API: Litestar in, Litestar out, and nothing that is not HTTP."""
