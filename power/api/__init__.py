"""REST of the reckoning, beside the records."""
