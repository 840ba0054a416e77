"""Every sum of a document: tables worked by hand, then what must hold for any document at all."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from facture.documents import TYPES, Document
from facture.dossier import build_dossier
from facture.grammaire import validate
from facture.lecture import Lecteur
from facture.totaux import Incoherence, Totaux, compute_echeancier, compute_totaux, share_signed, to_json

RACINE = Path(__file__).resolve().parent.parent
EXEMPLES = RACINE / "examples"
TABLES = sorted(path for path in (RACINE / "tests" / "tables").rglob("*.yaml") if path.parent.name != "relances")
JOUR = dt.date(2026, 11, 22)

CLES = ["type", "numero", "date", "devise", "lignes", "totaux", "valeur_offerte"]
CLES_LIGNE = [
    *("designation", "statut", "quantite", "unite", "prix_unitaire", "brut_ht", "remise_ht", "net_ht", "tva"),
    *("categorie", "situation", "section", "motif"),
]
CLES_TOTAUX = [
    *("brut_ht", "offert_ht", "remises_ht", "total_ht", "tva", "total_tva", "total_ttc"),
    *("acomptes_ttc", "net_a_payer", "options_ht"),
]


def load_table(path: Path) -> dict[str, Any]:
    """Read a table with every scalar as text."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)


def show(data: bytes | None, name: str = "-") -> dict[str, Any]:
    """Return what `facture show --format json` prints, once the document is free of errors."""
    dossier = build_dossier(Lecteur().read(name, data), JOUR)
    assert [found.to_text() for found in dossier.constats if found.is_error] == []
    return to_json(*dossier.require())


