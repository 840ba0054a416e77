"""Who reads the page learns all that the machine reads: each text and each figure of the XML is on it.

The readable form of a French e-invoice holds everything that its file says (XP Z12-012). Each value is looked for in
the text that the page is made of, whatever the spaces, apostrophes and forms of print; what stands there as words
instead of codes is in `CODES`, and what a reader gets by one subtraction is worked out here.
"""

from __future__ import annotations

import datetime as dt
import html
import re
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from fixtures_facturx import CAS, RACINE, Xml, read_case
from lxml import etree

from facture import typo
from facture.composition import compose_epreuve
from facture.dossier import Dossier
from facture.facturx import SANS_OBJET, build_facturx, concerns, has_facturx
from facture.plume import name_country
from facture.totaux import TotalTva, split_acomptes

EXEMPLES = sorted((RACINE / "examples").glob("*.yaml"))

CODES = {
    "BusinessProcessSpecifiedDocumentContextParameter/ID": "nature de l'opération, acomptes, paiement",
    "GuidelineSpecifiedDocumentContextParameter/ID": "profil",
    "TypeCode": "titre du document, moyen de paiement, ou « VAT »",
    "SubjectCode": "la note elle-même",
    "CategoryCode": "taux ou motif d'exonération",
    "ExemptionReasonCode": "motif d'exonération",
    "ReasonCode": "motif de la remise",
    "DueDateTypeCode": "option pour les débits",
    "Indicator": "remise, ou reprise d'une remise",
    "LineID": "rang de la ligne",
}
"""Elements whose value is a code: what the page says in its place."""


@cache
def _read(path: Path) -> Dossier:
    return read_case(path)


def _select() -> list[Path]:
    """Return every case, and every example that carries an e-invoice."""
    found = [path for path in CAS if has_facturx(_read(path))]
    return found + [path for path in EXEMPLES if not _read(path).has_errors and has_facturx(_read(path))]


def fold(text: str) -> str:
    """Return a text without spaces nor case, its apostrophes and minus signs plain."""
    plain = text.replace("\u2019", "'").replace("\u2212", "-").replace("\u2013", "-")
    return re.sub(r"\s+", "", plain).lower()


class PageLue:
    """The text of a page: whole, for words; cut where the page cuts it, for figures."""

    def __init__(self, dossier: Dossier) -> None:
        body = re.sub(r"(?s)<(style|svg|head)\b.*?</\1>", "", compose_epreuve(dossier).html)
        parts = html.unescape(re.sub(r"<[^>]+>", "\x00", body))
        self.mots = fold(parts.replace("\x00", ""))
        self.chiffres = re.sub(r"\s+", "", parts)
        if dossier.document is not None and dossier.document.langue == "en":
            self.chiffres = re.sub(r"(?<=\d),(?=\d{3})", "", self.chiffres).replace(".", ",")
        self.langue = dossier.document.langue if dossier.document is not None else "fr"

    def says(self, text: str) -> bool:
        """Say whether a text is there, each of its lines."""
        return all(fold(line.removeprefix("- ")) in self.mots for line in text.split("\n"))

    def says_any(self, *texts: str) -> bool:
        """Say whether one of the forms of a thing is there."""
        return any(self.says(text) for text in texts)

    def shows(self, value: Decimal) -> bool:
        """Say whether a figure is there by itself, with any number of zeros at its end, whatever its sign."""
        shown = f"{abs(value):f}"
        whole, _, cents = shown.partition(".")
        pattern = rf"(?<![\d,]){whole}" + (rf",{cents.rstrip('0')}0*" if cents.strip("0") else r"(?:,0+)?")
        return re.search(rf"{pattern}(?!\d|,\d)", self.chiffres) is not None

    def shows_day(self, day: dt.date) -> bool:
        """Say whether a day is there, in words or in figures, or as one end of a period."""
        return self.says_any(typo.format_date(day, self.langue), typo.format_short_date(day, self.langue))


def list_values(xml: Xml) -> list[tuple[str, str, etree._Element]]:
    """Return each value of the XML with its path and its element, codes left out."""
    found = []
    for element in xml.racine.iter():
        if len(element) or not (element.text or "").strip():
            continue
        names = [etree.QName(node).localname for node in (*reversed(list(element.iterancestors())), element)]
        path = "/".join(names[1:])
        if not any(path.endswith(f"/{code}") for code in CODES):
            found.append((path, element.text or "", element))
    return found


def is_said(path: str, value: str, element: etree._Element, page: PageLue, dossier: Dossier, xml: Xml) -> bool:
    """Say whether the page says a value of the XML, in its own way."""
    name = path.rsplit("/", 1)[-1]
    if "/IncludedNote" in path and "IncludedSupplyChain" not in path:
        # What has no object is not printed; how to treat it is for platforms; a cut text goes on in the next note.
        return value.startswith(SANS_OBJET) or value in ("B2B", "B2BINT") or all(map(page.says, value.split(" : ")))
    if name == "CountryID":
        return value == "FR" or page.says_any(*(name_country(value, langue) for langue in ("fr", "en")))
    if name == "DateTimeString":
        return _is_day_said(path, value, element, page)
    if path.endswith("SpecifiedTradePaymentTerms/Description"):
        # The page has a row for each part, without the sign of the currency.
        return all(page.says(part) for part in re.split(r" ; | : |, ", value.replace("€", "")))
    if "PostalTradeAddress/Line" in path:
        return all(page.says(part) for part in value.split(", "))
    if name == "Name" and value.endswith("…"):
        return page.says(value[:-1])
    if _is_figure(path, value):
        return page.shows(Decimal(value)) or _is_worked_out(path, Decimal(value), element, page, dossier, xml)
    return page.says(value)


