"""The company of customers' tests."""

from kemai.customers.tests.conftest import at, crew  # noqa: F401
