"""Floor plans as one document: what stands on a sheet, read and changed together."""
