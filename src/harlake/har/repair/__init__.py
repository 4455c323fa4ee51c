"""HARs rewritten: without bodies, and with what strict readers demand."""
