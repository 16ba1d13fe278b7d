"""What quick search knows of sample orders."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from kemai.kit.search import Doc
from kemai.kit.tests.sample.models import SampleLine, SampleOrder


def order_docs(ids: Sequence[int]) -> Mapping[int, Mapping[str, Doc]]:
    """Number, subject, names of the products."""
    products = defaultdict(list)
    for order_id, product in SampleLine.objects.filter(order_id__in=ids).values_list("order_id", "product"):
        products[order_id].append(product)
    rows = SampleOrder.objects.filter(pk__in=ids).values_list("pk", "number", "subject")
    return {
        pk: {
            "number": Doc(codes=(number,)),
            "subject": Doc(names=(subject,)),
            "products": Doc(names=tuple(products[pk])),
        }
        for pk, number, subject in rows
    }
