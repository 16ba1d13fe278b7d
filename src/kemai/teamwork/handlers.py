"""What teamwork does when others tell something."""

from kemai.customers.events import ContactsDeleted, DemonstrationPlanned, OwnerChanged, Renamed, SharesEnded
from kemai.customers.models import Customer
from kemai.kit.events import on
from kemai.kit.undo import TakenBack
from kemai.people.holdings import Holding, holdings
from kemai.teamwork import demo
from kemai.teamwork.models import Interaction
from kemai.teamwork.services import follow, keep_names
from kemai.teamwork.todo_queries import open_count
from kemai.teamwork.todo_services import hand_over_todos, todos_come_home, todos_move


@on(OwnerChanged)
def move_todos(event: OwnerChanged) -> None:
    """What is to be done with a customer is its new owner's business."""
    if not event.new:
        todos_move(event.customers, event.to_owner_id, log=event.log)


@on(SharesEnded)
def take_todos_home(event: SharesEnded) -> None:
    """What a helper planned is the owner's business when the helper sees the customer no longer."""
    todos_come_home([event.customer.pk], log=event.log)


@on(ContactsDeleted)
def keep_contact_names(event: ContactsDeleted) -> None:
    """A contact with records does not vanish from them."""
    keep_names(event.contacts, event.log)


@on(Renamed)
def search_by_new_name(event: Renamed) -> None:
    """Records are found under the new name of their customer or contact."""
    field = "customer" if isinstance(event.record, Customer) else "contact"
    event.log.searched(
        "interaction", Interaction.objects.filter(**{field: event.record.pk}).values_list("pk", flat=True)
    )


@on(TakenBack)
def follow_what_is_left(event: TakenBack) -> None:
    """Records are taken back: first and last contact (CUS-02) and the to-do (INT-04) of the customers are those of the records as they are."""
    if event.kind == "interaction":
        ids = {record.customer_id for record in event.records}
        for customer in Customer.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk"):
            follow(customer, event.log)


@on(DemonstrationPlanned)
def add_to_demonstration(event: DemonstrationPlanned) -> None:
    """The demonstration company talks with its customers."""
    demo.plan_records(event.plan)


holdings.append(Holding("待办", open_count, hand_over_todos))
