"""The steps from each schema to the next, as Alembic reads them; a step never changes once it was released."""
