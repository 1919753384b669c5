"""Django's PostgreSQL backend with a pool whose connections cost nothing to check."""
