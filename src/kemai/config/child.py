"""A child of `kemai serve`: the web server or the runner of jobs. It ends when its parent has ended, however that was (REL-01).

Otherwise a server without its supervisor would hold the port, and the next start would be refused.
"""

import gc
import os
import signal
import sys
import threading


def main() -> None:
    """`python -m kemai.config.child web …` or `… run-jobs`, with a pipe from the parent as standard input."""
    what, *arguments = sys.argv[1:]
    threading.Thread(target=_end_with_the_parent, daemon=True, name="parent").start()
    if what == "web":
        from granian.cli import entrypoint

        _load()
        sys.argv = ["granian", *arguments]
        entrypoint()
    else:
        from kemai.config import cli

        sys.exit(cli.main([what, *arguments]))


def _load() -> None:
    """Loads the program once: where workers are forked from this process they start at once and share its memory. No database is opened."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kemai.config.settings")
    import django
    from django.urls import get_resolver

    django.setup()
    get_resolver().url_patterns  # noqa: B018  imports all views
    gc.freeze()  # the forked workers' collectors leave its pages as they are


def _end_with_the_parent() -> None:
    while os.read(0, 1024):  # nobody writes: this returns when the parent's end of the pipe is closed
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
