"""Providers that live on this machine: they answer as the real ones do, and misbehave on demand."""
