"""The second process of a large import: reads the rows ahead (import_reading.py).

python -m kemai.kit.import_ahead IMPORT_ID [texts]
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
        import_reading.write_parts(run, importing.plan_of(run), sys.stdout.buffer, texts="texts" in sys.argv[2:])
    except BrokenPipeError:  # nobody listens any more
        os._exit(1)


if __name__ == "__main__":
    main()
