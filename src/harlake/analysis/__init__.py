"""What sessions add up to, and how two of them differ."""
