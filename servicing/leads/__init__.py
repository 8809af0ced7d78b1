"""Referrals 转介绍: who may be asked, whom they name, and what becomes of it (domain.md §19)."""
