"""Import and export: files of records in CSV, JSON and YAML."""
