"""What is plugged into what: cable ends, traces, and how cables are written."""