def show_table(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    table = load_table(path)
    if "document" in table:
        return table, show(yaml.dump(table["document"], allow_unicode=True).encode())
    return table, show(None, str(EXEMPLES / path.name))


# --- Worked by hand


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_totals_are_those_worked_by_hand(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each total, each row of VAT, the value given and the deposit are what the pencil found."""
    monkeypatch.chdir(tmp_path)
    table, shown = show_table(path)
    assert shown["totaux"] == table["totaux"]
    assert shown["valeur_offerte"] == table["valeur_offerte"]
    assert shown.get("acompte") == table.get("acompte")


def test_every_example_has_its_table_and_every_table_its_example() -> None:
    """An example whose totals nobody worked out proves nothing; a table without a document checks nothing."""
    examples = {path.stem for path in EXEMPLES.glob("*.yaml") if load_table(path)["type"] in TYPES}
    tables = {path.stem for path in TABLES if "document" not in load_table(path)}
    assert examples == tables
    assert len(TABLES) > len(examples)


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_json_keys_come_in_the_order_of_the_contract(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys are always there, in one order; what is added comes after."""
    monkeypatch.chdir(tmp_path)
    table, shown = show_table(path)
    assert list(shown) == CLES + (["acompte"] if "acompte" in table else [])
    for ligne in shown["lignes"]:
        keys = list(ligne)
        assert keys[: len(CLES_LIGNE)] == CLES_LIGNE
        assert keys[len(CLES_LIGNE) :] in ([], ["prix_unitaire_ttc"])
    keys = list(shown["totaux"])
    assert keys[: len(CLES_TOTAUX)] == CLES_TOTAUX
    assert keys[len(CLES_TOTAUX) :] in ([], ["regle_ttc"])
    for row in shown["totaux"]["tva"]:
        assert list(row) == ["taux", "categorie", "base", "montant"]
    assert list(shown["valeur_offerte"]) == ["ht", "ttc"]
    assert json.loads(json.dumps(shown)) == shown


def test_a_line_of_the_first_table_says_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The three lines of the design: billed with a discount, given with its reason, proposed with its price."""
    monkeypatch.chdir(tmp_path)
    _, shown = show_table(RACINE / "tests" / "tables" / "design-4.yaml")
    maquettes, formation, hebergement = shown["lignes"]
    assert maquettes == {
        "designation": "Maquettes",
        "statut": "facture",
        "quantite": "4",
        "unite": "jour",
        "prix_unitaire": "450.00",
        "brut_ht": "1800.00",
        "remise_ht": "180.00",
        "net_ht": "1620.00",
        "tva": "20",
        "categorie": "S",
        "situation": None,
        "section": "Conception",
        "motif": None,
    }
    assert [formation[key] for key in ("statut", "quantite", "brut_ht", "remise_ht", "net_ht", "motif")] == [
        *("offert", "0.5", "225.00", "225.00", "0.00"),
        "Bienvenue à notre premier projet commun",
    ]
    assert [hebergement[key] for key in ("statut", "brut_ht", "remise_ht", "net_ht", "motif")] == [
        *("option", "300.00", "0.00", "300.00", None)
    ]
    assert (shown["type"], shown["numero"], shown["date"], shown["devise"]) == (
        *("devis", "D2026-014", "2026-11-22", "EUR"),
    )


# --- Small cases, in plain dictionaries


def read(data: dict[str, Any]) -> Document:
    document, refusals = validate(TYPES[data["type"]], data)
    assert refusals == []
    assert isinstance(document, Document)
    return document


def compute(data: dict[str, Any]) -> Totaux:
    return compute_totaux(read(data))


def bill(*lignes: dict[str, Any], **others: Any) -> dict[str, Any]:
    return {"type": "facture", "date": "2026-11-22", "tva": "20", "lignes": list(lignes), **others}


def line(price: str, **others: Any) -> dict[str, Any]:
    return {"designation": "x", "prix_unitaire": price, **others}


def line_ttc(price: str, **others: Any) -> dict[str, Any]:
    return {"designation": "x", "prix_unitaire_ttc": price, **others}


def test_payments_count_up_to_the_day_of_the_document() -> None:
    """120.00 TTC; 30.00 the day before and 20.00 the same day are deducted, 10.00 the day after is not."""
    paid = [
        {"date": "2026-11-21", "montant": "30"},
        {"date": "2026-11-22", "montant": "20.00"},
        {"date": "2026-11-23", "montant": "10"},
    ]
    data = bill(line("100"), reglements=paid)
    shown = to_json(read(data), compute(data))["totaux"]
    assert (shown["total_ttc"], shown["net_a_payer"], shown["regle_ttc"]) == ("120.00", "70.00", "50.00")
    assert list(shown)[-1] == "regle_ttc"


def test_a_payment_key_is_absent_when_nothing_was_paid() -> None:
    """`regle_ttc` is there only when it is not zero."""
    data = bill(line("100"), reglements=[{"date": "2026-11-23", "montant": "10"}])
    assert "regle_ttc" not in to_json(read(data), compute(data))["totaux"]


@pytest.mark.parametrize(
    ("asked", "taux", "montant"),
    [
        ("30 %", "30", "30.01"),  # 30 % of 100.02 = 30.006
        ("12,5 %", "12.5", "12.50"),  # 12.5025
        ("33.3333 %", "33.3333", "33.34"),  # 33.33996...
        ("100 %", "100", "100.02"),
        ("0,5 %", "0.5", "0.50"),  # 0.5001
        ("40", None, "40.00"),
        ("100.02", None, "100.02"),
    ],
)
def test_a_deposit_is_a_rate_or_an_amount_of_the_total(asked: str, taux: str | None, montant: str) -> None:
    """It is worked out on the total with VAT, rounded once, and changes no total."""
    data = bill(line("83.35"), type="devis", acompte=asked)
    shown = to_json(read(data), compute(data))
    assert shown["acompte"] == {"taux": taux, "montant_ttc": montant}
    # 83.35 + 16.67
    assert shown["totaux"]["net_a_payer"] == shown["totaux"]["total_ttc"] == "100.02"
    assert shown["totaux"]["acomptes_ttc"] == "0.00"


def test_an_acompte_of_one_rate_needs_no_vat() -> None:
    """With one rate its VAT is inside: 40.00 TTC at 20 % is 33.33 HT and 6.67 of VAT."""
    paid = [{"numero": "F1", "date": "2026-10-01", "montant_ttc": "40"}]
    data = bill(line("100"), nature="solde", acomptes_verses=paid)
    (acompte,) = compute(data).acomptes
    assert (str(acompte.ht), str(acompte.total_tva), str(acompte.ttc)) == ("33.33", "6.67", "40.00")


@pytest.mark.parametrize(
    "others",
    [
        [line("10", tva="10", offert="oui")],
        [line("10", tva="10", option="oui")],
        [line("10", tva="5,5", offert="oui"), line("10", tva="10", option="oui")],
    ],
)
def test_what_is_given_or_proposed_does_not_make_a_second_rate(others: list[dict[str, Any]]) -> None:
    """Only one rate is billed: the VAT of an acompte is known, whatever the rate of a gift."""
    paid = [{"numero": "F1", "date": "2026-10-01", "montant_ttc": "40"}]
    (acompte,) = compute(bill(line("100"), *others, acomptes_verses=paid)).acomptes
    assert (str(acompte.ht), str(acompte.total_tva)) == ("33.33", "6.67")


def test_an_acompte_on_exempt_lines_has_no_vat() -> None:
    """Two situations without VAT share one rate, which is none."""
    paid = [{"numero": "F1", "date": "2026-10-01", "montant_ttc": "40"}]
    data = bill(line("100", tva="exonere-sante"), line("10", tva="debours"), acomptes_verses=paid)
    (acompte,) = compute(data).acomptes
    assert (str(acompte.ht), str(acompte.total_tva)) == ("40.00", "0.00")


@pytest.mark.parametrize("taken", [["300"], ["150", "150"], ["200.01"]])
def test_acomptes_do_not_take_back_more_vat_than_there_is(taken: list[str]) -> None:
    """1000.00 at 20 % bears 200.00 of VAT: what is left to invoice cannot have a negative VAT."""
    paid = [{"numero": "F1", "date": "2026-10-01", "montant_ttc": "500", "tva": {"20": value}} for value in taken]
    with pytest.raises(Incoherence) as caught:
        compute(bill(line("1000"), acomptes_verses=paid))
    assert caught.value.code == "M308"


def test_two_instalments_of_an_odd_cent() -> None:
    """0.01 in two halves is 0.01 and 0.00: the first one pays it."""
    data = bill(
        line("0.01"),
        tva="exonere-sante",
        paiement={"echeancier": [{"part": "50 %", "quand": "a"}, {"part": "50 %", "quand": "b"}]},
    )
    assert [str(part) for part in compute_echeancier(read(data), compute(data))] == ["0.01", "0.00"]


def test_three_instalments_worked_by_hand() -> None:
    """30, 40 and 30 % of 1 846.81 are 554.043, 738.724 and 554.043: the cent left goes to the second."""
    data = bill(
        line("1846.81"),
        tva="exonere-sante",
        paiement={"echeancier": [{"part": part} for part in ("30 %", "40 %", "30 %")]},
    )
    assert [str(part) for part in compute_echeancier(read(data), compute(data))] == ["554.04", "738.73", "554.04"]


def test_a_gift_alone_in_its_rate_keeps_a_row_at_zero_and_an_option_none() -> None:
    """The rate of what is given is shown with an empty base; what is only proposed leaves no trace."""
    data = bill(line("100"), line("50", tva="10", offert="true"), line("70", tva="5,5", option="oui"))
    rows = to_json(read(data), compute(data))["totaux"]["tva"]
    assert rows == [
        {"taux": "10", "categorie": "S", "base": "0.00", "montant": "0.00"},
        {"taux": "20", "categorie": "S", "base": "100.00", "montant": "20.00"},
    ]


def test_rows_go_by_rate_then_category() -> None:
    """Rates in order, and at the rate of zero the letters in order."""
    tva = ["20", "0", "autoliquidation", "5,5", "exonere-sante", "export"]
    data = bill(*(line("10", tva=value) for value in tva))
    rows = to_json(read(data), compute(data))["totaux"]["tva"]
    assert [(row["taux"], row["categorie"]) for row in rows] == [
        *(("0", "AE"), ("0", "E"), ("0", "G"), ("0", "Z"), ("5.5", "S"), ("20", "S"))
    ]


def test_one_rate_written_two_ways_is_one_rate() -> None:
    """`20`, `20 %` and `20.00` are taxed together, once: 3 x 0.33 = 0.99, VAT 0.198."""
    data = bill(line("0.33", tva="20"), line("0.33", tva="20 %"), line("0.33", tva="20.00"))
    rows = to_json(read(data), compute(data))["totaux"]["tva"]
    assert rows == [{"taux": "20", "categorie": "S", "base": "0.99", "montant": "0.20"}]


def test_a_price_of_zero_has_no_sign() -> None:
    """A zero typed with a minus is a zero."""
    data = bill(line("-0", quantite="-0"))
    assert "-" not in json.dumps(to_json(read(data), compute(data))["lignes"])


@pytest.mark.parametrize(
    ("total", "weights", "expected"),
    [
        ("-8.33", ["-5", "-5"], ["-4.17", "-4.16"]),
        ("-0.01", ["-1", "-1", "-1"], ["-0.01", "0.00", "0.00"]),
        ("8.33", ["20", "-10"], ["16.66", "-8.33"]),
        ("0.00", ["5", "-5"], ["5.00", "-5.00"]),
    ],
)
def test_parts_of_both_signs_still_sum(total: str, weights: list[str], expected: list[str]) -> None:
    """A quantity taken back has its own part, and the parts of a group of them still make their sum."""
    parts = share_signed(Decimal(total), [Decimal(weight) for weight in weights], 2)
    assert sum(parts) == Decimal(total)
    assert [str(part) for part in parts] == expected


@pytest.mark.parametrize(
    ("data", "code", "chemin"),
    [
        (bill(line("10", remise="10.01")), "M301", ("lignes", 0, "remise")),
        (bill(line("10", quantite="-1", remise="1")), "M301", ("lignes", 0, "remise")),
        (bill(line("10"), remise="10.01"), "M302", ("remise",)),
        (bill(line("10", offert="oui"), remise="1"), "M302", ("remise",)),
        (bill(line("10"), line("10", quantite="-2")), "M303", ("lignes",)),
        (bill(line("10"), line("5", quantite="-1", tva="10")), "M303", ("lignes",)),
        (bill(line("10"), reglements=[{"date": "2026-11-22", "montant": "12.01"}]), "M305", ("reglements",)),
        (
            bill(line("10"), acomptes_verses=[{"numero": "F1", "date": "2026-11-01", "montant_ttc": "12.01"}]),
            "M305",
            ("acomptes_verses",),
        ),
        (bill(line("10"), type="devis", acompte="12.01"), "M306", ("acompte",)),
        (
            bill(line("10"), line("1", tva="10"), acomptes_verses=[{"montant_ttc": "1"}]),
            "M307",
            ("acomptes_verses", 0),
        ),
        (
            bill(line("10"), acomptes_verses=[{"montant_ttc": "1", "tva": {"10": "0.1"}}]),
            "M308",
            ("acomptes_verses", 0, "tva"),
        ),
        (
            bill(line("10"), acomptes_verses=[{"montant_ttc": "1", "tva": {"20": "2"}}]),
            "M308",
            ("acomptes_verses", 0, "tva"),
        ),
        (bill(line("999999999999", quantite="2")), "M309", ("lignes", 0)),
        (bill(line("999999999999")), "M309", ("lignes",)),
    ],
)
def test_amounts_that_contradict_one_another_are_said(
    data: dict[str, Any], code: str, chemin: tuple[str | int, ...]
) -> None:
    """Each impossible sum has its code and its place."""
    with pytest.raises(Incoherence) as caught:
        compute(data)
    assert (caught.value.code, caught.value.chemin) == (code, chemin)


@pytest.mark.parametrize(
    "data",
    [
        bill(line("10", remise="10")),
        bill(line("10", remise="100 %")),
        bill(line("10"), remise="10"),
        bill(line("10"), remise="100 %"),
        bill(line("10"), line("10", quantite="-1")),
        bill(line("10"), reglements=[{"date": "2026-11-22", "montant": "12"}]),
        bill(line("10", offert="oui")),
        bill(line("10", option="oui")),
        bill(line("833333333333")),
        {**bill(line("10", quantite="-1")), "type": "devis"},
    ],
)
def test_limits_are_inside(data: dict[str, Any]) -> None:
    """A discount of the whole, a payment of the whole, a gift alone: all of them are valid."""
    totaux = compute(data)
    assert totaux.net_a_payer == totaux.total_ttc - totaux.regle_ttc


# --- What holds for any document


peu = settings(max_examples=60)
TAUX = ["20", "10", "5.5", "2.1", "8,5 %", "exonere-formation", "autoliquidation", "export"]
UNITES = {"EUR": 2, "JPY": 0, "TND": 3}
MINEUR = {devise: Fraction(1, 10**digits) for devise, digits in UNITES.items()}


def half_up(value: Fraction, unit: Fraction) -> Fraction:
    """Round half away from zero without any decimal arithmetic."""
    units = (2 * abs(value) / unit + 1) // 2
    return (units if value >= 0 else -units) * unit


def number(text: str) -> Fraction:
    return Fraction(text.replace(",", ".").removesuffix("%").strip())


@st.composite
def figures(draw: st.DrawFn, digits: int, maximum: int) -> str:
    """A number as people type it: often whole or with two decimals, sometimes with all that are allowed."""
    places, point = draw(st.sampled_from([(0, "."), (0, "."), (2, ","), (2, "."), (digits, ",")]))
    value = draw(st.integers(0, maximum * 10**places))
    return f"{Decimal(value).scaleb(-places):f}".replace(".", point)


@st.composite
def lines(draw: st.DrawFn, ttc: bool, devise: str, negative: bool) -> dict[str, Any]:
    ligne: dict[str, Any] = {"designation": draw(st.sampled_from("ABC"))}
    price = draw(figures(6, 2000))
    ligne["prix_unitaire_ttc" if ttc else "prix_unitaire"] = price
    ligne["quantite"] = draw(figures(4, 50))
    if draw(st.booleans()):
        ligne["tva"] = draw(st.sampled_from(TAUX))
    statut = draw(st.sampled_from(["facture", "facture", "facture", "offert", "option"]))
    if statut != "facture":
        ligne[statut] = draw(st.sampled_from(["oui", "true", "un motif"]))
        return ligne
    if negative and draw(st.integers(0, 4)) == 0:
        ligne["quantite"] = "-" + ligne["quantite"]
    worth = half_up(number(price) * number(ligne["quantite"]), MINEUR[devise])
    kind = draw(st.sampled_from(["", "", "taux", "montant"]))
    if kind == "taux":
        ligne["remise"] = draw(figures(4, 100)) + " %"
    elif kind == "montant" and worth >= 0:
        units = draw(st.integers(0, int(worth / MINEUR[devise])))
        ligne["remise"] = f"{Decimal(units).scaleb(-UNITES[devise]):f}"
    return ligne


@st.composite
def documents(
    draw: st.DrawFn, kinds: tuple[str, ...] = ("devis", "facture", "avoir"), prices: tuple[bool, ...] = (False, True)
) -> dict[str, Any]:
    """A document that money can be computed on: HT or TTC, gifts, options, discounts, three currencies."""
    kind = draw(st.sampled_from(kinds))
    devise = draw(st.sampled_from(["EUR", "EUR", "JPY", "TND"]))
    ttc = draw(st.sampled_from(prices))
    negative = kind != "avoir" and draw(st.booleans())
    one = lines(ttc, devise, negative)
    data: dict[str, Any] = {"type": kind, "date": "2026-11-22", "devise": devise, "tva": draw(st.sampled_from(TAUX))}
    data["lignes"] = draw(st.lists(one, min_size=1, max_size=6))
    if draw(st.booleans()):
        data["lignes"].append({"section": "S", "lignes": draw(st.lists(one, min_size=1, max_size=4))})
    base = sum_typed_nets(data)
    if base > 0:
        how = draw(st.sampled_from(["", "taux", "montant"]))
        if how == "taux":
            data["remise"] = {"taux": draw(figures(4, 100)) + " %", "motif": "fidélité"}
        elif how == "montant":
            units = draw(st.integers(0, int(base / MINEUR[devise])))
            data["remise"] = {"montant": f"{Decimal(units).scaleb(-UNITES[devise]):f}"}
    return data


def all_lines(data: dict[str, Any]) -> list[dict[str, Any]]:
    return [inner for item in data["lignes"] for inner in item.get("lignes", [item])]


def typed_gross(ligne: dict[str, Any], devise: str) -> Fraction:
    """What a line is worth in the unit of its price, worked with fractions."""
    price = ligne.get("prix_unitaire", ligne.get("prix_unitaire_ttc"))
    return half_up(number(price) * number(ligne["quantite"]), MINEUR[devise])


def typed_net(ligne: dict[str, Any], devise: str) -> Fraction:
    gross = typed_gross(ligne, devise)
    cut = ligne.get("remise", "0")
    return gross - (half_up(gross * number(cut) / 100, MINEUR[devise]) if "%" in cut else number(cut))


def sum_typed_nets(data: dict[str, Any]) -> Fraction:
    billed = [ligne for ligne in all_lines(data) if "option" not in ligne and "offert" not in ligne]
    return sum((typed_net(ligne, data["devise"]) for ligne in billed), Fraction(0))


def typed_discount(data: dict[str, Any]) -> Fraction:
    """The discount on the whole, in the unit of the prices, rounded once."""
    remise = data.get("remise", {})
    if "taux" in remise:
        return half_up(sum_typed_nets(data) * number(remise["taux"]) / 100, MINEUR[data["devise"]])
    return number(remise.get("montant", "0"))


def try_compute(data: dict[str, Any]) -> Totaux:
    """Compute, or leave aside a document whose quantities taken back outweigh the others."""
    try:
        return compute(data)
    except Incoherence as error:
        assert error.code in {"M302", "M303"}
        assert any(ligne["quantite"].startswith("-") for ligne in all_lines(data))
        assume(False)
        raise


@peu
@given(documents())
def test_the_page_adds_up(data: dict[str, Any]) -> None:
    """Lines make the totals, the totals make one another, and each VAT row is its base at its rate."""
    totaux = try_compute(data)
    unit = MINEUR[data["devise"]]
    billed = [ligne for ligne in totaux.lignes if ligne.statut == "facture"]
    given_away = [ligne for ligne in totaux.lignes if ligne.statut == "offert"]
    options = [ligne for ligne in totaux.lignes if ligne.statut == "option"]
    assert totaux.total_ttc == totaux.total_ht + totaux.total_tva
    assert totaux.brut_ht - totaux.offert_ht - totaux.remises_ht == totaux.total_ht
    assert sum(ligne.brut for ligne in billed + given_away) == totaux.brut_ht
    assert sum(ligne.brut for ligne in given_away) == totaux.offert_ht
    assert sum(ligne.net for ligne in options) == totaux.options_ht
    discount_ht = sum(row.part_remise for row in totaux.tva)
    assert sum(ligne.net for ligne in billed) == sum(row.base for row in totaux.tva) + discount_ht
    assert sum(ligne.remise for ligne in billed) + discount_ht == totaux.remises_ht
    for ligne in totaux.lignes:
        assert ligne.net == ligne.brut - ligne.remise
    assert all(ligne.net == 0 for ligne in given_away)
    assert all(ligne.remise == 0 for ligne in options)
    for row in totaux.tva:
        assert row.base == row.avant - row.part_remise
        assert row.avant == sum(ligne.net for ligne in billed if ligne.groupe == row.groupe)
        exact = Fraction(row.base) * Fraction(row.groupe.taux) / 100
        assert abs(Fraction(row.montant) - exact) <= (unit if totaux.en_ttc else unit / 2)


@peu
@given(documents())
def test_each_line_is_worth_quantity_times_price(data: dict[str, Any]) -> None:
    """Gross and net of every line, in the unit of its price, are those of fractions rounded once."""
    totaux = try_compute(data)
    for computed, typed in zip(totaux.lignes, all_lines(data), strict=True):
        gross, net = typed_gross(typed, data["devise"]), typed_net(typed, data["devise"])
        shown_gross = computed.brut_ttc if totaux.en_ttc else computed.brut
        shown_net = computed.net_ttc if totaux.en_ttc else computed.net
        assert shown_gross == gross
        assert shown_net == (0 if computed.statut == "offert" else net)


@peu
@given(documents(prices=(True,)))
def test_prices_with_vat_land_on_what_was_typed(data: dict[str, Any]) -> None:
    """A document priced TTC comes to the sum of what was typed, less what was taken off, to the last unit."""
    totaux = try_compute(data)
    assert totaux.total_ttc == sum_typed_nets(data) - typed_discount(data)
    assert totaux.brut_ttc - totaux.offert_ttc - totaux.remises_ttc == totaux.total_ttc
    gifts = [ligne for ligne in all_lines(data) if "offert" in ligne]
    assert totaux.offert_ttc == sum((typed_gross(ligne, data["devise"]) for ligne in gifts), Fraction(0))


@peu
@given(documents(prices=(False,)))
def test_the_discount_on_the_whole_is_one_amount(data: dict[str, Any]) -> None:
    """In a document priced HT it is rounded once, and the shares of the rates make it up."""
    totaux = try_compute(data)
    unit = MINEUR[data["devise"]]
    nets, cut = sum_typed_nets(data), typed_discount(data)
    assert sum(row.part_remise for row in totaux.tva) == cut
    assert totaux.total_ht == nets - cut
    for row in totaux.tva:
        exact = cut * Fraction(row.avant) / nets if nets else Fraction(0)
        assert abs(Fraction(row.part_remise) - exact) < unit


@peu
@given(documents(prices=(False,)))
def test_what_is_given_is_worth_its_vat_too(data: dict[str, Any]) -> None:
    """The value given TTC adds to each group of gifts the VAT it would have borne, rounded once a group."""
    totaux = try_compute(data)
    unit = MINEUR[data["devise"]]
    groups: dict[Any, Fraction] = {}
    for ligne in totaux.lignes:
        if ligne.statut == "offert":
            groups[ligne.groupe] = groups.get(ligne.groupe, Fraction(0)) + Fraction(ligne.brut)
    expected = sum((ht + half_up(ht * Fraction(g.taux) / 100, unit) for g, ht in groups.items()), Fraction(0))
    assert totaux.offert_ttc == expected


def bases_differ(totaux: Totaux) -> bool:
    """Two equal bases may tie for the last unit of a discount; then the first seen has it, and order matters."""
    bases = [row.avant for row in totaux.tva if row.avant]
    return totaux.remise_document == 0 or len(set(bases)) == len(bases)


def sums(data: dict[str, Any], totaux: Totaux) -> dict[str, Any]:
    return to_json(read(data), totaux)["totaux"]


@peu
@given(documents(), st.randoms(use_true_random=False))
def test_the_order_of_lines_changes_no_total(data: dict[str, Any], random: Any) -> None:
    """Shuffled lines make the same totals, rate by rate."""
    totaux = try_compute(data)
    assume(bases_differ(totaux))
    shuffled = {**data, "lignes": list(data["lignes"])}
    random.shuffle(shuffled["lignes"])
    before, after = sums(data, totaux), sums(shuffled, try_compute(shuffled))
    for shown in (before, after):
        # Two situations of one category stand in the order they were seen.
        shown["tva"].sort(key=lambda row: (Fraction(row["taux"]), row["categorie"], row["base"]))
    assert before == after


@peu
@given(documents(), st.data())
def test_removing_a_gift_or_an_option_changes_nothing_to_pay(data: dict[str, Any], draws: st.DataObject) -> None:
    """What is given or proposed weighs nothing on HT, VAT, TTC and what is to pay."""
    totaux = try_compute(data)
    assume(bases_differ(totaux))
    flat = all_lines(data)
    free = [i for i, ligne in enumerate(flat) if "offert" in ligne or "option" in ligne]
    assume(free and len(flat) > 1)
    removed = draws.draw(st.sampled_from(free))
    fewer = {**data, "lignes": [ligne for i, ligne in enumerate(flat) if i != removed]}
    before, after = sums(data, totaux), sums(fewer, try_compute(fewer))
    for key in ("total_ht", "total_tva", "total_ttc", "net_a_payer", "remises_ht"):
        assert before[key] == after[key]


@peu
@given(documents(kinds=("avoir",)))
def test_an_avoir_mirrors_its_facture(data: dict[str, Any]) -> None:
    """The same lines give the same positive totals: what was billed can be given back to the cent."""
    avoir, facture = try_compute(data), try_compute({**data, "type": "facture"})
    assert sums(data, avoir) == sums({**data, "type": "facture"}, facture)
    assert avoir.net_a_payer >= 0


@peu
@given(
    documents(kinds=("facture", "devis")),
    st.lists(st.integers(1, 10**6), min_size=1, max_size=6),
)
def test_instalments_make_what_is_to_pay(data: dict[str, Any], weights: list[int]) -> None:
    """Whatever the rates, no cent is lost between the parts of a payment."""
    data = {**data, "paiement": {"echeancier": [{"part": f"{Decimal(w).scaleb(-4):f} %"} for w in weights]}}
    totaux = try_compute(data)
    parts = compute_echeancier(read(data), totaux)
    assert sum(parts) == totaux.net_a_payer
    for part, weight in zip(parts, weights, strict=True):
        exact = Fraction(totaux.net_a_payer) * weight / sum(weights)
        assert abs(Fraction(part) - exact) < MINEUR[data["devise"]]


@peu
@given(documents())
def test_json_amounts_have_the_digits_of_the_currency(data: dict[str, Any]) -> None:
    """Every amount has the decimals of its currency; nothing is ever a negative zero or an exponent."""
    shown = to_json(read(data), try_compute(data))
    digits = UNITES[data["devise"]]
    amounts = [value for key, value in shown["totaux"].items() if key != "tva"]
    amounts += [row[key] for row in shown["totaux"]["tva"] for key in ("base", "montant")]
    amounts += [ligne[key] for ligne in shown["lignes"] for key in ("brut_ht", "remise_ht", "net_ht")]
    amounts += list(shown["valeur_offerte"].values())
    for amount in amounts:
        whole, _, fraction = amount.removeprefix("-").partition(".")
        assert len(fraction) == digits
        assert (whole + fraction).isdigit()
        assert not (amount.startswith("-") and set(amount) <= set("-0."))
    for ligne in shown["lignes"]:
        for value in (ligne["quantite"], ligne["prix_unitaire"], ligne["tva"]):
            assert "E" not in value.upper()
            assert value != "-0"


@peu
@given(documents(kinds=("devis",)), st.integers(0, 10**6))
def test_a_deposit_asked_changes_no_total(data: dict[str, Any], rate: int) -> None:
    """The deposit is its rate of the total TTC, rounded once, and the total stands as it was."""
    totaux = try_compute(data)
    asked = {**data, "acompte": f"{Decimal(rate).scaleb(-4):f} %"}
    with_deposit = try_compute(asked)
    assert sums(asked, with_deposit) == sums(data, totaux)
    expected = half_up(Fraction(totaux.total_ttc) * rate / 10**6, MINEUR[data["devise"]])
    assert with_deposit.acompte_ttc == expected
