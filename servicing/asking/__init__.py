"""Why something was done or not done, and the proof of it: chains, evidence, seals over the trail."""
