"""The company of customers' tests."""

from kemai.customers.tests.conftest import at, crew  # noqa: F401
from kemai.teamwork.tests.clock import clock  # noqa: F401
