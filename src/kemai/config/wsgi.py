"""What the web server runs, in each of its workers."""

import gc
import multiprocessing
import os
import threading

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kemai.config.settings")


def _end_with_the_server() -> None:
    """A worker whose server was killed would hold the port for ever (REL-01)."""
    multiprocessing.parent_process().join()
    os._exit(1)


if multiprocessing.parent_process() is not None:
    threading.Thread(target=_end_with_the_server, daemon=True, name="server").start()

application = get_wsgi_application()
# A page leaves some two hundred objects in cycles and makes thousands that go by themselves: looking for the former at every page costs a tenth of it.
gc.set_threshold(50_000, 20, 50)
