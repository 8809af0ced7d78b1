"""Spot checks of basic service: clients drawn, results recorded, figures of them (domain.md §14)."""
