"""An e-invoice read back, ours or anybody's: the only module that opens a PDF or an XML that somebody else made.

Why: a file that came by e-mail may be broken, or made to harm. So everything is bounded (bytes, nesting, pages,
attachments, time), nothing is fetched, no entity is expanded, and whatever goes wrong in an engine becomes a finding
in French. `verify` takes bytes and gives values: it opens no file and prints nothing.

The engines are imported inside functions: `facture --help` never pays for them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import re
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING, Any

from facture.concordance import Concordance, compare_page
from facture.controles import check_facture
from facture.errors import Diagnostic, Position, sort_diagnostics
from facture.factures_lues import (
    Adresse,
    FactureLue,
    Illisible,
    LigneLue,
    NoteLue,
    Partie,
    ReductionLue,
    ReferenceLue,
    Taxe,
    TotauxLus,
)
from facture.source import finding

if TYPE_CHECKING:
    from types import FrameType

    from lxml.etree import _Element
    from pypdf import PdfReader

__all__ = ["MAX_OCTETS", "Verification", "read_cii", "verify"]

MAX_OCTETS = 30_000_000
"""Of a file: a scanned annex weighs a few; a pure Python reader takes seconds on more."""
MAX_OCTETS_XML = 10_000_000
MAX_OCTETS_XMP = 1_000_000
MAX_OCTETS_CONTENU = 20_000_000
"""Of what draws the pages, once decompressed."""
MAX_TEXTE = 1_000_000
MAX_PAGES = 500
MAX_PIECES = 1_000
MAX_LIGNES = 10_000
MAX_SECONDES = 10.0

NOMS_XML: Mapping[str, str] = {
    "factur-x.xml": "Factur-X",
    "zugferd-invoice.xml": "ZUGFeRD",
    "xrechnung.xml": "XRechnung",
}
"""What an attached invoice is called, in lower case, and what makes it so."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found of one file.

    Attributes:
        genre: « Factur-X », « ZUGFeRD », « XRechnung », « CII », « UBL », « PDF »; "" when it is none of these.
        lue: the invoice; None when it cannot be read.
        xml: its bytes, for the official rules; b"" without.
        page: how the page compares to it; None when the file is not a PDF made here.
        is_ours: True for a PDF that this program made.
    """

    fichier: str
    genre: str = ""
    lue: FactureLue | None = None
    xml: bytes = b""
    page: Concordance | None = None
    is_ours: bool = False
    constats: tuple[Diagnostic, ...] = ()


def verify(data: bytes, fichier: str) -> Verification:
    """Read an e-invoice back and say what is wrong with it.

    Args:
        fichier: its name, for the findings.

    Returns: what it says and every finding, X730 to X745; findings on a PDF stand at its first line, those on an XML
        at the line of what they speak of.
    """
    if len(data) > MAX_OCTETS:
        size = f"{len(data) / 1e6:.0f} Mo, {MAX_OCTETS // 1_000_000} au plus"
        return Verification(fichier, constats=(_find("X730", fichier, f"fichier trop gros : {size}"),))
    try:
        with _bounded_time():
            if b"%PDF-" in data[:1024]:
                return _verify_pdf(data, fichier)
            if _looks_like_xml(data):
                return _verify_xml(data, fichier)
    except _TropLong:
        said = "sa lecture prend trop de temps, elle est abandonnée"
        return Verification(fichier, constats=(_find("X730", fichier, said),))
    shown = "fichier vide" if not data else "ce n'est ni un PDF ni un XML"
    return Verification(fichier, constats=(_find("X730", fichier, shown),))


def _find(code: str, fichier: str, message: str, *, line: int = 1, path: str = "", law: str = "") -> Diagnostic:
    return finding(code, message, Position(fichier, line), path, law=law)


class _TropLong(BaseException):
    """The time for one file is over. Not an `Exception`: engines catch those and go on."""


@contextmanager
def _bounded_time() -> Iterator[None]:
    """Stop after `MAX_SECONDES` of work.

    Why: a reader in pure Python has loops that no limit of size foresees. The processor's time is counted, so that a
    slow machine is not blamed on the file. Without such a signal (Windows, another thread) the other bounds remain.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise _TropLong

    before = signal.signal(signal.SIGPROF, stop)
    # Again every second: an engine may swallow the first one.
    signal.setitimer(signal.ITIMER_PROF, MAX_SECONDES, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        # None: a handler that Python did not set, and cannot set again.
        signal.signal(signal.SIGPROF, signal.SIG_DFL if before is None else before)


# --- XML -------------------------------------------------------------------------------------------------------------

_RSM = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
_RAM = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
_UDT = "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"
_QDT = "urn:un:unece:uncefact:data:standard:QualifiedDataType:100"
_ESPACES = {"rsm": _RSM, "ram": _RAM, "udt": _UDT, "qdt": _QDT}

_AUTRES = (
    ("urn:oasis:names:specification:ubl:schema:xsd:Invoice-2", "UBL", "UBL : cette version lit le CII"),
    ("urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2", "UBL", "UBL : cette version lit le CII"),
    ("urn:ferd:CrossIndustryDocument:", "ZUGFeRD", "ZUGFeRD 1, de 2014 : cette version lit le CII d'aujourd'hui"),
    ("urn:un:unece:uncefact:data:SCRDMCCBDACIOMessageStructure", "Order-X", "Order-X : une commande, pas une facture"),
)
"""Other documents by the start of their root's namespace: what they are, and what is said of them."""


def _looks_like_xml(data: bytes) -> bool:
    start = data[:256].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return start.startswith(b"<")


class _XmlRefuse(Exception):
    """An XML that is not read, why, and at which line."""

    def __init__(self, reason: str, line: int = 1) -> None:
        self.line = line
        super().__init__(reason)


def _parse_xml(data: bytes, limit: int) -> _Element:
    """Return the root of an XML: no entity, no DTD, no network, at most `limit` bytes and 256 levels.

    Raises: _XmlRefuse with the reason.
    """
    from lxml import etree

    if len(data) > limit:
        raise _XmlRefuse(f"{len(data) / 1e6:.1f} Mo, {limit // 1_000_000} au plus".replace(".", ","))
    # Without the null bytes, UTF-16 hides nothing.
    if b"<!DOCTYPE" in data.replace(b"\0", b""):
        raise _XmlRefuse("il déclare un DTD, qu'une facture n'a pas")
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        deep = "depth" in str(error)
        said = "il a plus de 256 niveaux" if deep else "une balise, un guillemet ou un caractère y est mal formé"
        raise _XmlRefuse(said, getattr(error, "lineno", None) or 1) from error
    if root is None or root.getroottree().docinfo.doctype:
        raise _XmlRefuse("il déclare un DTD, qu'une facture n'a pas")
    return root


def _verify_xml(data: bytes, fichier: str) -> Verification:
    return _verify_invoice(data, fichier, "CII", lambda line: Position(fichier, line))


def _verify_invoice(data: bytes, fichier: str, genre: str, place: Callable[[int], Position]) -> Verification:
    """Read and check an XML; `place` says where a line of it stands for the user."""
    try:
        root = _parse_xml(data, MAX_OCTETS_XML)
    except _XmlRefuse as refus:
        return Verification(fichier, genre, constats=(finding("X732", f"XML illisible : {refus}", place(refus.line)),))
    space, _, local = str(root.tag).removeprefix("{").rpartition("}")
    if space != _RSM or local != "CrossIndustryInvoice":
        for prefix, known, said in _AUTRES:
            if space.startswith(prefix):
                return Verification(fichier, known, xml=data, constats=(finding("X733", said, place(1)),))
        said = f"cet XML n'est pas une facture : sa racine est <{local[:60]}>"
        return Verification(fichier, "", constats=(finding("X733", said, place(1)),))
    lignes = root.findall("rsm:SupplyChainTradeTransaction/ram:IncludedSupplyChainTradeLineItem", _ESPACES)
    if len(lignes) > MAX_LIGNES:
        said = f"XML illisible : {len(lignes)} lignes, {MAX_LIGNES} au plus"
        return Verification(fichier, genre, constats=(finding("X732", said, place(1)),))
    lue = _Lecture(root).read()
    constats = []
    for ecart in check_facture(lue):
        line = lue.lieux.get(ecart.terme) or lue.lieux.get(ecart.terme.rpartition(".")[0]) or 1
        found = finding(ecart.code, ecart.message, place(line), ecart.terme, law=ecart.regle)
        constats.append(replace(found, severity=ecart.severity or found.severity))
    return Verification(fichier, genre, lue, data, constats=tuple(sort_diagnostics(constats)))


def read_cii(data: bytes) -> FactureLue:
    """Return what a CII invoice says.

    Raises: ValueError when it is not an XML that may be read, or not a CII invoice.
    """
    try:
        root = _parse_xml(data, MAX_OCTETS_XML)
    except _XmlRefuse as refus:
        raise ValueError(str(refus)) from refus
    if root.tag != f"{{{_RSM}}}CrossIndustryInvoice":
        raise ValueError("ce n'est pas une facture CII")
    return _Lecture(root).read()


_NOMBRE = re.compile(r"[+-]?(?:[0-9]{1,15}(?:\.[0-9]{0,10})?|\.[0-9]{1,10})")
_JOUR = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")

_ENTETE = "rsm:ExchangedDocument"
_CONTEXTE = "rsm:ExchangedDocumentContext"
_ACCORD = "rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeAgreement"
_REGLEMENT = "rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeSettlement"
_SOMMES = f"{_REGLEMENT}/ram:SpecifiedTradeSettlementHeaderMonetarySummation"

_TOTAUX = (
    ("lignes", "BT-106", "ram:LineTotalAmount"),
    ("remises", "BT-107", "ram:AllowanceTotalAmount"),
    ("frais", "BT-108", "ram:ChargeTotalAmount"),
    ("ht", "BT-109", "ram:TaxBasisTotalAmount"),
    ("ttc", "BT-112", "ram:GrandTotalAmount"),
    ("regle", "BT-113", "ram:TotalPrepaidAmount"),
    ("arrondi", "BT-114", "ram:RoundingAmount"),
    ("a_payer", "BT-115", "ram:DuePayableAmount"),
)
_EXIGES = {"BT-109": "total HT", "BT-112": "total TTC", "BT-115": "net à payer"}
_PARTIES = {
    "vendeur": ("ram:SellerTradeParty", ("BT-27", "BT-29", "BT-30", "BT-31", "BT-32", "BT-34", "BT-40")),
    "acheteur": ("ram:BuyerTradeParty", ("BT-44", "BT-46", "BT-47", "BT-48", "", "BT-49", "BT-55")),
}


class _Lecture:
    """Reads one CII tree; notes the line of each term and what cannot be read on the way."""

    def __init__(self, root: _Element) -> None:
        self.root = root
        self.lieux: dict[str, int] = {}
        self.illisibles: list[Illisible] = []

    def read(self) -> FactureLue:
        """Return the invoice. Source: EN 16931-3-3, the CII mapping."""
        guide = self.text(self.root, f"{_CONTEXTE}/ram:GuidelineSpecifiedDocumentContextParameter/ram:ID", "BT-24")
        lue = FactureLue(
            guide=guide,
            cadre=self.text(
                self.root, f"{_CONTEXTE}/ram:BusinessProcessSpecifiedDocumentContextParameter/ram:ID", "BT-23"
            ),
            type=self.require(self.root, f"{_ENTETE}/ram:TypeCode", "BT-3", "type de document"),
            numero=self.require(self.root, f"{_ENTETE}/ram:ID", "BT-1", "numéro de la facture"),
            date=self.day(self.root, f"{_ENTETE}/ram:IssueDateTime/udt:DateTimeString", "BT-2", needed=True),
            echeance=self.day(
                self.root,
                f"{_REGLEMENT}/ram:SpecifiedTradePaymentTerms/ram:DueDateDateTime/udt:DateTimeString",
                "BT-9",
            ),
            vendeur=self.read_partie("vendeur"),
            acheteur=self.read_partie("acheteur"),
            devise=self.require(self.root, f"{_REGLEMENT}/ram:InvoiceCurrencyCode", "BT-5", "devise"),
            lignes=tuple(
                self.read_ligne(element, f"lignes[{index}].")
                for index, element in enumerate(
                    self.all(self.root, "rsm:SupplyChainTradeTransaction/ram:IncludedSupplyChainTradeLineItem")
                )
            ),
            reductions=(
                *self.read_reductions(self.root, f"{_REGLEMENT}/ram:SpecifiedTradeAllowanceCharge", "BT-92"),
                *self.read_transport(),
            ),
            tva=tuple(
                self.read_taxe(element, f"tva[{index}].")
                for index, element in enumerate(self.all(self.root, f"{_REGLEMENT}/ram:ApplicableTradeTax"))
            ),
            notes=tuple(self.read_notes()),
            references=tuple(self.read_references()),
            ibans=tuple(
                self.clean(element)
                for element in self.all(
                    self.root,
                    f"{_REGLEMENT}/ram:SpecifiedTradeSettlementPaymentMeans"
                    "/ram:PayeePartyCreditorFinancialAccount/ram:IBANID",
                    "BT-84",
                )
                if self.clean(element)
            ),
        )
        lue = replace(lue, totaux=self.read_totaux(lue.devise))
        return replace(lue, illisibles=tuple(self.illisibles), lieux=self.lieux)

    # --- elements ---

    def all(self, parent: _Element, path: str, terme: str = "") -> list[_Element]:
        """Return the elements of a path; the first one gives its line to the term."""
        found: list[_Element] = parent.findall(path, _ESPACES)
        if found and terme:
            self.lieux.setdefault(terme, found[0].sourceline or 1)
        return found

    def clean(self, element: _Element | None) -> str:
        return " ".join((element.text or "").split()) if element is not None else ""

    def text(self, parent: _Element, path: str, terme: str) -> str:
        return self.clean(next(iter(self.all(parent, path, terme)), None))

    def require(self, parent: _Element, path: str, terme: str, what: str) -> str:
        value = self.text(parent, path, terme)
        if not value:
            self.illisibles.append(Illisible(terme, "", what))
        return value

    def number(self, parent: _Element, path: str, terme: str) -> Decimal | None:
        """Return a number; one that is not written as XML writes numbers is noted, and nothing is supposed of it."""
        element = next(iter(self.all(parent, path, terme)), None)
        return None if element is None else self.decimal(element, terme)

    def decimal(self, element: _Element, terme: str) -> Decimal | None:
        value = self.clean(element)
        if not _NOMBRE.fullmatch(value):
            self.illisibles.append(Illisible(terme, value[:40], "nombre"))
            return None
        return Decimal(value)

    def day(self, parent: _Element, path: str, terme: str, *, needed: bool = False) -> dt.date | None:
        """Return a date. Source: BR-FR-03 (2000 to 2099); UNTDID 2379, format 102."""
        element = next(iter(self.all(parent, path, terme)), None)
        value = self.clean(element)
        if element is None or not value:
            if needed or element is not None:
                self.illisibles.append(Illisible(terme, "", "date"))
            return None
        match = _JOUR.fullmatch(value)
        try:
            if match is None or element.get("format", "102") != "102" or not 2000 <= int(match[1]) <= 2099:
                raise ValueError(value)
            return dt.date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            self.illisibles.append(Illisible(terme, value[:40], "date (AAAAMMJJ, de 2000 à 2099)"))
            return None

    # --- groups ---

    def read_partie(self, role: str) -> Partie:
        tag, (nom, globaux, legal, tva, fiscal, electronique, pays) = _PARTIES[role]
        party = self.root.find(f"{_ACCORD}/{tag}", _ESPACES)
        if party is None:
            self.illisibles.append(Illisible(nom, "", f"nom du {role}" if role == "vendeur" else "nom de l'acheteur"))
            return Partie()
        registered = {
            element.get("schemeID", ""): self.clean(element)
            for element in self.all(party, "ram:SpecifiedTaxRegistration/ram:ID", tva)
        }
        return Partie(
            nom=self.require(party, "ram:Name", nom, "nom du vendeur" if role == "vendeur" else "nom de l'acheteur"),
            identifiants=tuple(self.identifier(item) for item in self.all(party, "ram:GlobalID", globaux)),
            legal=self.one_identifier(party, "ram:SpecifiedLegalOrganization/ram:ID", legal),
            tva=registered.get("VA", ""),
            fiscal=registered.get("FC", "") if fiscal else "",
            electronique=self.one_identifier(party, "ram:URIUniversalCommunication/ram:URIID", electronique),
            pays=self.text(party, "ram:PostalTradeAddress/ram:CountryID", pays),
        )

    def identifier(self, element: _Element) -> Adresse:
        return Adresse(self.clean(element), element.get("schemeID", ""))

    def one_identifier(self, parent: _Element, path: str, terme: str) -> Adresse:
        element = next(iter(self.all(parent, path, terme)), None)
        return Adresse() if element is None else self.identifier(element)

    def read_ligne(self, line: _Element, terme: str) -> LigneLue:
        self.lieux[terme.removesuffix(".")] = line.sourceline or 1
        price = "ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice"
        gross = "ram:SpecifiedLineTradeAgreement/ram:GrossPriceProductTradePrice/ram:ChargeAmount"
        settlement = "ram:SpecifiedLineTradeSettlement"
        quantity = next(
            iter(self.all(line, "ram:SpecifiedLineTradeDelivery/ram:BilledQuantity", f"{terme}BT-129")), None
        )
        status = self.text(line, "ram:AssociatedDocumentLineDocument/ram:LineStatusReasonCode", "")
        return LigneLue(
            numero=self.text(line, "ram:AssociatedDocumentLineDocument/ram:LineID", f"{terme}BT-126"),
            nom=self.text(line, "ram:SpecifiedTradeProduct/ram:Name", f"{terme}BT-153"),
            quantite=None if quantity is None else self.decimal(quantity, f"{terme}BT-129"),
            unite="" if quantity is None else quantity.get("unitCode", ""),
            prix=self.number(line, f"{price}/ram:ChargeAmount", f"{terme}BT-146"),
            prix_brut=self.number(line, gross, f"{terme}BT-148"),
            prix_pour=self.number(line, f"{price}/ram:BasisQuantity", f"{terme}BT-149"),
            reductions=self.read_reductions(line, f"{settlement}/ram:SpecifiedTradeAllowanceCharge", f"{terme}BT-136"),
            net=self.number(
                line,
                f"{settlement}/ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount",
                f"{terme}BT-131",
            ),
            categorie=self.text(line, f"{settlement}/ram:ApplicableTradeTax/ram:CategoryCode", f"{terme}BT-151"),
            taux=self.number(line, f"{settlement}/ram:ApplicableTradeTax/ram:RateApplicablePercent", f"{terme}BT-152"),
            est_detail=status in ("", "DETAIL"),
        )

    def read_reductions(self, parent: _Element, path: str, terme: str) -> tuple[ReductionLue, ...]:
        return tuple(
            ReductionLue(
                montant=self.number(item, "ram:ActualAmount", terme),
                est_frais=self.text(item, "ram:ChargeIndicator/udt:Indicator", "").lower() in ("true", "1"),
                taux=self.number(item, "ram:CalculationPercent", f"{terme}, taux"),
                motif=self.text(item, "ram:Reason", ""),
                code=self.text(item, "ram:ReasonCode", ""),
                categorie=self.text(item, "ram:CategoryTradeTax/ram:CategoryCode", ""),
                taux_tva=self.number(item, "ram:CategoryTradeTax/ram:RateApplicablePercent", f"{terme}, TVA"),
            )
            for item in self.all(parent, path, terme)
        )

    def read_transport(self) -> Iterator[ReductionLue]:
        """Yield the transport charges of the EXTENDED profile, which count as charges of the document."""
        for item in self.all(self.root, f"{_REGLEMENT}/ram:SpecifiedLogisticsServiceCharge", "BT-X-272"):
            yield ReductionLue(
                montant=self.number(item, "ram:AppliedAmount", "BT-X-272"),
                est_frais=True,
                motif=self.text(item, "ram:Description", ""),
                categorie=self.text(item, "ram:AppliedTradeTax/ram:CategoryCode", ""),
                taux_tva=self.number(item, "ram:AppliedTradeTax/ram:RateApplicablePercent", "BT-X-274"),
            )

    def read_taxe(self, row: _Element, terme: str) -> Taxe:
        self.lieux[terme.removesuffix(".")] = row.sourceline or 1
        return Taxe(
            categorie=self.text(row, "ram:CategoryCode", f"{terme}BT-118"),
            taux=self.number(row, "ram:RateApplicablePercent", f"{terme}BT-119"),
            base=self.number(row, "ram:BasisAmount", f"{terme}BT-116"),
            montant=self.number(row, "ram:CalculatedAmount", f"{terme}BT-117"),
            motif=self.text(row, "ram:ExemptionReason", f"{terme}BT-120"),
            code_motif=self.text(row, "ram:ExemptionReasonCode", f"{terme}BT-121"),
        )

    def read_totaux(self, devise: str) -> TotauxLus:
        sums = self.root.find(_SOMMES, _ESPACES)
        if sums is None:
            self.illisibles.append(Illisible("BG-22", "", "totaux du document"))
            return TotauxLus()
        values: dict[str, Decimal | None] = {}
        for name, terme, path in _TOTAUX:
            values[name] = self.number(sums, path, terme)
            if terme in _EXIGES and sums.find(path, _ESPACES) is None:
                self.illisibles.append(Illisible(terme, "", _EXIGES[terme]))
        for element in sums.findall("ram:TaxTotalAmount", _ESPACES):
            # Without its currency it is that of the document.
            own = element.get("currencyID", devise) == devise
            terme, name = ("BT-110", "tva") if own else ("BT-111", "tva_comptable")
            self.lieux.setdefault(terme, element.sourceline or 1)
            values.setdefault(name, self.decimal(element, terme))
        return TotauxLus(**values)

    def read_notes(self) -> Iterator[NoteLue]:
        for note in self.all(self.root, f"{_ENTETE}/ram:IncludedNote", "BT-21"):
            code = self.text(note, "ram:SubjectCode", "")
            self.lieux.setdefault(f"notes.{code}", note.sourceline or 1)
            yield NoteLue(code, self.text(note, "ram:Content", ""))

    def read_references(self) -> Iterator[ReferenceLue]:
        for item in self.all(self.root, f"{_REGLEMENT}/ram:InvoiceReferencedDocument", "BT-25"):
            yield ReferenceLue(
                self.text(item, "ram:IssuerAssignedID", "BT-25"),
                self.day(item, "ram:FormattedIssueDateTime/qdt:DateTimeString", "BT-26"),
            )


# --- PDF -------------------------------------------------------------------------------------------------------------


class _PdfRefuse(Exception):
    """A PDF that is not read, and why."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A file attached to a PDF.

    Attributes:
        cle: tells two entries of one file from two files.
        associations: how many times /AF names it.
        is_listed: True when it is among the attachments that readers show.
    """

    nom: str
    fiche: Any
    cle: object
    associations: int = 0
    is_listed: bool = False


@dataclass(frozen=True, slots=True)
class _Xmp:
    """What the metadata say of the e-invoice.

    Attributes:
        blocs: number of `rdf:RDF`; readers see only the first one.
        partie: of PDF/A, « 3 ».
        valeurs: DocumentType, DocumentFileName, Version, ConformanceLevel, of the first block.
        caches: the same, of the blocks that readers do not see.
        outil: what made the file.
    """

    blocs: int = 0
    partie: str = ""
    valeurs: Mapping[str, str] = field(default_factory=dict)
    caches: Mapping[str, str] = field(default_factory=dict)
    outil: str = ""


def _verify_pdf(data: bytes, fichier: str) -> Verification:
    # Anything may be raised on a file made to harm: it is a damaged file, whatever its name.
    try:
        with _silence():
            return _read_pdf(data, fichier)
    except _PdfRefuse as refus:
        said = str(refus)
    except Exception as error:
        said = f"PDF abîmé ou hors limites ({type(error).__name__})"
    return Verification(fichier, "PDF", constats=(_find("X730", fichier, said),))


@contextmanager
def _silence() -> Iterator[None]:
    """Keep the engine's own log off the terminal: what matters of it is said in French."""
    logger = logging.getLogger("pypdf")
    before = logger.level
    # Its modules have loggers of their own, which take this level.
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)


