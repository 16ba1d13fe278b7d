"""Another process of a large import: reads rows ahead (import_reading.py).

python -m kemai.kit.import_ahead IMPORT_ID [ready] < NUMBERS OF CHUNKS
"""

import os
import sys

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kemai.config.settings")
    django.setup()
    from kemai.kit import import_reading, importing
    from kemai.kit.models import Import

    run = Import.objects.select_related("by").get(pk=int(sys.argv[1]))
    try:
        plan = importing.plan_of(run)
        import_reading.send_parts(run, plan, map(int, sys.stdin), sys.stdout.buffer, ready="ready" in sys.argv[2:])
    except BrokenPipeError:  # nobody listens any more
        os._exit(1)


if __name__ == "__main__":
    main()
