"""HTTP/1.1 connections: uvicorn's protocol, with larger reads, limits, and an end for connections that stall."""