def _read_pdf(data: bytes, fichier: str) -> Verification:
    from pypdf import PdfReader

    reader = PdfReader(BytesIO(data), strict=False)
    if reader.is_encrypted:
        raise _PdfRefuse("PDF chiffré : une facture électronique ne l'est jamais (PDF/A)")
    xmp = _read_xmp(reader)
    ours = _is_ours(reader, xmp)
    pieces = _list_pieces(reader)
    invoices = [piece for piece in pieces if piece.nom.lower() in NOMS_XML]
    if not invoices:
        return Verification(
            fichier, "PDF", is_ours=ours, constats=(_find("X731", fichier, _say_no_xml(pieces, ours=ours)),)
        )
    # The one that /AF names is the one that machines read.
    invoices.sort(key=lambda piece: -bool(piece.associations))
    chosen, xml = invoices[0], _read_piece(invoices[0])
    genre = "XRechnung" if "xrechnung" in chosen.nom.lower() else NOMS_XML[chosen.nom.lower()]
    found = _verify_invoice(xml, fichier, genre, lambda _line: Position(fichier))
    structure = [
        _find(code, fichier, said) for code, said in _check_structure(reader, xmp, invoices, xml, found.lue, ours=ours)
    ]
    page, differences = _compare(reader, found.lue, fichier) if ours and found.lue is not None else (None, [])
    return replace(
        found,
        is_ours=ours,
        page=page,
        constats=tuple(sort_diagnostics([*found.constats, *structure, *differences])),
    )


