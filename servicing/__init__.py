"""What is done for a policy: touchpoints found, messages sent, tasks given, everything on the card."""
