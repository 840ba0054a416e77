"""The page says what the dossier knows: right words, right places, and figures that add up when read back."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from facture.composition import compose_epreuve, compose_page, load_logo, prepare, to_diagnostics
from facture.dossier import Dossier, build_dossier
from facture.errors import RefusError
from facture.geometrie import check_page, fits_line
from facture.lecture import Lecteur
from facture.libelles import get_textes
from facture.page import Meta, Page, Probleme
from facture.plume import _EN, _FR
from facture.typo import NBSP, NNBSP

RACINE = Path(__file__).resolve().parent.parent
EXEMPLES = sorted((RACINE / "examples").glob("*.yaml"))
TABLES = sorted(path for path in (RACINE / "tests" / "tables").glob("**/*.yaml") if path.parent.name != "relances")
JOUR = dt.date(2026, 11, 22)

COMPLET: dict[str, Any] = {
    "type": "facture",
    "nature": "service",
    "numero": "F2026-500",
    "date": "2026-11-22",
    "date_prestation": "2026-11-20",
    "emetteur": {
        "nom": "Atelier Nord",
        "forme_juridique": "SASU",
        "capital": "5000",
        "siren": "002718286",
        "siret": "00271828600012",
        "rcs": "Lille Métropole",
        "tva_intra": "FR80002718286",
        "regime_tva": "reel",
        "adresse": {"rue": "14 rue des Tanneurs", "code_postal": "59000", "ville": "Lille"},
        "email": "bonjour@ateliernord.example",
        "iban": "FR76 9999 8000 2000 0271 8281 844",
        "bic": "BQEXFRPPXXX",
    },
    "client": {
        "nom": "Dupont et Fils SARL",
        "siren": "003157807",
        "adresse": {"rue": "4 avenue de la République", "code_postal": "59000", "ville": "Lille"},
    },
    "tva": "20",
    "lignes": [{"designation": "Maquettes", "quantite": "4", "unite": "jour", "prix_unitaire": "450"}],
    "paiement": {"echeance": "30 jours", "moyens": ["virement"]},
}
"""A facture without a fault; each test changes what it is about."""


def merge(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return a copy where each key is replaced, merged when both are mappings, or removed when None."""
    result = dict(base)
    for key, value in changes.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merge(result[key], value)
        else:
            result[key] = value
    return result


def read_data(data: dict[str, Any], folder: Path = RACINE / "tests") -> Dossier:
    """Return the dossier of a document given as data, as if it lay in a folder."""
    text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False)
    return build_dossier(Lecteur().read(str(folder / "document.yaml"), text.encode()), JOUR)


def read(**changes: Any) -> Dossier:
    """Return the dossier of the complete facture with some keys changed."""
    return read_data(merge(COMPLET, changes))


def page_of(**changes: Any) -> Page:
    return compose_page(read(**changes))


def devis(**changes: Any) -> Page:
    """Return the page of the same document as a devis."""
    base = {"type": "devis", "numero": "D2026-500", "nature": None, "date_prestation": None, "validite": "30 jours"}
    return page_of(**(base | changes))


def read_example(name: str) -> Dossier:
    return build_dossier(Lecteur().read(str(RACINE / "examples" / f"{name}.yaml")), JOUR)


def read_table(path: Path) -> tuple[Dossier, dict[str, Any]]:
    """Return the dossier that a table worked by hand is about, and the table."""
    table = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    if "document" in table:
        return read_data(table["document"]), table
    return build_dossier(Lecteur().read(str(RACINE / "examples" / path.name)), JOUR), table


