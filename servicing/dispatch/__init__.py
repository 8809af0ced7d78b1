"""Messages on their way: claimed, handed over, answered, settled; what clients answer to them."""
