import json

import pytest

from lithicoat.analysis.database import Database
from lithicoat.workflows.cli import run

EXAMPLE = ("--campaign", "mission-films", "--draws", "50")


@pytest.fixture(scope="module")
def where():
    return str(Database.example().where)


def test_report_writes_one_file_and_says_what_to_beware_of(where, tmp_path, capsys):
    file = tmp_path / "films" / "report.html"
    assert run(["report", "--db", where, "-o", str(file), "--json", *EXAMPLE]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["file"] == str(file)
    assert len(told["films"]) == 9
    assert "for trying out" in told["warnings"][0]
    text = file.read_text(encoding="utf-8")
    assert "<h3>Pairs</h3>" in text
    assert str(tmp_path) not in text
    assert where not in text


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--campaign", "nowhere"), "holds no campaign nowhere"),
        (("--draws", "0"), "--draws"),
    ],
)
def test_bad_input_is_one_sentence(where, capsys, arguments, sentence):
    assert run(["report", "--db", where, *arguments]) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1


def test_a_folder_without_a_database_is_one_sentence(tmp_path, capsys):
    assert run(["report", "--db", str(tmp_path)]) == 2
    assert "holds no lithicoat database" in capsys.readouterr().err
