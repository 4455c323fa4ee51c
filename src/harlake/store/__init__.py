"""Where captures and their index live. Nothing outside knows DuckDB, zstd frames on disk, or a path."""
