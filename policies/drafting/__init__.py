"""Help to write a mapping: what stands in another system's file, and a draft that a person checks."""
