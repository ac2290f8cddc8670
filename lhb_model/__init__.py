"""Lateral habenula bursting, ketamine and the anti-reward circuit."""

__version__ = "0.1.0"
