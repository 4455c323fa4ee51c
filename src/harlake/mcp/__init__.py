"""The service as tools of an assistant, by the Model Context Protocol: an extra, ``harlake[mcp]``."""
