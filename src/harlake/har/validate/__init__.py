"""HARs checked against HAR 1.2, and against what the programs that read them accept."""