def _say_no_xml(pieces: list[_Piece], *, ours: bool) -> str:
    if pieces:
        names = ", ".join(f"« {piece.nom[:40]} »" for piece in pieces[:5])
        more = f" et {len(pieces) - 5} autres" if len(pieces) > 5 else ""
        return f"pas de facture électronique parmi les pièces jointes de ce PDF : {names}{more}"
    if ours:
        without = "un devis, un brouillon, une lettre ou la facture d'un particulier"
        return f"pas de facture électronique dans ce PDF : {without} n'en portent pas"
    return "pas de facture électronique dans ce PDF : il ne se lit qu'à l'œil"


_EMPREINTE = re.compile(rb"[0-9a-f]{32}")


def _is_ours(reader: PdfReader, xmp: _Xmp) -> bool:
    """Say whether this program made a PDF: it says so, and its /ID is the digest that `read_empreinte` reads."""
    identifiers = reader.trailer.get("/ID")
    first = identifiers.get_object()[0] if identifiers is not None else b""
    raw = getattr(first, "original_bytes", b"") or (first if isinstance(first, bytes) else str(first).encode())
    return xmp.outil == "facture" and _EMPREINTE.fullmatch(raw) is not None


def _read_bounded(stream: Any, limit: int, what: str) -> bytes:
    """Return what a stream holds once decompressed. The engine stops a bomb by itself; this keeps the rest small."""
    data = stream.get_object().get_data()
    raw = data if isinstance(data, bytes) else str(data).encode()
    if len(raw) > limit:
        raise _PdfRefuse(f"PDF hors limites : {what}, {len(raw) / 1e6:.0f} Mo une fois décompressé")
    return raw


