"""Past years in partitions of their own, on PostgreSQL: closed, taken away, brought back."""
