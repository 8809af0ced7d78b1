"""What if: the days to come without a trace, and what a change would make of them."""