# --- Attachments


def _list_pieces(reader: PdfReader) -> list[_Piece]:
    """Return the attached files, each once, whether /Names lists it, /AF, or both.

    Source: ISO 32000-2, 7.11.4 and 14.13.
    """
    root = reader.root_object
    pieces: dict[object, _Piece] = {}

    def add(entry: Any, nom: str, *, listed: bool, associated: bool) -> None:
        fiche = entry.get_object()
        if not hasattr(fiche, "get") or len(pieces) >= MAX_PIECES:
            return
        named = str(fiche.get("/UF") or fiche.get("/F") or nom)
        cle = _key_of(fiche, entry)
        known = pieces.get(cle) or _Piece(named, fiche, cle)
        pieces[cle] = replace(known, associations=known.associations + associated, is_listed=known.is_listed or listed)

    names = _get(root, "/Names", "/EmbeddedFiles")
    if names is not None:
        for nom, entry in _walk_names(names):
            add(entry, nom, listed=True, associated=False)
    associated = _get(root, "/AF")
    for entry in list(associated)[:MAX_PIECES] if isinstance(associated, list) else []:
        add(entry, "", listed=False, associated=True)
    return list(pieces.values())


def _get(value: Any, *keys: str) -> Any:
    """Return what a chain of keys leads to, references followed; None when one is missing or is no dictionary."""
    for key in keys:
        if not hasattr(value, "get"):
            return None
        value = value.get(key)
        value = value.get_object() if hasattr(value, "get_object") else value
    return value


