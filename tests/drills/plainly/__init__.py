"""Random weeks of a small book, lived by the product and read a second time, plainly."""
