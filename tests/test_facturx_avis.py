"""A second opinion: another program reads our e-invoice, and finds in it what the document says.

The reader of the `factur-x` package knows the norm by its own tables of paths. What it reads is compared with the
document and its sums, never with our XML; then it writes the invoice again, and the official rules judge that too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fixtures_facturx import CAS, judge, read_case

from facture.documents import Facture
from facture.facturx import build_facturx
from facture.plume import siren_of

parse_xml = pytest.importorskip("facturx.parse_xml", reason="the package factur-x, the second reader, is missing")
generate_xml = pytest.importorskip("facturx.generate_xml", reason="the package factur-x, the second reader, is missing")


def read_again(xml: bytes) -> dict[str, Any]:
    """Return an e-invoice as the other program reads it, by BT and BG numbers."""
    found: dict[str, Any] = parse_xml.parse_ubl_cii_xml(xml)
    return found


def figure(read: Mapping[str, Any], key: str) -> Decimal:
    """Return a figure that was read, zero when there is none."""
    return Decimal(read.get(key, "0"))


@pytest.mark.parametrize("path", CAS, ids=lambda path: path.stem)
def test_another_reader_finds_what_the_document_says(path: Path) -> None:
    """Number, day, parties, lines and sums are those of the document, read by someone else."""
    dossier = read_case(path)
    document, totaux = dossier.require()
    read = read_again(build_facturx(dossier).xml)
    billed = [item for item in totaux.lignes if item.statut != "option"]
    lines, taken = read["BG-25"][: len(billed)], read["BG-25"][len(billed) :]

    assert (read["BT-1"], read["BT-2"], read["BT-5"]) == (document.numero, document.date, document.devise)
    for key, partie in (("BG-4", document.emetteur), ("BG-7", document.client)):
        assert read[key]["name"] == partie.nom
        assert read[key].get("legal_identifier", "") == siren_of(partie)
        assert read[key]["country_code"] == partie.adresse.pays
    assert [Decimal(line["BT-129"]) for line in lines] == [item.ligne.quantite for item in billed]
    assert [Decimal(line["BT-131"]) for line in lines] == [item.net for item in billed]
    assert [line["BT-153"].rstrip("…") for line in lines] == [
        (item.ligne.designation or "")[: len(line["BT-153"].rstrip("…"))]
        for item, line in zip(billed, lines, strict=True)
    ]
    assert all(Decimal(line["BT-129"]) == -1 for line in taken)
    assert sum((Decimal(line["BT-131"]) for line in taken), Decimal(0)) == -sum(
        (acompte.ht for acompte in totaux.acomptes), Decimal(0)
    )
    assert figure(read, "BT-112") == totaux.total_ttc - totaux.acomptes_ttc
    assert figure(read, "BT-113") == totaux.regle_ttc
    assert figure(read, "BT-115") == totaux.net_a_payer
    if isinstance(document, Facture) and totaux.net_a_payer > 0 and dossier.echeance is not None:
        assert read["BT-9"] == dossier.echeance
    if document.emetteur.iban and read.get("BT-81") in ("30", "58"):
        assert read["BT-84"] == document.emetteur.iban


@pytest.mark.parametrize("path", CAS, ids=lambda path: path.stem)
def test_another_writer_says_the_same_from_it(path: Path) -> None:
    """Written again from what was read, the invoice passes the rules and has the same sums."""
    first = read_again(build_facturx(read_case(path)).xml)
    sums = {key: value for key, value in first.items() if key in ("BT-106", "BT-109", "BT-110", "BT-112", "BT-115")}
    written = generate_xml.generate_cii_xml(dict(first), level="en16931", check_schematron=False)
    again = read_again(written)

    assert judge(written) == []
    assert {key: Decimal(again[key]) for key in sums} == {key: Decimal(value) for key, value in sums.items()}
    assert again["BT-2"] == dt.date(2026, 11, 20)
