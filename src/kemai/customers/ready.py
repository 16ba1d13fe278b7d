"""What customers need on a new system."""

from kemai.customers import demo  # noqa: F401  tells how to load demonstration data
from kemai.office.ready import numbering_rule
from kemai.people.start import ready_step


@ready_step(50)
def make_numbering(company: str) -> None:
    """KH20260305 0001, counted anew each day."""
    numbering_rule("customer", "客户", "KH")
