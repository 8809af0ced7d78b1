"""What if: the days to come without a trace, what a change would make of them; texts tried out."""
