"""Other libraries' chatter, kept away from the user."""

import contextlib
import io
import logging
import os
import warnings
from collections.abc import Iterator

__all__ = ["quieten_libraries", "quietly"]


def quieten_libraries() -> None:
    """Silence warnings and logs of this process; `LITHICOAT_DEBUG=1` lets them through."""
    if os.environ.get("LITHICOAT_DEBUG"):
        return
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Keep what libraries print and warn while they load away from stdout and stderr, for a while."""
    logging.disable(logging.WARNING)
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)
