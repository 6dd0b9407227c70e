import json
import re
from collections import Counter
from html.parser import HTMLParser

import pytest

from lithicoat.analysis.database import Database
from lithicoat.analysis.errors import DataError
from lithicoat.analysis.figures.units import quantity_text
from lithicoat.analysis.report.cautions import TRY_OUT_FLAG
from lithicoat.analysis.report.screening import gather
from lithicoat.analysis.report.writing import render, write_report

HOSTILE = '</script><img src=x onerror="alert(1)">'
MOST_MB = 8


class Reader(HTMLParser):
    """What a test asks of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: dict[str, str] = {}
        self.text: list[str] = []
        self._script: str | None = None

    def handle_starttag(self, tag, attrs):
        self.tags[tag] += 1
        self.attributes.append((tag, dict(attrs)))
        if tag in {"script", "style"}:
            self._script = dict(attrs).get("id") or tag

    def handle_endtag(self, tag):
        if tag in {"script", "style"}:
            self._script = None

    def handle_data(self, data):
        if self._script is None:
            self.text.append(data)
        else:
            self.scripts[self._script] = self.scripts.get(self._script, "") + data

    def values(self, name):
        return [found[name] for _, found in self.attributes if name in found]


@pytest.fixture(scope="module")
def read(page):
    reader = Reader()
    reader.feed(page)
    return reader


def test_the_page_fetches_nothing(read):
    assert not read.values("src")
    assert not read.tags["link"]
    assert not read.tags["iframe"]
    assert "url(" not in read.scripts["style"]
    assert "@import" not in read.scripts["style"]
    addresses = [address for address in read.values("href") if not address.startswith("#")]
    assert addresses
    assert all(re.match(r"https://(doi|arxiv)\.org/", address) for address in addresses)
    policy = next(found["content"] for _, found in read.attributes if "http-equiv" in found)
    assert policy.startswith("default-src 'none'")


def test_every_place_that_is_linked_is_there_once(read):
    places = Counter(read.values("id"))
    assert max(places.values()) == 1
    linked = {address[1:] for address in read.values("href") if address.startswith("#")}
    assert linked <= set(places)
    naming = ("aria-labelledby", "for")
    named = {found[name] for _, found in read.attributes for name in naming if name in found}
    assert named <= set(places)


def test_headings_of_tables_say_what_they_head(read):
    heads = [found for tag, found in read.attributes if tag == "th"]
    assert len(heads) > 100
    assert all("scope" in found for found in heads)
    assert read.tags["caption"] == read.tags["table"]
    assert read.tags["h1"] == read.tags["main"] == read.tags["nav"] == 1


def test_every_number_of_every_film_is_told(screening, read):
    text = re.sub(r"\s+", " ", " ".join(read.text))
    for record in screening.records:
        for prop in record.properties.values():
            if prop.value is not None:
                assert quantity_text(prop).split(", ")[0] in text
            assert all(flag in text for flag in prop.flags if flag != TRY_OUT_FLAG)
        assert record.sha256 in text
        assert all(key in text for key in record.steps)


def test_every_figure_names_its_source(page, screening):
    figures = re.findall(r'<figure class="plot".*?</figure>', page, re.DOTALL)
    assert len(figures) >= 9
    sha = screening.campaign.sha256[:12]
    for figure in figures:
        source = re.search(r"Source: (.*?)</p>", figure, re.DOTALL)
        assert source is not None
        for part in (screening.database_name, screening.campaign.name, sha, screening.campaign.protocol):
            assert part in source[1]


def test_every_figure_has_its_numbers_as_a_table(page):
    drawn = json.loads(re.search(r'id="plot-data">(.*?)</script>', page, re.DOTALL)[1])
    figures = re.findall(r'<figure class="plot" id="plot-(.*?)".*?</figure>', page, re.DOTALL)
    assert set(figures) == set(drawn)
    assert page.count("Numbers of this figure") == len(drawn)


def test_the_data_inside_are_the_records(read, screening):
    held = json.loads(read.scripts["data-json"])
    assert held["records"] == [record.model_dump(mode="json") for record in screening.records]
    lines = json.loads(read.scripts["data-csv"]).splitlines()
    assert len(lines) > sum(len(record.properties) for record in screening.records)


def test_probabilities_are_those_of_the_ranking(page, screening):
    for films in screening.rankings.values():
        for film in films:
            chances = (film.probability_first, film.probability_top3)
            assert "".join(f'<td class="n">{chance:.2f}</td>' for chance in chances) in page


@pytest.mark.slow
def test_the_same_database_gives_the_same_file_and_a_small_one(page, screening):
    again = render(gather(screening.database, campaign=screening.campaign.name, draws=screening.draws))
    assert again == page
    assert len(page.encode()) < MOST_MB * 1e6


def test_names_of_other_people_stay_text(screening):
    class Hostile(Database):
        def records(self, **filters):
            first, *others = super().records(**filters)
            update = {"coating": HOSTILE, "name": HOSTILE, "failures": {HOSTILE: HOSTILE}}
            return [first.model_copy(update=update), *others]

    database = Hostile(screening.database.where)
    read = Reader()
    read.feed(render(gather(database, campaign=screening.campaign.name, draws=50)))
    assert "img" not in read.tags
    assert HOSTILE in read.text
    assert "<img" not in json.dumps(json.loads(read.scripts["plot-data"]))


def test_an_empty_database_is_one_sentence(tmp_path):
    from litemongo import connect

    connect(f"file:{tmp_path}")["lithicoat"]["campaigns"].insert_one({"_id": 1})
    connect(f"file:{tmp_path}")["lithicoat"]["campaigns"].delete_many({})
    with pytest.raises(DataError, match="holds no campaign yet"):
        write_report(tmp_path, output=tmp_path / "report.html")


def test_a_campaign_that_is_not_there_is_one_sentence(screening, tmp_path):
    with pytest.raises(DataError, match="holds no campaign nowhere"):
        write_report(screening.database, output=tmp_path / "report.html", campaign="nowhere")


def test_a_folder_that_is_none_is_one_sentence(screening, tmp_path, monkeypatch):
    monkeypatch.setattr("lithicoat.analysis.report.writing.render", lambda _: "")
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot be written"):
        write_report(screening.database, output=tmp_path / "file" / "report.html", draws=1)


def test_a_campaign_without_a_finished_film_is_one_sentence(screening):
    class Unfinished(Database):
        def records(self, **_):
            return []

    with pytest.raises(DataError, match="has no finished film to report"):
        gather(Unfinished(screening.database.where))
