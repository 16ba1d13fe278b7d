"""What customers do when others tell something, and what of them is handed over when somebody leaves."""

from kemai.customers.models import Customer, CustomerShare
from kemai.customers.services import hand_over
from kemai.customers.share_services import hand_over_shares
from kemai.kit.events import on
from kemai.notify.services import tell
from kemai.people.events import HandedOver
from kemai.people.holdings import Holding, holdings


@on(HandedOver)
def tell_successor(event: HandedOver) -> None:
    """The successor learns what there is now to look after (ORG-02)."""
    tell(event.successor, event.said, link="/customers?view=mine")


holdings += [
    Holding("客户", lambda leaver: Customer.objects.filter(owner=leaver).count(), hand_over),
    Holding("收到的共享", lambda leaver: CustomerShare.objects.filter(employee=leaver).count(), hand_over_shares),
]
