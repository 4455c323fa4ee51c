"""From the body of an HTTP request to the bytes of a HAR, without any I/O."""
