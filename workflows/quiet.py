"""Other libraries' chatter, kept away from the user."""

import logging
import os
import warnings

__all__ = ["quieten_libraries"]


def quieten_libraries() -> None:
    """Silence warnings and logs of this process; `LITHICOAT_DEBUG=1` lets them through."""
    if os.environ.get("LITHICOAT_DEBUG"):
        return
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
