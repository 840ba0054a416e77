"""Rates by half-year. Every figure here was typed again from the published tables, not read from ours."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from facture.droit import load_table
from facture.echeances import ReglePenalites
from facture.errors import RefusError
from facture.projet import find_projet
from facture.taux import (
    LOIS,
    NOMS,
    Bareme,
    Taux,
    TauxAbsent,
    apply_regle,
    describe_taux,
    half_end,
    half_start,
    list_rows,
    list_rows_on,
    load_bareme,
    to_rate,
)

day = dt.date.fromisoformat
UN_JOUR = dt.timedelta(days=1)
ROWS = load_table("taux")


@pytest.fixture
def bareme(tmp_path: Path) -> Bareme:
    return load_bareme(find_projet(tmp_path))


def write(folder: Path, text: str) -> Path:
    (folder / "facture.toml").write_text("", encoding="utf-8")
    (folder / "taux.yaml").write_text(text, encoding="utf-8")
    return folder


def refuse(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.chdir(write(folder, text))
    with pytest.raises(RefusError) as caught:
        load_bareme(find_projet(folder))
    return [
        f"{item.position.line}:{item.position.column} {item.code} {item.message}" for item in caught.value.diagnostics
    ]


# --- The table we ship


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['taux']}-{row['depuis']}")
def test_every_rate_is_dated_and_sourced(row: dict[str, Any]) -> None:
    """A rate claimed from somebody says what it is, since when, until when, by which text, and where it was read."""
    assert set(row) == {"taux", "depuis", "jusqu_au", "valeur", "loi", "source", "verifie_le"}
    assert row["taux"] in NOMS
    assert row["depuis"] <= row["verifie_le"]
    assert row["loi"].strip()
    assert row["source"].strip()
    # Text, so that no rate ever goes through a float.
    assert isinstance(row["valeur"], str)
    assert 0 <= Decimal(row["valeur"]) < 20


@pytest.mark.parametrize("nom", sorted(NOMS))
def test_the_table_has_no_hole_and_no_overlap(nom: str) -> None:
    """From 1 January 2009 to 31 December 2026, each day has one rate; a row is a half-year, or a year before 2015."""
    rows = [row for row in ROWS if row["taux"] == nom]
    assert rows[0]["depuis"] == day("2009-01-01")
    assert rows[-1]["jusqu_au"] == day("2026-12-31")
    for before, after in itertools.pairwise(rows):
        assert after["depuis"] == before["jusqu_au"] + UN_JOUR
    yearly = [row for row in rows if row["jusqu_au"] != half_end(row["depuis"])]
    assert [row["depuis"].year for row in yearly] == ([] if nom == "bce" else [2009, 2010, 2011, 2012, 2013, 2014])
    assert all(row["jusqu_au"] == row["depuis"].replace(month=12, day=31) for row in yearly)


@pytest.mark.parametrize(
    ("nom", "jour", "valeur"),
    [
        # ECB: the rate on 1 January, then on 1 July.
        ("bce", "2009-01-01", "2.50"),
        ("bce", "2009-06-30", "2.50"),
        ("bce", "2009-07-01", "1.00"),
        ("bce", "2011-06-30", "1.00"),
        ("bce", "2011-07-01", "1.25"),
        ("bce", "2012-12-31", "1.00"),
        ("bce", "2014-07-01", "0.15"),
        ("bce", "2016-01-01", "0.05"),
        ("bce", "2016-07-01", "0.00"),
        ("bce", "2019-09-14", "0.00"),
        # The first rise of 2022 came on 27 July: it counts from 1 January 2023.
        ("bce", "2022-12-31", "0.00"),
        ("bce", "2023-01-01", "2.50"),
        ("bce", "2023-07-01", "4.00"),
        ("bce", "2024-01-01", "4.50"),
        # 3.65 from 18 September 2024: the second half-year keeps the 4.25 of 1 July.
        ("bce", "2024-09-30", "4.25"),
        ("bce", "2025-01-01", "3.15"),
        ("bce", "2025-07-01", "2.15"),
        ("bce", "2026-06-30", "2.15"),
        ("bce", "2026-07-01", "2.40"),
        # 2.65 from 16 September 2026 is not for 2026.
        ("bce", "2026-12-31", "2.40"),
        ("legal", "2009-08-01", "3.79"),
        ("legal", "2012-02-29", "0.71"),
        ("legal", "2014-12-31", "0.04"),
        ("legal", "2015-01-01", "0.93"),
        ("legal", "2018-03-01", "0.89"),
        ("legal", "2019-03-01", "0.86"),
        ("legal", "2023-07-01", "4.22"),
        ("legal", "2024-01-01", "5.07"),
        ("legal", "2024-07-01", "4.92"),
        ("legal", "2026-01-01", "2.62"),
        ("legal", "2026-07-01", "2.75"),
        ("legal-particuliers", "2010-07-01", "0.65"),
        ("legal-particuliers", "2015-07-01", "4.29"),
        ("legal-particuliers", "2024-07-01", "8.16"),
        ("legal-particuliers", "2026-07-01", "6.84"),
    ],
)
def test_published_rates(bareme: Bareme, nom: str, jour: str, valeur: str) -> None:
    """The rate of a day is that of its half-year, whatever changed in between."""
    found = bareme.find(nom, day(jour))
    assert found.valeur == Decimal(valeur)
    assert found.depuis <= day(jour) <= found.jusqu_au
    assert found.fichier == ""


def test_the_law_of_the_default_rate(bareme: Bareme) -> None:
    """ECB + 10 in the second half of 2024 is 14.25 %; some guides print 13.65, from the rate of September."""
    found = bareme.find("bce", day("2024-10-01"))
    assert apply_regle(ReglePenalites("bce", Decimal(10)), found.valeur) == Decimal("14.25")


# --- What no table gives


@pytest.mark.parametrize(
    ("nom", "jour", "debut"),
    [
        ("bce", "2027-01-01", "2027-01-01"),
        ("bce", "2027-06-30", "2027-01-01"),
        ("legal", "2028-11-05", "2028-07-01"),
        ("bce", "2008-12-31", "2008-07-01"),
        ("legal-particuliers", "1995-02-28", "1995-01-01"),
    ],
)
def test_an_unknown_half_year_is_said(bareme: Bareme, nom: str, jour: str, debut: str) -> None:
    """Before and after the table nothing is supposed, and the missing line is given whole."""
    with pytest.raises(TauxAbsent) as caught:
        bareme.find(nom, day(jour))
    absent = caught.value
    assert (absent.nom, absent.jour, absent.debut) == (nom, day(jour), day(debut))
    assert absent.advice() == f"ajoutez à taux.yaml : {nom} {debut}: {{valeur: …, source: …, verifie_le: …}}"


def test_the_words_of_an_unknown_half_year() -> None:
    """The message names the rate and the whole half-year."""
    assert TauxAbsent("bce", day("2027-03-08")).describe() == (
        "taux de la BCE inconnu du 1er janvier 2027 au 30 juin 2027 : aucun taux n'est supposé d'un semestre à l'autre"
    )


def test_the_last_known_day(bareme: Bareme, tmp_path: Path) -> None:
    """It is the end of the table, and stops at the first hole: what lies beyond a hole is not known all the way."""
    assert bareme.last_day("bce") == day("2026-12-31")
    line = "{valeur: 2.65, source: s, verifie_le: 2027-07-05}"
    holed = load_bareme(find_projet(write(tmp_path, f"bce 2027-07-01: {line}\n")))
    assert holed.last_day("bce") == day("2026-12-31")
    assert holed.find("bce", day("2027-07-01")).valeur == Decimal("2.65")
    whole = load_bareme(find_projet(write(tmp_path, f"bce 2027-07-01: {line}\nbce 2027-01-01: {line}\n")))
    assert whole.last_day("bce") == day("2027-12-31")
    with pytest.raises(KeyError):
        bareme.last_day("livret-a")


@pytest.mark.parametrize(
    ("jour", "debut", "fin"),
    [
        ("2026-01-01", "2026-01-01", "2026-06-30"),
        ("2026-06-30", "2026-01-01", "2026-06-30"),
        ("2026-07-01", "2026-07-01", "2026-12-31"),
        ("2024-02-29", "2024-01-01", "2024-06-30"),
        ("2026-12-31", "2026-07-01", "2026-12-31"),
    ],
)
def test_half_years(jour: str, debut: str, fin: str) -> None:
    """A half-year starts on 1 January or 1 July."""
    assert (half_start(day(jour)), half_end(day(jour))) == (day(debut), day(fin))


# --- The project's own file


def test_a_project_adds_a_half_year(tmp_path: Path) -> None:
    """One line is enough; the decimal mark and the percent sign are written as people write them."""
    text = (
        "# Relevé le 4 janvier.\n"
        "bce 2027-01-01: {valeur: 2.65, source: https://www.ecb.europa.eu, verifie_le: 2027-01-04}\n"
        'legal 2027-01-01: {valeur: "2,70 %", source: Arrêté du 20 décembre 2026, verifie_le: 2026-12-28}\n'
    )
    bareme = load_bareme(find_projet(write(tmp_path, text)))
    found = bareme.find("bce", day("2027-06-30"))
    assert (found.nom, found.valeur, found.depuis, found.jusqu_au, found.source, found.verifie_le, found.loi) == (
        "bce",
        Decimal("2.65"),
        day("2027-01-01"),
        day("2027-06-30"),
        "https://www.ecb.europa.eu",
        day("2027-01-04"),
        LOIS["bce"],
    )
    assert found.fichier.endswith("taux.yaml")
    assert bareme.find("legal", day("2027-01-01")).valeur == Decimal("2.70")
    assert bareme.find("bce", day("2026-12-31")).fichier == ""
    with pytest.raises(TauxAbsent):
        bareme.find("bce", day("2027-07-01"))


def test_a_lone_file_has_its_rates_beside_it(tmp_path: Path) -> None:
    """Without a facture.toml, the taux.yaml of the folder counts."""
    (tmp_path / "taux.yaml").write_text(
        "bce 2027-01-01: {valeur: 2.65, source: s, verifie_le: 2027-01-04}\n", encoding="utf-8"
    )
    assert load_bareme(find_projet(tmp_path)).find("bce", day("2027-01-01")).valeur == Decimal("2.65")


def test_a_project_may_override_what_we_ship(tmp_path: Path) -> None:
    """Its half-year replaces ours and says where it came from; the half-years around it stay."""
    text = "bce 2026-07-01: {valeur: 2.45, source: s, verifie_le: 2026-11-22}\n"
    bareme = load_bareme(find_projet(write(tmp_path, text)))
    assert bareme.find("bce", day("2026-08-01")).valeur == Decimal("2.45")
    assert bareme.find("bce", day("2026-06-30")).valeur == Decimal("2.15")
    rows = [row for row in bareme.list_taux() if row.nom == "bce"]
    assert len(rows) == 36
    assert [row.fichier != "" for row in rows] == [False] * 35 + [True]


def test_half_of_a_yearly_rate_may_be_overridden(tmp_path: Path) -> None:
    """The other half keeps the year's rate, and is listed for what it is."""
    text = "legal 2012-01-01: {valeur: 0.99, source: s, verifie_le: 2026-11-22}\n"
    bareme = load_bareme(find_projet(write(tmp_path, text)))
    rows = [(row.depuis, row.jusqu_au, row.valeur) for row in bareme.list_taux() if row.nom == "legal"]
    assert rows[3:5] == [
        (day("2012-01-01"), day("2012-06-30"), Decimal("0.99")),
        (day("2012-07-01"), day("2012-12-31"), Decimal("0.71")),
    ]
    assert bareme.last_day("legal") == day("2026-12-31")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "livret 2027-01-01: {valeur: 1, source: s, verifie_le: 2027-01-04}\n",
            ["1:1 L442 « livret » n'est pas un taux connu"],
        ),
        (
            "legla 2027-01-01: {valeur: 1, source: s, verifie_le: 2027-01-04}\n",
            ["1:1 L442 « legla » n'est pas un taux connu ; vouliez-vous « legal » ?"],
        ),
        (
            "2027-01-01: {valeur: 1, source: s, verifie_le: 2027-01-04}\n",
            ["1:1 L442 « 2027-01-01 » : le nom d'un taux et le premier jour d'un semestre sont attendus"],
        ),
        (
            "bce 2027-09-16: {valeur: 1, source: s, verifie_le: 2027-01-04}\n",
            ["1:1 L443 « 2027-09-16 » n'ouvre pas un semestre"],
        ),
        (
            "bce 2027-02-30: {valeur: 1, source: s, verifie_le: 2027-01-04}\n",
            ["1:1 F208 « 2027-02-30 » : ce jour n'existe pas dans le calendrier"],
        ),
        (
            "bce 1827-01-01: {valeur: 1, source: s, verifie_le: 2027-01-04}\n",
            ["1:1 F208 « 1827-01-01 » : année hors de 1990 à 2100"],
        ),
        ("bce 2027-01-01: {valeur: 2.65}\n", ["1:1 L444 il manque source et verifie_le"]),
        (
            "bce 2027-01-01: {valeur: 2.65, source: , verifie_le: 2027-01-04}\n",
            ["1:32 F210 clé sans valeur"],
        ),
        (
            "bce 2027-01-01: {valeur: 101, source: s, verifie_le: 2027-01-04}\n",
            ["1:26 F207 « 101 » : 100 au plus"],
        ),
        (
            "bce 2027-01-01: {valeur: -1, source: s, verifie_le: 2027-01-04}\n",
            ["1:26 F207 « -1 » : au moins 0 est attendu"],
        ),
        (
            "bce 2027-01-01: {valeur: NaN, source: s, verifie_le: 2027-01-04}\n",
            ["1:26 F205 « NaN » n'est pas un nombre"],
        ),
        (
            "bce 2027-01-01: {valeur: 2.65, source: s, verifie_le: 04/01/2027}\n",
            ["1:55 F208 « 04/01/2027 » n'est pas une date"],
        ),
        (
            "bce 2027-01-01: {valeur: 2.65, sources: s, verifie_le: 2027-01-04}\n",
            ["1:32 F203 clé inconnue ; vouliez-vous « source » ?"],
        ),
        ("bce 2027-01-01: 2.65\n", ["1:17 F204 un groupe de clés est attendu"]),
        (
            "bce 2027-01-01: {valeur: 1, source: s, verifie_le: 2027-01-04}\n" * 2,
            ["2:1 Y105 clé « bce 2027-01-01 » en double, déjà à la ligne 1"],
        ),
        # One finding a mistake, all at once.
        (
            "bce 2027-01-01: {valeur: x, source: s}\nlegale 2027-01-02: {}\n",
            [
                "1:1 L444 il manque verifie_le",
                "1:26 F205 « x » n'est pas un nombre",
                "2:1 L442 « legale » n'est pas un taux connu ; vouliez-vous « legal » ?",
                "2:1 L443 « 2027-01-02 » n'ouvre pas un semestre",
                "2:1 L444 il manque valeur, source et verifie_le",
            ],
        ),
    ],
)
def test_a_wrong_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, expected: list[str]
) -> None:
    """Each mistake has its place and its words, and no rate is taken from a file that has one."""
    assert refuse(tmp_path, text, monkeypatch) == expected


