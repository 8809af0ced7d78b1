"""What reads well and makes little sense, and what seems to mean somebody and means another."""