def _key_of(fiche: Any, entry: Any) -> object:
    """Return what tells this file from another: the object that holds its bytes."""
    holder = _get(fiche, "/EF")
    for key in ("/F", "/UF"):
        reference = holder.raw_get(key) if holder is not None and key in holder else None
        if reference is not None and hasattr(reference, "idnum"):
            return (reference.idnum, reference.generation)
    return (getattr(entry, "idnum", id(fiche)), "fiche")


def _walk_names(tree: Any) -> Iterator[tuple[str, Any]]:
    """Yield the names of a tree and what they lead to; a tree that bites its tail ends."""
    # Kept by their identity and alive: that of a dead object may be given again.
    stack, seen = [tree], dict[int, Any]()
    while stack and len(seen) < MAX_PIECES:
        node = stack.pop()
        node = node.get_object() if hasattr(node, "get_object") else node
        if id(node) in seen or not hasattr(node, "get"):
            continue
        seen[id(node)] = node
        listed = _get(node, "/Names")
        if isinstance(listed, list):
            for place in range(0, min(len(listed) - 1, 2 * MAX_PIECES), 2):
                yield str(listed[place]), listed[place + 1]
        kids = _get(node, "/Kids")
        if isinstance(kids, list):
            stack.extend(kids[:MAX_PIECES])