def test_the_advice_for_a_day_inside_a_half_year(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The two half-years that may have been meant are both given."""
    monkeypatch.chdir(write(tmp_path, "bce 2027-09-16: {valeur: 1, source: s, verifie_le: 2027-01-04}\n"))
    with pytest.raises(RefusError) as caught:
        load_bareme(find_projet(tmp_path))
    assert [item.advice for item in caught.value.diagnostics] == [
        "donnez le taux en vigueur à l'ouverture : bce 2027-07-01, ou bce 2028-01-01"
    ]


def test_an_empty_file_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A taux.yaml without a rate is no rate table: what was in it may have been lost."""
    assert refuse(tmp_path, "# rien encore\n", monkeypatch) == ["1:1 Y111 fichier vide"]


# --- Showing rates


def test_the_rates_of_a_day(bareme: Bareme) -> None:
    """With each rate, what the law makes of it: 2.40 + 10, 2.40 + 8, 3 x 2.75."""
    rows, absents = list_rows_on(bareme, day("2026-11-22"))
    assert absents == []
    assert [(row["nom"], row["valeur"], row["majore"]) for row in rows] == [
        ("bce", "2.40", {"bce+10": "12.40", "bce+8": "10.40"}),
        ("legal", "2.75", {"legal x 3": "8.25"}),
        ("legal-particuliers", "6.84", {}),
    ]
    assert all(row["depuis"] == "2026-07-01" and row["jusqu_au"] == "2026-12-31" for row in rows)
    assert all(row["verifie_le"] == "2026-11-22" and row["source"] and row["fichier"] == "" for row in rows)


def test_the_rates_of_a_day_that_is_half_known(tmp_path: Path) -> None:
    """What is known is shown, and what is not is said."""
    text = "bce 2027-01-01: {valeur: 2.65, source: s, verifie_le: 2027-01-04}\n"
    rows, absents = list_rows_on(load_bareme(find_projet(write(tmp_path, text))), day("2027-02-01"))
    assert [(row["nom"], row["majore"]) for row in rows] == [("bce", {"bce+10": "12.65", "bce+8": "10.65"})]
    assert [absent.nom for absent in absents] == ["legal", "legal-particuliers"]


def test_the_whole_table_is_listed(bareme: Bareme) -> None:
    """36 half-years of the ECB; 6 years and 24 half-years of each legal rate; by name, then by day."""
    rows = list_rows(bareme)
    assert [sum(row["nom"] == nom for row in rows) for nom in NOMS] == [36, 30, 30]
    assert [(row["nom"], row["depuis"]) for row in rows] == sorted((row["nom"], row["depuis"]) for row in rows)


@pytest.mark.parametrize(
    ("valeur", "expected"),
    [
        ("2.4", "2.40"),
        ("0", "0.00"),
        ("12.15", "12.15"),
        ("0.825", "0.825"),
        ("1.2345", "1.2345"),
        ("1.23455", "1.2346"),
    ],
)
def test_a_rate_has_two_to_four_decimals(valeur: str, expected: str) -> None:
    """JSON shows two decimals at least and four at most."""
    assert to_rate(Decimal(valeur)) == expected


def test_a_rate_says_where_it_came_from() -> None:
    """The file of a project is shown beside the rate it gives."""
    own = Taux("legal", Decimal("2.70"), day("2027-01-01"), day("2027-06-30"), "s", day("2027-01-04"), "l", "taux.yaml")
    shown = describe_taux(own)
    assert (shown["fichier"], shown["loi"], shown["majore"]) == ("taux.yaml", "l", {"legal x 3": "8.10"})
