"""What carries the timetable out."""
