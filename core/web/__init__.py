"""Server-rendered pages: what people see of the resources."""
