"""The pages of spot checks, and their figures beside a scorecard."""
