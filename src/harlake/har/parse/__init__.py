"""HAR text of any size, cut into entries: bytes in, blocks of entries out."""
