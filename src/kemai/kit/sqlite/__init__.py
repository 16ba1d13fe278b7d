"""Django's backend for SQLite, with one thing more: who waits for the write lock gets it soon (base.py)."""
