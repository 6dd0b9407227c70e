"""Campaigns of two databases under one roof: the same numbers unite, a name that is taken gets a suffix."""

import hashlib
import json
from collections.abc import Iterable

from lithicoat.analysis.records import CampaignRecord

__all__ = ["Housed", "housed"]

DIGITS = 6
Numbers = tuple[str, str, int]


class Housed:
    """Where the campaigns of a source go in a database.

    Parameters
    ----------
    names : dict of str to str
        Name in the source → name here.
    new, united : list of CampaignRecord
        To be written: campaigns that were not there, and those that now have more films.
    """

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.new: list[CampaignRecord] = []
        self.united: list[CampaignRecord] = []

    @property
    def renamed(self) -> dict[str, str]:
        """Name there → name here where they differ."""
        return {there: here for there, here in self.names.items() if there != here}


def housed(coming: Iterable[CampaignRecord], present: Iterable[CampaignRecord]) -> Housed:
    """Find a place for each campaign that comes.

    Those of one name with the same potential, protocol and seed become one with the films of both. If a
    campaign of the same name has other numbers, the one that comes gets a suffix that follows from its
    numbers, so that it finds its place again the next time.
    """
    here = {campaign.name: campaign for campaign in present}
    found = Housed()
    for campaign in sorted(coming, key=lambda one: one.name):
        twin = next((one for one in here.values() if _same(one, campaign)), None)
        if twin is not None:
            both = _both(twin, campaign)
            found.names[campaign.name] = twin.name
            if both != twin:
                found.united = [one for one in found.united if one.name != both.name]
                found.united.append(both)
                here[twin.name] = both
            continue
        name = campaign.name if campaign.name not in here else f"{_bare(campaign)}-{_suffix(campaign)}"
        here[name] = campaign.model_copy(update={"name": name})
        found.names[campaign.name] = name
        found.new.append(here[name])
    return found


def _numbers(campaign: CampaignRecord) -> Numbers:
    return campaign.sha256, campaign.protocol, campaign.seed


def _suffix(campaign: CampaignRecord) -> str:
    return hashlib.sha256(json.dumps(_numbers(campaign)).encode()).hexdigest()[:DIGITS]


def _bare(campaign: CampaignRecord) -> str:
    """Return the name without the suffix that it may have got on an earlier way."""
    return campaign.name.removesuffix(f"-{_suffix(campaign)}")


def _same(one: CampaignRecord, other: CampaignRecord) -> bool:
    return _numbers(one) == _numbers(other) and _bare(one) == _bare(other)


def _both(here: CampaignRecord, there: CampaignRecord) -> CampaignRecord:
    """Unite two records of one campaign; where they differ the later one holds."""
    later, earlier = (there, here) if there.updated_at > here.updated_at else (here, there)
    return here.model_copy(
        update={
            "coatings": tuple(dict.fromkeys((*here.coatings, *there.coatings))),
            "substitutes": {**earlier.substitutes, **later.substitutes},
            "state": later.state,
            "updated_at": later.updated_at,
        }
    )
