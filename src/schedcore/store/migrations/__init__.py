"""The steps from one form of the tables to the next: one module each, which Alembic loads by its path."""