def _stream_of(piece: _Piece) -> Any:
    holder = _get(piece.fiche, "/EF")
    stream = _get(holder, "/F") or _get(holder, "/UF")
    if not hasattr(stream, "get_data"):
        raise _PdfRefuse(f"la pièce jointe « {piece.nom[:40]} » est vide")
    return stream


def _read_piece(piece: _Piece) -> bytes:
    return _read_bounded(_stream_of(piece), MAX_OCTETS_XML, f"« {piece.nom[:40]} »")


# --- Metadata

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_PDFAID = "{http://www.aiim.org/pdfa/ns/id/}"
_XMP = "{http://ns.adobe.com/xap/1.0/}"
_FX = (
    "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}",
    "{urn:zugferd:pdfa:CrossIndustryDocument:invoice:2p0#}",
    "{urn:ferd:pdfa:CrossIndustryDocument:invoice:1p0#}",
)
_CLES_FX = ("DocumentType", "DocumentFileName", "Version", "ConformanceLevel")


def _read_xmp(reader: PdfReader) -> _Xmp:
    stream = _get(reader.root_object, "/Metadata")
    if not hasattr(stream, "get_data"):
        return _Xmp()
    try:
        root = _parse_xml(_read_bounded(stream, MAX_OCTETS_XMP, "métadonnées"), MAX_OCTETS_XMP)
    except _XmlRefuse:
        return _Xmp()
    blocks = [root] if root.tag == f"{_RDF}RDF" else list(root.iter(f"{_RDF}RDF"))
    properties = [_list_properties(block) for block in blocks]
    first = properties[0] if properties else {}
    later = {name: value for block in properties[1:] for name, value in block.items()}
    return _Xmp(
        blocs=len(blocks),
        partie=first.get(f"{_PDFAID}part", ""),
        valeurs=_pick_fx(first),
        caches=_pick_fx(later),
        outil=first.get(f"{_XMP}CreatorTool", ""),
    )


