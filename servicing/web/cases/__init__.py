"""The pages of cases: their list, one of them, and how a complaint is opened (docs/cases.md)."""
