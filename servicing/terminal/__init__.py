"""The terminal shows people tables, charts, a card, a day to come."""
