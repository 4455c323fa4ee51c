"""What an operator sees: logs, the audit log, metrics, and who holds which limiter. Never a captured value."""
