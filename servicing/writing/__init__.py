"""What is written, and whether it may be: texts from templates, their length, permission."""
