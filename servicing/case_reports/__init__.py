"""Reports on cases: the day, the week, the month, who was complained of; the register of complaints."""
