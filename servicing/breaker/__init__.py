"""Messages that nobody meant are stopped: forecasts, the circuit breaker, halts."""
