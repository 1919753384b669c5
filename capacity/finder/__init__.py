"""Where the next machines can go: from a question to positions, and from these to records."""
