"""The pages of reports on cases: tables of numbers, each of which opens what it counts."""