def _is_figure(path: str, value: str) -> bool:
    names = ("Amount", "Percent", "Quantity")
    return path.endswith(names) and re.fullmatch(r"-?\d+(\.\d+)?", value) is not None


def _to_day(text: str) -> dt.date:
    return dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))


def _is_day_said(path: str, value: str, element: etree._Element, page: PageLue) -> bool:
    if "BillingSpecifiedPeriod" not in path:
        return page.shows_day(_to_day(value))
    period = element.getparent().getparent()
    first, last = (_to_day(text.strip()) for text in period.itertext() if text.strip())
    return page.says(typo.format_period(first, last, page.langue)) or (page.shows_day(first) and page.shows_day(last))


def _is_worked_out(
    path: str, value: Decimal, element: etree._Element, page: PageLue, dossier: Dossier, xml: Xml
) -> bool:
    """Say whether a reader gets a figure from the page in one step."""
    totaux = dossier.totaux
    assert totaux is not None
    name = path.rsplit("/", 1)[-1]
    if not value and name in ("RateApplicablePercent", "CalculatedAmount", "TaxTotalAmount"):
        # « TVA non applicable » says it in words.
        return any(page.says(reason) for reason in xml.list("//ExemptionReason"))
    if name == "TaxTotalAmount":
        # Beside several rates the page gives the VAT of each, and the totals before and with it.
        return page.shows(totaux.total_ht) and page.shows(totaux.total_ttc)
    if "ApplicableHeaderTradeSettlement/ApplicableTradeTax" in path and totaux.acomptes:
        # What is left at a rate: that of the whole job, less what the rows of the acomptes take off.
        whole = next(row for row in totaux.tva if _is_row_of(row, element))
        taken = [part for part in split_acomptes(totaux) if part.groupe == whole.groupe]
        figures = [(whole.base, *(part.ht for part in taken)), (whole.montant, *(part.tva for part in taken))]
        first, *others = figures[name == "CalculatedAmount"]
        return value == first - sum(others) and all(page.shows(figure) for figure in (first, *others))
    if path.startswith("SupplyChainTradeTransaction/IncludedSupplyChainTradeLineItem"):
        line = next(node for node in element.iterancestors() if "LineItem" in node.tag)
        net = xml.amount(".//SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount", line)
        if xml.one(".//BilledQuantity", line) == "-1" and name == "BilledQuantity":
            # An acompte taken back: the page takes it off with a minus sign.
            return page.shows(net)
        if name == "ActualAmount":
            sign = 1 if xml.one(".//Indicator", line) == "false" else -1
            return page.shows(net) and page.shows(net + sign * value)
    return False


def _is_row_of(row: TotalTva, element: etree._Element) -> bool:
    texts = [text.strip() for text in element.getparent().itertext() if text.strip()]
    return row.groupe.categorie in texts and (row.groupe.categorie == "O" or f"{row.groupe.taux:f}" == texts[-1])


def is_priced_ttc(path: str, dossier: Dossier) -> bool:
    """Say whether a value is one that a page priced TTC gives with VAT only: prices and amounts before it.

    Why left open: the columns of such a page are TTC, as its reader was told the prices; totals HT are on it.
    """
    totaux = dossier.totaux
    assert totaux is not None
    details = ("ChargeAmount", "LineTotalAmount", "ActualAmount", "AllowanceTotalAmount", "BasisAmount")
    breakdown = "/ApplicableTradeTax/" in path and "IncludedSupply" not in path
    return totaux.en_ttc and path.endswith(details) and not breakdown


@pytest.mark.parametrize("path", _select(), ids=lambda path: path.stem)
def test_the_page_says_all_that_the_file_says(path: Path) -> None:
    """No value of the e-invoice is known to machines alone."""
    dossier = _read(path)
    xml, page = Xml(build_facturx(dossier)), PageLue(dossier)

    unsaid = [
        f"{place} : {value}"
        for place, value, element in list_values(xml)
        if not is_said(place, value, element, page, dossier, xml) and not is_priced_ttc(place, dossier)
    ]
    assert unsaid == []


def test_most_cases_have_an_e_invoice() -> None:
    """What is compared is not next to nothing: every case but the consumer's, and most examples of invoices."""
    names = {path.stem for path in _select()}

    assert {path.stem for path in CAS} - names == {"77-particulier"}
    assert {"facture", "facture-solde", "avoir", "facture-client-anglais"} <= names
    assert not concerns(_read(RACINE / "examples" / "facture-particulier-ttc.yaml"))
