"""What quick search knows of contact records."""

from collections.abc import Mapping, Sequence

from kemai.kit.search import Doc
from kemai.teamwork.models import Interaction

INDEXED = 200  # characters of the content


def interaction_docs(ids: Sequence[int]) -> Mapping[int, Mapping[str, Doc]]:
    """With whom, at which customer, and the beginning of what was said."""
    rows = Interaction.objects.filter(pk__in=ids).values_list(
        "pk", "contact__name", "contact_name", "customer__name", "content"
    )
    return {
        pk: {
            "people": Doc(persons=tuple(name for name in (contact, others) if name)),
            "customer": Doc(names=(customer,)),
            "content": Doc(codes=(content[:INDEXED],) if content else ()),
        }
        for pk, contact, others, customer, content in rows
    }
