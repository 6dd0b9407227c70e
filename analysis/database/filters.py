"""Which records of a database are asked for."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypedDict, cast

import numpy as np
from numpy.typing import NDArray

from lithicoat.analysis.database.snapshot import Snapshot
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.records import CampaignRecord

__all__ = ["Filters", "Range", "campaign_named", "known_property", "matching", "within"]

Mask = NDArray[np.bool_]
Range = tuple[float | None, float | None]
"""Least and greatest value, either end open."""
BOTH = "both"
ELECTRODES = {"anode", "cathode"}


class Filters(TypedDict, total=False):
    """What a record has to be like; what is not given is not asked.

    ``coating``, ``family``, ``potential``, ``protocol``, ``seed`` take one or several. A ``role`` of anode or
    cathode takes along the films for both. ``protocol`` is a label, or the name before its digest.
    ``sha256`` may be the beginning of one. ``campaign``, a name or a record of one, takes what belongs to it,
    whichever campaign computed it. ``where`` maps names of properties to their least and greatest value, in
    the unit of the property; a bound counts where it leaves no doubt, what is missing never does.
    """

    coating: str | Sequence[str]
    role: str
    family: str | Sequence[str]
    campaign: str | CampaignRecord
    potential: str | Sequence[str]
    sha256: str
    protocol: str | Sequence[str]
    seed: int | Sequence[int]
    try_out: bool
    where: Mapping[str, Range]


def matching(snapshot: Snapshot, filters: Filters, campaigns: Iterable[CampaignRecord] = ()) -> Mask:
    """Tell which records a filter takes by their heads, whatever their numbers.

    Raises
    ------
    DataError
        If there is no such filter or campaign.
    """
    if strange := [name for name in filters if name not in Filters.__annotations__]:
        raise DataError(
            f"there is no filter {strange[0]}",
            where=strange[0],
            hint=f"they are {', '.join(Filters.__annotations__)}",
        )
    mask = np.ones(len(snapshot), dtype=bool)
    several = {name: filters.get(name) for name in ("coating", "family", "potential")}
    for name, wanted in several.items():
        if wanted is not None:
            mask &= _among(snapshot, name, _several(wanted))
    if (role := filters.get("role")) is not None:
        mask &= _among(snapshot, "role", {role, BOTH} if role in ELECTRODES else {role})
    if (protocol := filters.get("protocol")) is not None:
        mask &= _protocols(snapshot, _several(protocol))
    if (sha256 := filters.get("sha256")) is not None:
        mask &= _codes(snapshot, "sha256", lambda text: text.startswith(sha256))
    if (seed := filters.get("seed")) is not None:
        mask &= np.isin(snapshot.head["seed"], [seed] if isinstance(seed, int) else list(seed))
    if (try_out := filters.get("try_out")) is not None:
        mask &= snapshot.head["try_out"] == try_out
    if (campaign := filters.get("campaign")) is not None:
        known = campaign_named(campaigns, campaign) if isinstance(campaign, str) else campaign
        mask &= _of_campaign(snapshot, known)
    return mask


def within(snapshot: Snapshot, mask: Mask, ranges: Mapping[str, Range]) -> Mask:
    """Leave of some records those whose properties lie within ranges for sure.

    Raises
    ------
    DataError
        If no record has such a property.
    """
    for name, limits in ranges.items():
        mask = mask & _within(snapshot, known_property(snapshot, name), limits)
    return mask


def campaign_named(campaigns: Iterable[CampaignRecord], name: str) -> CampaignRecord:
    """Return the campaign of a name.

    Raises
    ------
    DataError
        If there is none.
    """
    by_name = {campaign.name: campaign for campaign in campaigns}
    if name not in by_name:
        raise DataError(
            f"the database holds no campaign {name}",
            where="campaign",
            hint=f"known are {', '.join(by_name)}" if by_name else "it holds none",
        )
    return by_name[name]


def known_property(snapshot: Snapshot, name: str) -> str:
    """Return the name of a property that some record has.

    Raises
    ------
    DataError
        If none has.
    """
    if name in snapshot.properties or not len(snapshot):
        return name
    close = get_close_matches(name, snapshot.properties, n=1)
    raise DataError(
        f"no record has a property {name}",
        where=name,
        hint=f"did you mean {close[0]}?" if close else f"they have {', '.join(sorted(snapshot.properties))}",
    )


def _of_campaign(snapshot: Snapshot, campaign: CampaignRecord) -> Mask:
    """Tell what belongs to a campaign: its coatings with the potential of each, its protocol and seed."""
    head, words = snapshot.head, snapshot.words
    expected = np.full(len(words.texts), _code(snapshot, campaign.sha256), dtype=np.int64)
    for coating, sha256 in campaign.substitutes.items():
        if (code := words.known(coating)) is not None:
            expected[code] = _code(snapshot, sha256)
    same = (head["protocol"] == _code(snapshot, campaign.protocol)) & (head["seed"] == campaign.seed)
    same &= head["sha256"] == expected[head["coating"]]
    return np.asarray(same & _among(snapshot, "coating", set(campaign.coatings)))


def _several(wanted: object) -> set[str]:
    return {wanted} if isinstance(wanted, str) else set(cast("Iterable[str]", wanted))


def _code(snapshot: Snapshot, text: str) -> int:
    """Return the code of a text, one that no record has if it is not known."""
    code = snapshot.words.known(text)
    return -1 if code is None else code


def _among(snapshot: Snapshot, name: str, wanted: set[str]) -> Mask:
    codes = [_code(snapshot, text) for text in wanted]
    if len(codes) == 1:
        return np.asarray(snapshot.head[name] == codes[0])
    return np.isin(snapshot.head[name], codes)


def _codes(snapshot: Snapshot, name: str, test: Any) -> Mask:
    """Tell the rows whose text passes a test, asked once per text."""
    found = [code for code in np.unique(snapshot.head[name]).tolist() if test(snapshot.words[code])]
    return np.isin(snapshot.head[name], found)


def _protocols(snapshot: Snapshot, wanted: set[str]) -> Mask:
    return _codes(
        snapshot, "protocol", lambda label: label in wanted or label.rpartition("-")[0] in wanted - {""}
    )


def _within(snapshot: Snapshot, name: str, limits: Range) -> Mask:
    """Tell the rows whose property lies within limits for sure."""
    column = snapshot.column(name)
    low, high = limits
    value, bound = column["value"], column["bound"]
    inside = ~np.isnan(value)
    if low is not None:
        inside &= (value >= low) & (bound >= 0)
    if high is not None:
        inside &= (value <= high) & (bound <= 0)
    return np.asarray(inside)
