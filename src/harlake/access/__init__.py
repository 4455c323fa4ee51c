"""Who may speak to the service: host names, origins, tokens and their scopes. No HTTP library, no server."""