def iter_strings(value: Any) -> Iterator[str]:
    """Yield every string of a page, wherever it stands."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from iter_strings(item)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            if field.name not in ("genre", "couleurs", "logo"):
                yield from iter_strings(getattr(value, field.name))


def plain(text: str) -> str:
    return text.replace(NBSP, " ").replace(NNBSP, " ")


def text_of(page: Page) -> str:
    return plain("\n".join(iter_strings(page)))


def figure(text: str, langue: str = "fr") -> Decimal:
    """Return the amount that a person reads in « −1 234,50 € » or "£1,234.50"."""
    digits = re.sub(r"[^0-9.,]", "", text)
    digits = digits.replace(",", "") if langue == "en" else digits.replace(",", ".")
    return -Decimal(digits) if "−" in text else Decimal(digits)


def amounts_of(page: Page) -> set[Decimal]:
    """Return every amount printed on a page, without its sign."""
    group = "," if page.langue == "en" else " "
    found = re.findall(rf"(?<![\w/-])\d{{1,3}}(?:{group}\d{{3}})*(?:[.,]\d+)?", text_of(page))
    return {figure(text, page.langue) for text in found}


def last_column(page: Page) -> list[Decimal]:
    """Return the unstruck figures of the last column."""
    return [figure(ligne.reduction.net if ligne.reduction else ligne.montant, page.langue) for ligne in page.lignes]


@pytest.fixture(params=[*TABLES], ids=lambda path: path.stem, scope="module")
def table(request: pytest.FixtureRequest) -> tuple[Dossier, Page, dict[str, Any]]:
    dossier, content = read_table(request.param)
    assert not dossier.has_errors, [constat.to_text() for constat in dossier.constats]
    return dossier, compose_page(dossier), content


# --- figures ----------------------------------------------------------------------------------------------------------


def test_every_example_has_a_table_and_makes_a_proof() -> None:
    for path in EXEMPLES:
        epreuve = compose_epreuve(read_example(path.stem))
        assert epreuve.html.startswith("<!DOCTYPE html>"), path.name


def test_totals_worked_by_hand_are_on_the_page(table: tuple[Dossier, Page, dict[str, Any]]) -> None:
    """Each figure of the table is printed; in a document priced TTC, the TTC ones are instead of gross HT."""
    dossier, page, content = table
    _, totaux = dossier.require()
    wanted = content["totaux"]
    printed = amounts_of(page)
    names = ["total_ht", "total_ttc", "net_a_payer"]
    if not totaux.en_ttc:
        names += ["offert_ht"]
        # Discounts of lines and of the whole are two rows; their sum is checked below.
        names += [] if totaux.remise_document else ["remises_ht"]
    if totaux.offert_ht or totaux.remises_ht:
        names += [] if totaux.en_ttc else ["brut_ht"]
    if len(page.options) == 1 and not totaux.en_ttc:
        names += ["options_ht"]
    for name in names:
        value = Decimal(wanted[name])
        assert value in printed or not value, (name, value)
    if page.colonnes.tva:
        for row in wanted["tva"]:
            assert {Decimal(row["base"]), Decimal(row["montant"])} <= printed
    if "acompte" in content:
        assert Decimal(content["acompte"]["montant_ttc"]) in printed
    if totaux.en_ttc and totaux.offert_ttc:
        assert Decimal(content["valeur_offerte"]["ttc"]) in printed


def test_unstruck_figures_of_the_last_column_add_up(table: tuple[Dossier, Page, dict[str, Any]]) -> None:
    """PAGE 5: the rule to print by. A discount on the whole comes off below, on its own row."""
    dossier, page, _ = table
    _, totaux = dossier.require()
    total = totaux.total_ttc if totaux.en_ttc else totaux.total_ht
    assert sum(last_column(page), Decimal(0)) == total + totaux.remise_document


def test_sub_totals_add_up(table: tuple[Dossier, Page, dict[str, Any]]) -> None:
    _, page, _ = table
    for section in page.sections:
        rows = last_column(dataclasses.replace(page, sections=(section,)))
        assert bool(section.sous_total) == bool(section.titre)
        if section.sous_total:
            assert figure(section.sous_total, page.langue) == sum(rows, Decimal(0))


def test_carried_totals_follow_the_column_and_end_on_its_sum(table: tuple[Dossier, Page, dict[str, Any]]) -> None:
    _, page, _ = table
    running = Decimal(0)
    for ligne, value in zip(page.lignes, last_column(page), strict=True):
        running += value
        assert figure(ligne.cumul, page.langue) == running
    if all(value >= 0 for value in last_column(page)):
        carried = [figure(ligne.cumul, page.langue) for ligne in page.lignes]
        assert carried == sorted(carried)


def test_struck_amount_less_reduction_is_the_net(table: tuple[Dossier, Page, dict[str, Any]]) -> None:
    _, page, _ = table
    for ligne in page.lignes:
        if ligne.reduction and ligne.reduction.kind == "offert":
            assert figure(ligne.reduction.net, page.langue) == 0


def test_sums_re_add_from_top_to_bottom(table: tuple[Dossier, Page, dict[str, Any]]) -> None:
    """Real value, less gifts, less discounts is the total; plus VAT is the total TTC; less what is paid is due."""
    dossier, page, _ = table
    _, totaux = dossier.require()
    rows = [(somme.kind, figure(somme.montant, page.langue)) for somme in page.sommes if somme.kind != "titre"]
    kinds = [kind for kind, _ in rows]
    taken = sum((value for kind, value in rows if kind in ("offert", "remise")), Decimal(0))
    if "reel" in kinds:
        start = next(value for kind, value in rows if kind == "reel")
        total = totaux.total_ttc if totaux.en_ttc or not page.colonnes.tva else totaux.total_ht
        assert start + taken == total - (totaux.regle_ttc if not page.deductions else 0)
    if "ht" in kinds:
        ht = next(value for kind, value in rows if kind == "ht")
        tva = sum((value for kind, value in rows if kind == "tva"), Decimal(0))
        shown = next(value for kind, value in rows if kind in ("moyen", "total"))
        assert ht + tva == shown == totaux.total_ttc
    for column in ("ht", "tva", "ttc"):
        cells = [figure(getattr(row, column), page.langue) for row in page.deductions]
        assert not cells or sum(cells[:-1], Decimal(0)) == cells[-1]
    if page.deductions:
        due = page.apres[-1]
        assert due.kind == "total" and figure(due.montant, page.langue) == totaux.net_a_payer
    for row in page.ventilation:
        assert figure(row.base, page.langue) + figure(row.part, page.langue) == figure(row.nette, page.langue)


def test_deposit_and_balance_add_up_to_the_total() -> None:
    page = compose_page(read_example("devis"))
    total, deposit, balance = (figure(somme.montant) for somme in page.sommes[-3:])
    assert deposit + balance == total
    assert plain(page.sommes[-1].label) == "Solde par virement, à 30 jours"


def test_payment_received_is_taken_off() -> None:
    page = page_of(reglements=[{"date": "2026-11-01", "montant": "160"}, {"date": "2026-12-24", "montant": "1"}])
    assert [(somme.kind, plain(somme.label), plain(somme.montant)) for somme in page.sommes[-3:]] == [
        ("moyen", "Total TTC", "2 160,00"),
        ("remise", "Déjà réglé le 01/11/2026", "−160,00"),
        ("total", "Net à payer TTC", "2 000,00 €"),
    ]


def test_acomptes_of_a_franchise_stay_in_one_column() -> None:
    page = page_of(
        nature=["solde", "service"],
        emetteur={"regime_tva": "franchise", "tva_intra": None},
        tva=None,
        acomptes_verses=[{"numero": "F2026-400", "date": "2026-10-01", "montant_ttc": "800"}],
    )
    assert not page.deductions
    assert [plain(somme.montant) for somme in page.sommes] == ["1 800,00", "−800,00", "1 000,00 €"]


def test_schedule_adds_up_to_what_is_due() -> None:
    dossier = read_example("devis-conseil-sections")
    rows = compose_page(dossier).echeancier
    assert sum((figure(row.montant) for row in rows), Decimal(0)) == dossier.require()[1].net_a_payer
    assert plain(rows[0].quoi) == "40 % à la commande"


def test_vat_of_another_currency_is_also_in_euros() -> None:
    dossier, _ = read_table(RACINE / "tests" / "tables" / "cas" / "devise-jpy.yaml")
    row = next(somme for somme in compose_page(dossier).sommes if "TVA en euros" in somme.label)
    assert plain(row.label) == "TVA en euros (1 € = 163,25 JPY, BCE, 20 novembre 2026)"
    assert dossier.tva_eur is not None and figure(row.montant) == dossier.tva_eur


# --- who reads what first ---------------------------------------------------------------------------------------------


def test_a_consumer_reads_ttc_first_when_prices_are_ht() -> None:
    page = compose_page(read_example("devis-travaux"))
    assert page.colonnes.montant == "Montant HT"
    kinds = [somme.kind for somme in page.sommes]
    assert kinds == ["total", "suite", "suite", "titre", "reel", "offert", "reel", "remise", "ht", "tva", "tva", "tva"]
    assert (page.sommes[0].label, page.sommes[3].label) == ("Total TTC", "Détail du total")


def test_a_consumer_reads_ttc_alone_when_prices_are_ttc() -> None:
    page = compose_page(read_example("facture-particulier-ttc"))
    assert (page.colonnes.prix, page.colonnes.montant) == ("Prix unitaire TTC", "Montant TTC")
    labels = [plain(somme.label) for somme in page.sommes]
    total = labels.index("Net à payer TTC")
    assert [plain(label) for label in labels[total + 1 :]] == [
        "dont TVA 5,5 % sur 44,45",
        "dont TVA 20 % sur 297,83",
        "Total HT",
    ]
    assert not any("HT" in label for label in labels[:total])
    assert page.remise_globale == "Remise HT"


def test_a_business_reads_ht_first() -> None:
    kinds = [somme.kind for somme in page_of().sommes]
    assert kinds == ["ht", "tva", "total"]


def test_franchise_speaks_of_no_tax() -> None:
    """In franchise: « Prix unitaire », « Total », « Net à payer », no VAT column."""
    page = compose_page(read_example("facture-micro-franchise"))
    assert (page.colonnes.prix, page.colonnes.montant, page.colonnes.tva) == ("Prix unitaire", "Total", False)
    assert page.sommes[-1].label == "Net à payer"
    assert not any(re.search(r"\b(HT|TTC|TVA)\b", somme.label) for somme in page.sommes)
    assert "toutes taxes" not in page.en_lettres
    assert any("293 B" in plain(mention) for mention in page.mentions)
    assert all(not ligne.tva for ligne in page.lignes)


def test_an_exempt_line_shows_a_dash_and_its_mention() -> None:
    page = compose_page(read_example("facture-formation-exoneree"))
    assert {ligne.tva for ligne in page.lignes} == {"–"}
    assert plain(page.sommes[-1].label) == "Net à payer"
    assert "Exonération de TVA" in page.mentions[0]


# --- the three kinds of documents ------------------------------------------------------------------------------------


def test_an_avoir_asks_for_nothing() -> None:
    """An avoir asks for nothing: no due date, no penalty, no QR code."""
    page = compose_page(read_example("avoir"))
    text = text_of(page).lower()
    assert page.genre == "avoir" and page.paiement is None and page.signature is None
    assert not any(word in text for word in ("payer", "pénalité", "retard", "escompte", "indemnité"))
    assert page.sommes[-1].label == "Net à votre crédit"
    assert next(meta.value for meta in page.metas if meta.label == "Facture corrigée") == "F2026-031 du 30/10/2026"


@pytest.mark.parametrize("motif", ["lot non livré", "un lot est resté chez le transporteur, puis il a été repris"])
def test_the_reason_of_an_avoir_is_said_once(motif: str) -> None:
    page = page_of(
        type="avoir",
        numero="A2026-001",
        date_prestation=None,
        paiement=None,
        facture={"numero": "F2026-400", "date": "2026-10-01"},
        motif=motif,
    )
    assert text_of(page).count(motif) == 1


def test_a_draft_says_so_in_words_and_in_drawing() -> None:
    page = compose_page(read_example("devis-brouillon"))
    assert (page.titre, plain(page.numero), page.filigrane) == ("Brouillon de devis", "n° à attribuer", "BROUILLON")
    assert page.titre_pdf.startswith("Brouillon de devis")
    assert page_of(type="avoir", numero=None, date_prestation=None, paiement=None).titre == "Brouillon d’avoir"
    assert page_of(numero=None, langue="en").titre == "Draft invoice"


def test_a_duplicata_is_marked_and_a_draft_stays_a_draft() -> None:
    page = compose_page(read(), duplicata=True)
    assert (page.titre, page.filigrane) == ("Facture, duplicata", "DUPLICATA")
    assert compose_page(read(numero=None), duplicata=True).filigrane == "BROUILLON"


@pytest.mark.parametrize(
    ("nature", "titre"),
    [
        ("service", "Facture"),
        (["acompte", "service"], "Facture d’acompte"),
        (["solde", "service"], "Facture de solde"),
        (["situation", "service"], "Facture de situation"),
    ],
)
def test_title_follows_the_nature(nature: Any, titre: str) -> None:
    assert page_of(nature=nature).titre == titre


def test_title_may_be_overridden() -> None:
    assert page_of(titre="Facture pro forma").titre == "Facture pro forma"


def test_a_rectificative_says_what_it_replaces() -> None:
    page = page_of(nature=["rectificative", "service"], facture_rectifiee={"numero": "F2026-400", "date": "2026-10-01"})
    assert page.titre == "Facture rectificative"
    assert "annule et remplace la facture F2026-400 du 1er octobre 2026" in page.mentions[0]


def test_an_empty_draft_shows_its_holes() -> None:
    """Missing client and sender: the page exists, and says what is to be written."""
    dossier = read(numero=None, client=None, emetteur=None, date_prestation=None)
    assert not dossier.has_errors
    page = compose_page(dossier)
    assert [plain(line) for line in page.destinataire] == ["[à compléter : nom du client]"]
    assert "[à compléter : nom de l’émetteur]" in text_of(page)
    assert page.pied == ()
    half = page_of(numero=None, client={"adresse": None})
    assert [plain(line) for line in half.destinataire] == ["Dupont et Fils SARL", "[à compléter : adresse du client]"]


def test_a_refused_dossier_is_not_composed() -> None:
    dossier = read(emetteur={"nom": None})
    with pytest.raises(RefusError) as caught:
        compose_page(dossier)
    assert "L401" in {diagnostic.code for diagnostic in caught.value.diagnostics}


# --- head ------------------------------------------------------------------------------------------------------------


def test_rows_under_the_title() -> None:
    page = page_of(devis="D2026-018", reference_client="BC-8841", client={"tva_intra": "FR25003157807"})
    assert [(meta.label, plain(meta.value)) for meta in page.metas] == [
        ("Date", "22 novembre 2026"),
        ("À payer avant le", "22 décembre 2026"),
        ("Prestation", "20 novembre 2026"),
        ("Devis", "D2026-018"),
        ("Votre commande", "BC-8841"),
        ("Votre SIREN", "003 157 807"),
        ("Votre TVA", "FR25 003157807"),
    ]
    assert [meta.label for meta in page.metas if meta.strong] == ["À payer avant le"]


def test_due_on_receipt_is_not_before_its_own_day() -> None:
    page = page_of(paiement={"echeance": "à réception"})
    assert (page.metas[1].label, page.metas[1].value) == ("À payer le", "22 novembre 2026")


def test_nothing_to_pay_has_no_due_date() -> None:
    page = compose_page(read_example("facture-toute-offerte"))
    assert not any("payer" in meta.label.lower() for meta in page.metas)
    assert page.paiement is None
    assert plain(page.sommes[-1].montant) == "0,00 €"


@pytest.mark.parametrize(
    ("emetteur", "name", "foot"),
    [
        (
            {},
            "Atelier Nord SASU",
            "Atelier Nord, SASU au capital de 5 000 €. Siège : 14 rue des Tanneurs, 59000 Lille. "
            "RCS Lille Métropole 002 718 286. SIRET 002 718 286 00012. TVA FR80 002718286.",
        ),
        (
            {"nom": "Atelier Nord SASU", "capital": "1234.5", "capital_variable": "oui"},
            "Atelier Nord SASU",
            "Atelier Nord, SASU au capital variable de 1 234,50 €. Siège : 14 rue des Tanneurs, 59000 Lille. "
            "RCS Lille Métropole 002 718 286. SIRET 002 718 286 00012. TVA FR80 002718286.",
        ),
        (
            {"nom": "Claire Martin", "forme_juridique": "EI", "capital": None, "rcs": None},
            "Claire Martin EI",
            "Claire Martin EI. 14 rue des Tanneurs, 59000 Lille. SIRET 002 718 286 00012. TVA FR80 002718286.",
        ),
        (
            {
                "nom": "Claire Martin Entrepreneur individuel",
                "forme_juridique": "micro",
                "capital": None,
                "rcs": None,
                "siret": None,
            },
            "Claire Martin Entrepreneur individuel",
            "Claire Martin Entrepreneur individuel. 14 rue des Tanneurs, 59000 Lille. SIREN 002 718 286. "
            "TVA FR80 002718286.",
        ),
        (
            {"forme_juridique": "association", "capital": None, "rcs": None},
            "Atelier Nord",
            "Atelier Nord, association. Siège : 14 rue des Tanneurs, 59000 Lille. SIRET 002 718 286 00012. "
            "TVA FR80 002718286.",
        ),
    ],
)
def test_identity_follows_the_legal_form(emetteur: dict[str, Any], name: str, foot: str) -> None:
    """C. com. R123-237, R123-238, R526-27: what each form prints, each number once."""
    page = page_of(emetteur=emetteur)
    assert page.emetteur.nom == name
    assert plain(" ".join(page.pied)) == foot
    # One sentence to a line or several: never a number on the line after its name.
    assert all(line.endswith(".") for line in page.pied)


def test_identity_in_english() -> None:
    page = page_of(langue="en")
    assert [plain(line) for line in page.pied] == [
        "Atelier Nord, SASU with a share capital of €5,000. Registered office: 14 rue des Tanneurs, 59000 Lille, "
        "France.",
        "Registered in Lille Métropole (RCS), no. 002 718 286. SIRET 002 718 286 00012. VAT FR80 002718286.",
    ]


def test_the_sender_has_five_lines_at_most_and_his_name_when_there_is_no_logo() -> None:
    page = page_of(emetteur={"telephone": "03 20 00 00 00", "site": "https://www.ateliernord.example/"})
    assert page.emetteur.enseigne == "Atelier Nord"
    assert len(page.emetteur.lignes) == 5
    assert page.emetteur.lignes[2] == "ateliernord.example"


@pytest.mark.parametrize(
    ("client", "lines"),
    [
        (
            {"contact": "Madame Hélène Dupont", "adresse": {"complement": ["Bâtiment C", "BP 1204"]}},
            ["Dupont et Fils SARL", "Madame Hélène Dupont", "Bâtiment C", "4 avenue de la République", "BP 1204",
             "59000 LILLE"],
        ),
        (
            {"adresse": {"pays": "BE", "code_postal": "1000", "ville": "Bruxelles"}},
            ["Dupont et Fils SARL", "4 avenue de la République", "1000 BRUXELLES", "BELGIQUE"],
        ),
        (
            {"adresse": {"pays": "GB", "code_postal": "BS1 4ZZ", "ville": "Bristol"}},
            ["Dupont et Fils SARL", "4 avenue de la République", "BRISTOL BS1 4ZZ", "ROYAUME-UNI"],
        ),
        (
            {"contact": "M. X", "adresse": {"complement": [f"Étage {n}" for n in range(9)], "pays": "BE"}},
            ["Dupont et Fils SARL", "M. X", "Étage 0, Étage 1, Étage 2, Étage 3, Étage 4, Étage 5, Étage 6",
             "Étage 7", "Étage 8", "4 avenue de la République", "59000 LILLE", "BELGIQUE"],
        ),
    ],
)  # fmt: skip
def test_address_as_on_the_envelope(client: dict[str, Any], lines: list[str]) -> None:
    assert list(page_of(client=client).destinataire) == lines


def test_billing_address_wins_and_delivery_is_said_apart() -> None:
    other = {"rue": "1 quai Nord", "code_postal": "62100", "ville": "Calais"}
    page = page_of(adresse_facturation=other, client={"adresse_livraison": {"rue": "Dépôt 4", "ville": "Lens"}})
    assert page.destinataire[1:] == ("1 quai Nord", "62100 CALAIS")
    assert page.livraison == ("Dépôt 4", "Lens")
    same = COMPLET["client"]["adresse"]
    assert page_of(client={"adresse_livraison": same}).livraison == ()


# --- lines -----------------------------------------------------------------------------------------------------------


def test_a_gift_takes_two_rows() -> None:
    page = compose_page(read_example("devis"))
    gift = page.sections[0].lignes[0]
    assert gift.reduction is not None
    assert (plain(gift.montant), gift.reduction.kind, gift.reduction.net) == ("560,00", "offert", "0,00")
    assert plain(gift.reduction.label) == "Remise 100 %, offert"
    assert gift.reduction.motif == "bienvenue, c’est notre premier projet ensemble"


@pytest.mark.parametrize(
    ("remise", "label", "detail", "net"),
    [
        ("10 %", "Remise 10 %", "sur 1 800,00", "1 620,00"),
        ("50", "Remise 50,00 €", "sur 1 800,00", "1 750,00"),
        ({"taux": "2,5 %", "motif": "tarif d'ami"}, "Remise 2,5 %", "sur 1 800,00", "1 755,00"),
    ],
)
def test_a_discount_says_its_size_and_its_base(remise: Any, label: str, detail: str, net: str) -> None:
    ligne = page_of(lignes=[{**COMPLET["lignes"][0], "remise": remise}]).lignes[0]
    assert ligne.reduction is not None
    assert (plain(ligne.reduction.label), plain(ligne.reduction.detail), plain(ligne.reduction.net)) == (
        label,
        detail,
        net,
    )


def test_a_discount_of_nothing_is_not_printed() -> None:
    assert page_of(lignes=[{**COMPLET["lignes"][0], "remise": "0 %"}]).lignes[0].reduction is None


def test_sections_of_one_name_stay_apart_and_options_leave_no_trace() -> None:
    row = {"designation": "Atelier", "prix_unitaire": "100"}
    page = devis(
        lignes=[
            {"section": "Lot", "lignes": [row, {**row, "option": "oui"}]},
            {"section": "Lot", "lignes": [row]},
            row,
            row,
            {"section": "Plus tard", "lignes": [{**row, "option": "si le temps le permet", "quantite": "2"}]},
        ]
    )
    shapes = [(section.titre, len(section.lignes), section.sous_total) for section in page.sections]
    assert shapes == [("Lot", 1, "100,00"), ("Lot", 1, "100,00"), ("", 2, "")]
    assert [plain(option.prix) for option in page.options] == ["100,00 € HT", "200,00 € HT"]
    assert [plain(option.detail) for option in page.options] == [
        "TVA 20 %. Cochez pour l’ajouter.",
        "2 à 100,00, TVA 20 %. Si le temps le permet. Cochez pour l’ajouter.",
    ]


def test_quantities_tell_their_decimals() -> None:
    lignes = [{"designation": "A", "quantite": q, "prix_unitaire": "0,0375"} for q in ("1200", "0,5", "2,1250")]
    assert [(plain(row.quantite), row.decimales) for row in page_of(lignes=lignes).lignes] == [
        ("1 200", 0),
        ("0,5", 1),
        ("2,125", 3),
    ]


def test_user_texts_get_french_signs_and_english_ones_are_left_alone() -> None:
    lignes = [{"designation": 'L\'atelier : "essai"...', "prix_unitaire": "1"}]
    assert page_of(lignes=lignes).lignes[0].designation == f'L’atelier{NBSP}: "essai"…'
    assert page_of(lignes=lignes, langue="en").lignes[0].designation == lignes[0]["designation"]


# --- languages -------------------------------------------------------------------------------------------------------


def labels(*tables: Any) -> set[str]:
    """Return the words of a table of labels, without their places for values."""
    found = set()
    for table_of_labels in tables:
        for field in dataclasses.fields(table_of_labels):
            said = getattr(table_of_labels, field.name)
            for piece in re.split(r"\{\}", " {} ".join(said.values()) if isinstance(said, dict) else said):
                found.add(plain(piece).strip(" .,:()=[]").strip())
    return {piece for piece in found if len(piece) > 2}


def test_no_french_word_is_left_on_an_english_page() -> None:
    """Names, addresses and the words that the law wants in French apart, which the mentions quote in brackets."""
    french = labels(_FR, get_textes("fr")) - labels(_EN, get_textes("en"))
    documents = (
        read_example("facture-client-anglais"),
        read(langue="en", remise="5 %", reglements=[{"date": "2026-11-01", "montant": "10"}]),
        read(langue="en", numero=None, type="devis", nature=None, date_prestation=None, acompte="30 %"),
    )
    for dossier in documents:
        page = dataclasses.replace(compose_page(dossier), mentions=())
        words = text_of(page)
        left = [label for label in sorted(french) if re.search(rf"(?<!\w){re.escape(label)}(?!\w)", words)]
        assert left == []


def test_units_are_said_in_english_when_they_are_usual() -> None:
    rows = [{"designation": "x", "unite": unite, "prix_unitaire": "1"} for unite in ("jour", "forfait", "m²", "day")]
    assert [ligne.unite for ligne in page_of(lignes=rows, langue="en").lignes] == ["day", "lump sum", "m²", "day"]
    assert [ligne.unite for ligne in page_of(lignes=rows).lignes] == ["jour", "forfait", "m²", "day"]


@pytest.mark.parametrize(
    ("langue", "prix", "words"),
    [
        ("fr", "75", "Facture arrêtée à la somme de quatre-vingt-dix euros toutes taxes comprises."),
        ("fr-BE", "75", "Facture arrêtée à la somme de nonante euros toutes taxes comprises."),
        ("fr-CH", "70", "Facture arrêtée à la somme de huitante-quatre euros toutes taxes comprises."),
        ("en", "75", "Ninety euros, VAT included."),
    ],
)
def test_amount_in_words(langue: str, prix: str, words: str) -> None:
    lignes = [{"designation": "x", "prix_unitaire": prix}]
    assert page_of(langue=langue, lignes=lignes).en_lettres == words


def test_amount_in_words_elides_before_un() -> None:
    lignes = [{"designation": "x", "prix_unitaire_ttc": "1"}]
    assert page_of(lignes=lignes).en_lettres.startswith("Facture arrêtée à la somme d’un euro ")


def test_a_solde_says_in_words_what_it_bills() -> None:
    words = compose_page(read_example("facture-solde")).en_lettres
    assert "six mille neuf cent vingt-cinq euros et cinquante-neuf centimes" in words


# --- payment and signature -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "bank", "qr"),
    [
        ({}, True, True),
        ({"paiement": {"moyens": None}}, True, True),
        ({"paiement": {"moyens": ["cheque", "virement"]}}, True, True),
        ({"paiement": {"moyens": ["cheque"]}}, False, False),
        ({"numero": None}, True, False),
        ({"emetteur": {"iban": None}}, False, False),
        ({"devise": "GBP", "cours_eur": {"taux": "0.85", "date": "2026-11-20", "source": "BCE"}}, True, False),
        ({"lignes": [{"designation": "x", "prix_unitaire": "1", "offert": "oui"}]}, False, False),
        ({"reglements": [{"date": "2026-11-22", "montant": "2160"}]}, False, False),
        ({"type": "devis", "nature": None, "date_prestation": None}, False, False),
        (
            {
                "type": "avoir",
                "date_prestation": None,
                "paiement": None,
                "facture": {"numero": "F1", "date": "2026-10-01"},
            },
            False,
            False,
        ),
    ],
)
def test_bank_details_and_qr_code(changes: dict[str, Any], bank: bool, qr: bool) -> None:
    """A code only on a numbered facture with something to pay in euros, an IBAN and `virement`."""
    paiement = page_of(**changes).paiement
    assert (paiement is not None) == bank
    assert bool(paiement and paiement.epc) == qr


def test_the_code_holds_what_the_page_says() -> None:
    paiement = page_of(paiement={"moyens": ["virement", "cheque"]}).paiement
    assert paiement is not None
    assert plain(paiement.iban) == "FR76 9999 8000 2000 0271 8281 844"
    assert "FR7699998000200002718281844" in paiement.epc and "EUR2160.00" in paiement.epc
    assert paiement.epc.endswith("F2026-500")
    assert [plain(text) for text in paiement.autres] == ["Par chèque à l’ordre d’Atelier Nord."]


def test_other_means_are_said_without_a_bank() -> None:
    mentions = compose_page(read_example("facture-particulier-ttc")).mentions
    assert mentions[0].startswith("Moyens de paiement acceptés")


def test_the_signature_stands_by_itself() -> None:
    signature = compose_page(read_example("devis")).signature
    assert signature is not None
    assert plain(signature.accord) == "Bon pour accord, devis D2026-021, 9 893,70 € TTC"
    assert page_of().signature is None
    contact = devis(emetteur={"contact": "Claire Martin, présidente"}).signature
    assert contact is not None and plain(contact.pour_detail) == "Claire Martin, présidente, le 22 novembre 2026"


@pytest.mark.parametrize(
    ("echeance", "words"),
    [
        ("30 jours", "Paiement par virement, à 30 jours."),
        ("1 jour", "Paiement par virement, à 1 jour."),
        ("45 jours fin de mois", "Paiement par virement, à 45 jours fin de mois."),
        ("fin de mois 45 jours", "Paiement par virement, à 45 jours après la fin du mois."),
        ("30 jours fin de mois le 10", "Paiement par virement, à 30 jours fin de mois, le 10."),
        ("à réception", "Paiement par virement, à réception de la facture."),
        ("2026-12-31", "Paiement par virement, le 31 décembre 2026."),
    ],
)
def test_terms_of_payment_of_a_devis(echeance: str, words: str) -> None:
    assert plain(devis(paiement={"echeance": echeance}).mentions[0]) == words


def test_works_at_home_are_described_above_the_signature() -> None:
    articles = compose_page(read_example("devis-travaux")).articles
    assert [article.titre for article in articles] == ["Chantier", "Déchets du chantier", "Taux réduits de TVA"]
    text = plain(" ".join(iter_strings(articles)))
    assert "Devis gratuit." in text and "aux taux de 5,5 % et 10 %" in text
    assert not re.search(r"\bart(icle)?\b", text)


def test_every_mention_of_the_dossier_is_printed(table: tuple[Dossier, Page, dict[str, Any]]) -> None:
    dossier, page, _ = table
    printed = plain(" ".join(page.mentions)).replace("’", "'")
    for mention in dossier.mentions:
        assert plain(mention.texte).replace("’", "'").replace("https://", "").rstrip(".") in printed


def test_addresses_of_sites_are_printed_bare_unless_the_user_wrote_them() -> None:
    page = page_of(
        client={"siren": None, "qualite": "particulier"},
        emetteur={"mediateur": {"nom": "M", "adresse": "1 rue X", "site": "https://www.mediateur.example/"}},
        mentions=["Nos conditions : https://ateliernord.example/cgv"],
    )
    assert "1 rue X, mediateur.example." in " ".join(page.mentions)
    assert page.mentions[-1].endswith("https://ateliernord.example/cgv.")


def test_the_running_head_is_always_one_line() -> None:
    def head(nom: str, **changes: Any) -> str:
        return page_of(client={"nom": nom}, **changes).courant

    assert head("Dupont SARL") == "Facture F2026-500 du 22 novembre 2026, Atelier Nord pour Dupont SARL"
    long = "Établissements Martin, Durand et Lefebvre"
    assert head(long) == f"Facture F2026-500 du 22/11/2026, Atelier Nord pour {long}"
    assert head(long * 2) == "Facture F2026-500 du 22/11/2026, Atelier Nord"
    for nom in ("Dupont SARL", long, long * 2):
        assert fits_line(head(nom, titre="Facture de fin de chantier"), "courant")
        assert fits_line(head(nom, emetteur={"nom": long * 3}), "courant")


def test_a_period_and_a_reason_take_one_row_or_go_elsewhere() -> None:
    page = page_of(periode={"du": "2026-07-01", "au": "2026-09-30"}, date_prestation=None)
    assert Meta("Période", "juillet à septembre 2026") in page.metas
    page = page_of(periode={"du": "2026-09-15", "au": "2026-11-14"}, date_prestation=None)
    assert all(fits_line(meta.value, "meta") for meta in page.metas)


def test_a_unit_is_plural_after_its_quantity_in_an_option() -> None:
    def detail(quantite: str, unite: str, langue: str = "fr") -> str:
        row = {"designation": "x", "quantite": quantite, "unite": unite, "prix_unitaire": "10", "option": "oui"}
        return plain(page_of(lignes=[COMPLET["lignes"][0], row], langue=langue, type="devis", nature=None,
                             numero="D1", date_prestation=None).options[0].detail)  # fmt: skip

    assert detail("3", "jour").startswith("3 jours à 10,00")
    assert detail("1,5", "jour").startswith("1,5 jour à 10,00")
    assert detail("12", "mois").startswith("12 mois à 10,00")
    assert detail("1,5", "jour", "en").startswith("1.5 days at 10.00")


# --- from the project ------------------------------------------------------------------------------------------------

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1"/></svg>'


def project(tmp_path: Path, toml: str = "", **changes: Any) -> Dossier:
    """Return a facture in a project of its own."""
    (tmp_path / "facture.toml").write_text(toml, encoding="utf-8")
    return read_data(merge(COMPLET, changes), tmp_path)


def codes(error: RefusError) -> list[tuple[str, int]]:
    return [(diagnostic.code, diagnostic.position.line) for diagnostic in error.diagnostics]


def test_colours_and_logo_of_the_project(tmp_path: Path) -> None:
    (tmp_path / "Mon logo #1.SVG").write_bytes(SVG)
    dossier = project(tmp_path, '[couleurs]\nprincipale = "#112233"\n', emetteur={"logo": "Mon logo #1.SVG"})
    page = prepare(dossier)
    assert page.logo is not None
    assert (page.logo.nom, page.logo.contenu, page.logo.texte) == ("logo.svg", SVG, "Atelier Nord")
    assert page.couleurs.principale == "#112233" and page.emetteur.enseigne == ""
    assert compose_epreuve(dossier).ressources["logo.svg"] == SVG


def test_a_logo_is_also_looked_up_from_the_root_of_the_project(tmp_path: Path) -> None:
    (tmp_path / "factures").mkdir()
    (tmp_path / "facture.toml").write_text("")
    (tmp_path / "logo.svg").write_bytes(SVG)
    dossier = read_data(merge(COMPLET, {"emetteur": {"logo": "logo.svg"}}), tmp_path / "factures")
    assert load_logo(dossier) is not None


def test_a_missing_logo_is_said_at_its_line(tmp_path: Path) -> None:
    dossier = project(tmp_path, emetteur={"logo": "absent.png"})
    with pytest.raises(RefusError) as caught:
        compose_epreuve(dossier)
    assert [code for code, _ in codes(caught.value)] == ["R603"]
    found = caught.value.diagnostics[0]
    assert found.path == "emetteur.logo" and found.position.line > 1 and caught.value.exit_code == 3


def test_a_logo_outside_the_project_is_refused(tmp_path: Path) -> None:
    inside = tmp_path / "projet"
    inside.mkdir()
    (tmp_path / "secret.png").write_bytes(b"secret")
    (inside / "lien.png").symlink_to(tmp_path / "secret.png")
    for name in ("../secret.png", str(tmp_path / "secret.png"), "lien.png"):
        with pytest.raises(RefusError) as caught:
            prepare(project(inside, emetteur={"logo": name}))
        assert [code for code, _ in codes(caught.value)] == ["F231"], name


def test_a_logo_too_large_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "logo.png").open("wb") as stream:
        stream.truncate(6_000_000)
    with pytest.raises(RefusError) as caught:
        prepare(project(tmp_path, emetteur={"logo": "logo.png"}))
    assert [code for code, _ in codes(caught.value)] == ["R605"]


def test_faults_of_the_configuration_are_said_at_its_line(tmp_path: Path) -> None:
    dossier = project(tmp_path, '[couleurs]\nsecondaire = "#ffee00"\n', emetteur={"logo": "absent.png"})
    with pytest.raises(RefusError) as caught:
        prepare(dossier)
    found = {diagnostic.code: diagnostic for diagnostic in caught.value.diagnostics}
    assert set(found) == {"R603", "R609"}
    assert found["R609"].position.line == 2 and found["R609"].position.file.endswith("facture.toml")
    with pytest.raises(RefusError) as caught:
        compose_epreuve(project(tmp_path, 'theme = "absent"\n'))
    assert codes(caught.value) == [("R610", 1)] and caught.value.exit_code == 2


def test_a_theme_of_the_project_is_found(tmp_path: Path) -> None:
    (tmp_path / "maison").mkdir()
    (tmp_path / "maison" / "style.css").write_text("p { color: #123456 }")
    assert "#123456" in compose_epreuve(project(tmp_path, 'theme = "maison"\n')).css[0]


# --- problems of the page, said at a line ----------------------------------------------------------------------------


def test_a_problem_points_at_the_text_it_quotes(tmp_path: Path) -> None:
    lignes = [
        {"designation": "Atelier", "prix_unitaire": "1"},
        {"designation": "L'élan : x", "contenu": ["Un mot", "Anticonstitutionnellement parlant, et plus encore"],
         "prix_unitaire": "1"},
    ]  # fmt: skip
    dossier = project(tmp_path, lignes=lignes, notes=["Atelier"])
    problems = [
        Probleme("R602", "page 1, « Anticonstitutionnellement parlant, et p… » dépasse sa colonne"),
        Probleme("R602", f"page 1, « L’élan{NBSP}: x » dépasse la marge", "coupez"),
        Probleme("R602", "page 1, « Atelier » dépasse la marge"),
        Probleme("R602", "page 1, « rien de tel » dépasse la marge"),
        Probleme("R606", "la ligne d’adresse « 59000 LILLE » est trop longue", "", "avertissement"),
        Probleme("R607", "les colonnes ne laissent que 3 mm"),
        Probleme("R601", "le moteur signale : quelque chose"),
    ]
    found = to_diagnostics(problems, dossier)
    assert [diagnostic.path for diagnostic in found] == [
        "lignes[1].contenu[1]",
        "lignes[1].designation",
        "lignes[0].designation",
        "",
        "client.adresse",
        "lignes",
        "",
    ]
    assert [diagnostic.is_error for diagnostic in found].count(False) == 1
    assert found[0].position.line > found[2].position.line > 1
    assert (found[3].position.line, found[6].position.line) == (1, 1)
    assert found[1].advice == "coupez"


def test_columns_that_do_not_fit_are_a_refusal(tmp_path: Path) -> None:
    dossier = project(tmp_path)
    page = prepare(dossier)
    section = page.sections[0]
    huge = dataclasses.replace(section.lignes[0], prix="9" * 40, montant="9" * 40)
    page = dataclasses.replace(page, sections=(dataclasses.replace(section, lignes=(huge,)),))
    with pytest.raises(RefusError) as caught:
        compose_epreuve(dossier, page=page)
    assert [(found.code, found.path) for found in caught.value.diagnostics] == [("R607", "lignes")]


def test_an_address_too_long_is_a_warning_at_the_address(tmp_path: Path) -> None:
    dossier = project(tmp_path, client={"adresse": {"rue": "Très longue voie " * 8}})
    found = to_diagnostics(check_page(prepare(dossier)), dossier)
    assert [(diagnostic.code, diagnostic.path, diagnostic.is_error) for diagnostic in found] == [
        ("R606", "client.adresse.rue", False)
    ]


@pytest.mark.parametrize(
    ("prices", "remise", "columns"),
    [
        (("1000.50", "500.25"), "150", 4),
        (("1000.50", "500.25"), "12.3456 %", 4),
        # Bases too wide for a quarter of the half page: the totals say them, the table says the shares.
        (("14814814681.44", "50000000.25"), "123456.78", 3),
    ],
)
def test_the_shares_of_a_discount_fit_their_table(prices: tuple[str, str], remise: str, columns: int) -> None:
    """However wide the amounts and the discount, the page is printed: no column runs past its width."""
    from facture.render import press

    lignes = [
        {"designation": "A", "prix_unitaire": prices[0], "tva": "20"},
        {"designation": "B", "prix_unitaire": prices[1], "tva": "10"},
    ]
    epreuve = compose_epreuve(read(lignes=lignes, remise=remise))
    head = epreuve.html.partition('<table class="petit">')[2].partition("</thead>")[0]
    assert head.count('<th scope="col"') == columns
    assert press(epreuve).startswith(b"%PDF")
