"""What a campaign is made of: films by role, a potential for each film."""

import pytest

from lithicoat.analysis.decision.scheme import Electrode
from lithicoat.structures.catalog.loading import MISSION_IDS, ROLE_IDS
from lithicoat.structures.coating import Role
from lithicoat.workflows.configuration import CampaignConfig
from lithicoat.workflows.errors import PotentialError


def films(**given):
    return [coating.id for coating in CampaignConfig.read(None, **given).campaign().coatings]


def test_without_names_the_mission_films_are_screened():
    assert films() == list(MISSION_IDS)


@pytest.mark.parametrize("electrode", Electrode)
def test_a_role_chooses_films_that_can_protect_that_electrode(electrode):
    role = Role(electrode.value)
    campaign = CampaignConfig.read(None, role=electrode.value).campaign()
    assert [coating.id for coating in campaign.coatings] == list(ROLE_IDS[role])
    assert all(coating.role.covers(role) for coating in campaign.coatings)


def test_named_films_are_screened_whatever_the_role():
    assert films(role="cathode", coatings=("LiF",)) == ["LiF"]


def test_the_default_potential_gives_way_to_one_that_covers_a_film():
    campaign = CampaignConfig.read(None, coatings=("Li2S", "TiO2")).campaign()
    potentials = {coating.id: campaign.potential_of(coating).id for coating in campaign.coatings}
    assert potentials == {"Li2S": "mace-lithicoat-1", "TiO2": "chgnet"}
    assert set(campaign.substitutes) == {"TiO2"}


def test_a_named_potential_has_to_cover_all_films():
    with pytest.raises(PotentialError, match="chgnet covers Ti, but mace-lithicoat-1 does not"):
        CampaignConfig.read(None, coatings=("Li2S", "TiO2"), potential="mace-lithicoat-1").campaign()
