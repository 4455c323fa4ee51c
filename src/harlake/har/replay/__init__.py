"""Sending a captured request again: what goes over the wire, and scripts that send it."""
