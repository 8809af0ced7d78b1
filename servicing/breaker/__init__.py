"""What stops a message that nobody meant: forecasts, the circuit breaker, halts."""
