"""What customers do when others tell something."""

from kemai.customers.services import hand_over
from kemai.kit.events import on
from kemai.kit.journal import journal
from kemai.people.events import EmployeeLeft


@on(EmployeeLeft)
def move_customers(event: EmployeeLeft) -> None:
    """Somebody left: their customers go to the successor, in the same transaction (ORG-02)."""
    if event.successor is None:
        return
    with journal(by=event.by, deed="employee.set_left") as log:
        event.moved["客户"] = hand_over(event.employee, event.successor, by=event.by, log=log)
