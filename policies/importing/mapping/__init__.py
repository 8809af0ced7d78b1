"""How another system's file becomes rows in our columns, and those become values."""
