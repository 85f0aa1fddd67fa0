"""Why somebody could not be told: a sentence without secrets and without addresses of people."""

from __future__ import annotations


class CannotTell(Exception):
    """One plain sentence; it never quotes what a server said, and no reference's content."""
