"""The case database: what a run found and how far it got."""
