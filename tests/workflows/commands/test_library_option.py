"""`--library polyols` in the catalog and in campaigns."""

import json

import pytest

from lithicoat.structures.catalog.library import library_ids
from lithicoat.structures.catalog.loading import MISSION_IDS
from lithicoat.structures.errors import StructureError
from lithicoat.workflows.cli import run
from lithicoat.workflows.configuration import CampaignConfig

pytestmark = pytest.mark.filterwarnings("ignore")


def ids(settings):
    return [coating.id for coating in settings.campaign().coatings]


def test_a_campaign_of_the_library_computes_every_film_once():
    films = ids(CampaignConfig.read(None, library="polyols"))
    assert films == list(library_ids("polyols"))
    assert {"LiGL", "LiTEA", "LiHQ", "LiEG"} <= set(films)
    assert not {"Li-glycerol", "Li-ethylene-glycol"} & set(films)


def test_named_films_come_before_the_library(tmp_path):
    file = tmp_path / "campaign.toml"
    file.write_text('library = "polyols"\ncoatings = ["LiF", "LiGL"]\n')
    films = ids(CampaignConfig.read(file))
    assert films[:2] == ["LiF", "LiGL"]
    assert len(films) == len(library_ids("polyols")) + 1
    assert ids(CampaignConfig.read(None)) == list(MISSION_IDS)


def test_an_unknown_library_is_refused():
    with pytest.raises(StructureError, match="there is no library sugars"):
        CampaignConfig.read(None, library="sugars").campaign()


def test_own_polyols_are_listed_and_built(tmp_path, capsys):
    own = tmp_path / "own.toml"
    own.write_text('[[polyol]]\nslug = "pentanediol"\nname = "1,5-pentanediol"\nsmiles = "OCCCCCO"\n')
    assert run(["catalog", "--library", "polyols", "--catalog", str(own), "--json"]) == 0
    listed = [film["id"] for film in json.loads(capsys.readouterr().out)]
    assert listed[-1] == "Li-pentanediol"
    assert "LiGL" in listed
    arguments = ["build", "smiles:OCCCCCO", "--catalog", str(own), "-o", str(tmp_path), "--max-atoms", "24"]
    assert run([*arguments, "--preset", "quick", "--json"]) == 0
    [built] = json.loads(capsys.readouterr().out)
    assert built["id"] == "Li-pentanediol"
    assert built["formula"] == "C5H10Li2O2"


@pytest.mark.parametrize("command", ["build", "screen", "elastic", "catalog"])
def test_a_smiles_that_gives_no_film_is_one_sentence(command, capsys):
    assert run([command, "smiles:CC(=O)O"]) == 2
    assert capsys.readouterr().err.startswith("error: 'CC(=O)O' has an acid group")


def test_a_smiles_with_a_dot_is_no_file(capsys):
    assert run(["elastic", "smiles:OCCO.CCO"]) == 2
    assert "is not one neutral molecule" in capsys.readouterr().err
