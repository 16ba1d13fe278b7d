"""Django's backend for SQLite, in which who waits for the write lock says so: base.py."""
