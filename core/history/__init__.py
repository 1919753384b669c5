"""Change history: written by the database for every write, whoever makes it."""
