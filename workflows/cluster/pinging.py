"""Signs of life of running steps: how often FireWorks gives them, and when silence means loss."""

from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from lithicoat.workflows.errors import UsageError

__all__ = ["Pinging", "pinging"]

FEWEST_PINGS = 3
"""So many pings must be missing before a run counts as lost, whatever the settings say."""


@dataclass(frozen=True)
class Pinging:
    """How runs tell that they are alive.

    Parameters
    ----------
    ping_s : float
        Time between two pings, s.
    asked_s : float
        Time without a ping after which a run is to count as lost, as set, s.
    """

    ping_s: float
    asked_s: float

    @property
    def expiration_s(self) -> float:
        """Time without a ping after which a run counts as lost: never below several pings, s.

        A run that is given up while it is alive would be computed twice.
        """
        return max(self.asked_s, FEWEST_PINGS * self.ping_s)


def pinging(directory: Path | None) -> Pinging:
    """Read how often runs ping.

    Parameters
    ----------
    directory : Path or None
        Settings of a cluster; where it has no FW_config.yaml, or is None, those of FireWorks hold.

    Raises
    ------
    UsageError
        If the file is no YAML or its times are no positive numbers.
    """
    from fireworks import fw_config

    found = {"PING_TIME_SECS": fw_config.PING_TIME_SECS, "RUN_EXPIRATION_SECS": fw_config.RUN_EXPIRATION_SECS}
    file = directory / "FW_config.yaml" if directory else None
    if file is not None and file.is_file():
        try:
            found |= YAML(typ="safe", pure=True).load(file.read_text("utf-8")) or {}
        except (OSError, YAMLError, UnicodeDecodeError, TypeError) as error:
            raise UsageError(f"{file} is not YAML", where=str(file)) from error
    times = [found[name] for name in ("PING_TIME_SECS", "RUN_EXPIRATION_SECS")]
    if not all(isinstance(time, int | float) and time > 0 for time in times):
        raise UsageError(
            f"PING_TIME_SECS and RUN_EXPIRATION_SECS have to be positive, not {times[0]} and {times[1]}",
            where=str(file or "FW_config.yaml"),
        )
    return Pinging(ping_s=float(times[0]), asked_s=float(times[1]))
