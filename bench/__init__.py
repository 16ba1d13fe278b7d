"""Measures how fast Kemai is and how that grows with the data: docs/performance.md says what and how."""
