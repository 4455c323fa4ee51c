"""Where captures and their index live. Nothing outside knows DuckDB, obstore, or a path."""
