"""The apps of the product, from the ground floor up. An app imports only from apps that stand before it here."""

KEMAI_APPS = [
    "kemai.kit",
    "kemai.people",
    "kemai.office",
    "kemai.files",
    "kemai.notify",
    "kemai.customers",
    "kemai.teamwork",
]