def _list_properties(block: _Element) -> dict[str, str]:
    """Return the simple properties of a block, written as attributes or as elements."""
    found: dict[str, str] = {}
    for description in block.findall(f"{_RDF}Description"):
        for name, value in description.attrib.items():
            found.setdefault(str(name), str(value).strip())
        for child in description:
            if len(child) == 0:
                found.setdefault(str(child.tag), (child.text or "").strip())
    return found


def _pick_fx(properties: Mapping[str, str]) -> dict[str, str]:
    for space in _FX:
        found = {key: properties[f"{space}{key}"] for key in _CLES_FX if f"{space}{key}" in properties}
        if found:
            return found
    return {}


# --- Structure

_RELATIONS = frozenset({"/Alternative", "/Data", "/Source"})


def _check_structure(
    reader: PdfReader, xmp: _Xmp, invoices: list[_Piece], xml: bytes, lue: FactureLue | None, *, ours: bool
) -> Iterator[tuple[str, str]]:
    """Yield what departs from Factur-X, with its code: X734 is wrong, X735 is let through by readers.

    Why: many a file that circulates departs somewhere and is read all the same. A warning then, that says what; on a
    file of ours the same thing is a bug, and an error.

    Source: Factur-X 1.09, § 6.2 and 6.3; ISO 19005-3, 6.8.
    """
    piece = invoices[0]
    for is_wrong, said in (*_check_piece(piece, xml, lue), *_check_xmp(xmp, piece, lue)):
        yield ("X734" if is_wrong or ours else "X735"), said
    for other in invoices[1:]:
        if _read_piece(other) != xml:
            yield "X734", f"deux factures électroniques différentes dans ce PDF : « {piece.nom} » et « {other.nom} »"
        else:
            yield ("X734" if ours else "X735"), f"la facture électronique est jointe deux fois, « {other.nom} » aussi"


