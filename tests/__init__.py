"""Fixtures and contracts shared by the tests."""
