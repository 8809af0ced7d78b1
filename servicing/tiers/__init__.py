"""Tiers and stages of clients: how much attention each gets, and how near each has come."""
