"""What sample orders need on a new system."""

from kemai.office.ready import numbering_rule
from kemai.people.start import ready_step


@ready_step(50)
def make_numbering(company: str) -> None:
    """YP202603 0001, counted anew each month."""
    numbering_rule("sample-order", "样品单", "YP", date_part="%Y%m", reset="month")