def _check_piece(piece: _Piece, xml: bytes, lue: FactureLue | None) -> Iterator[tuple[bool, str]]:
    """Yield what departs in the attachment itself, and whether it is wrong rather than tolerated."""
    stream = _stream_of(piece)
    if piece.associations != 1:
        said = f"cite {piece.associations} fois" if piece.associations else "ne cite pas"
        yield False, f"/AF {said} « {piece.nom} », une fois attendue"
    if not piece.is_listed:
        yield (
            False,
            f"« {piece.nom} » n'est pas parmi les pièces jointes (/EmbeddedFiles) : on ne la voit pas à l'écran",
        )
    relation = str(piece.fiche.get("/AFRelationship", ""))
    if relation not in _RELATIONS:
        yield False, f"/AFRelationship « {relation.lstrip('/') or 'absent'} » au lieu de Alternative, Data ou Source"
    elif lue is not None and lue.profil in ("MINIMUM", "BASIC WL") and relation != "/Data":
        yield False, f"/AFRelationship « {relation[1:]} » au lieu de Data : le profil {lue.profil} n'a pas de lignes"
    subtype = str(stream.get("/Subtype", ""))
    if subtype != "/text/xml":
        yield False, f"type de la pièce jointe « {subtype.lstrip('/') or 'absent'} » au lieu de text/xml"
    parameters = _get(stream, "/Params")
    if _get(parameters, "/ModDate") is None:
        yield False, "la pièce jointe n'a pas de date de modification (/ModDate)"
    checksum = _get(parameters, "/CheckSum")
    if checksum is not None:
        raw = getattr(checksum, "original_bytes", b"") or (checksum if isinstance(checksum, bytes) else b"")
        if raw != hashlib.md5(xml, usedforsecurity=False).digest():
            yield False, "la somme de contrôle de la pièce jointe (/CheckSum) n'est pas celle de son contenu"


def _check_xmp(xmp: _Xmp, piece: _Piece, lue: FactureLue | None) -> Iterator[tuple[bool, str]]:
    """Yield what departs in the metadata, and whether it is wrong rather than tolerated."""
    if xmp.blocs != 1:
        yield (
            False,
            "métadonnées XMP absentes ou illisibles"
            if not xmp.blocs
            else f"{xmp.blocs} blocs rdf:RDF dans les métadonnées : les lecteurs ne voient que le premier",
        )
    if xmp.blocs and xmp.partie != "3":
        yield False, f"PDF/A-{xmp.partie} au lieu de PDF/A-3" if xmp.partie else "les métadonnées ne disent pas PDF/A-3"
    if not xmp.blocs:
        return
    if not xmp.valeurs:
        hidden = " dans le premier bloc" if xmp.caches else ""
        yield False, f"les métadonnées n'annoncent pas de facture électronique{hidden} (fx:)"
        return
    values = xmp.valeurs
    absent = [key for key in _CLES_FX if not values.get(key)]
    if absent:
        yield False, f"métadonnées incomplètes : fx:{', fx:'.join(absent)}"
    if values.get("DocumentType") not in (None, "", "INVOICE"):
        yield False, f"fx:DocumentType « {values['DocumentType'][:40]} » au lieu de INVOICE"
    named = values.get("DocumentFileName")
    if named and named != piece.nom:
        # Capitals apart, readers still find it.
        yield named.lower() != piece.nom.lower(), f"fx:DocumentFileName « {named[:40]} », la pièce est « {piece.nom} »"
    version = values.get("Version")
    if version and piece.nom.lower() == "factur-x.xml" and version != "1.0" and lue and lue.profil != "XRECHNUNG":
        yield False, f"fx:Version « {version[:20]} » au lieu de 1.0"
    level = values.get("ConformanceLevel")
    if level and lue is not None and lue.guide and level != lue.profil:
        is_wrong = re.sub(r"[\s_-]", "", level).upper() != lue.profil.replace(" ", "")
        yield is_wrong, f"fx:ConformanceLevel « {level[:40]} », l'XML est du profil « {lue.profil[:60]} » (BT-24)"


# --- Page


def _compare(reader: PdfReader, lue: FactureLue, fichier: str) -> tuple[Concordance | None, list[Diagnostic]]:
    """Return how the page of a PDF of ours compares to its XML, and the findings."""
    try:
        text = _read_text(reader)
    except _PdfRefuse as refus:
        return None, [_find("X745", fichier, str(refus))]
    except Exception as error:
        said = f"le texte des pages ne peut pas être lu ({type(error).__name__})"
        return None, [_find("X745", fichier, said)]
    language = _get(reader.root_object, "/Lang")
    page = compare_page(text, lue, str(language or "fr"))
    return page, [
        _find("X744", fichier, f"la page ne dit pas « {item.valeur} » ({item.quoi})", path=item.terme)
        for item in page.manques
    ]


def _read_text(reader: PdfReader) -> str:
    """Return the text of the pages, as drawn.

    Raises: _PdfRefuse when there is too much of it.
    """
    texts: list[str] = []
    weight = size = 0
    for number, page in enumerate(reader.pages, start=1):
        content = page.get_contents()
        weight += len(content.get_data()) if content is not None else 0
        if number > MAX_PAGES or weight > MAX_OCTETS_CONTENU:
            raise _PdfRefuse("le texte des pages ne peut pas être lu : il y en a trop")
        texts.append(page.extract_text())
        size += len(texts[-1])
        if size > MAX_TEXTE:
            raise _PdfRefuse("le texte des pages ne peut pas être lu : il y en a trop")
    return "\n".join(texts)
