"""Another process of a large import: reads rows ahead (import_reading.py).

python -m kemai.kit.import_ahead IMPORT_ID FIRST EVERY [ready]
"""

import os
import sys

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kemai.config.settings")
    django.setup()
    from kemai.kit import import_reading, importing
    from kemai.kit.models import Import

    number, first, every = map(int, sys.argv[1:4])
    run = Import.objects.select_related("by").get(pk=number)
    try:
        plan = importing.plan_of(run)
        import_reading.write_parts(run, plan, sys.stdout.buffer, first, every, ready="ready" in sys.argv[4:])
    except BrokenPipeError:  # nobody listens any more
        os._exit(1)


if __name__ == "__main__":
    main()
