"""The reckoning of capacity on arrays: no database, no web."""
