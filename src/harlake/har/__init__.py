"""HAR 1.2 as bytes: reading and writing, without any I/O, clock or thread."""
