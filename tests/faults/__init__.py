"""Faults to survive: each kind is brought about many times, and what was lost, doubled or left unclear is counted."""
