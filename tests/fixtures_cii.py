"""CII invoices written by hand, for the tests that read them back: what the pages of examples/ say, figure by figure.

Nothing here comes from the program: names, numbers and sums were copied from the YAML files and worked on paper.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parent.parent

_NAMESPACES = " ".join(
    f'xmlns:{prefix}="urn:un:unece:uncefact:data:{tail}"'
    for prefix, tail in (
        ("rsm", "standard:CrossIndustryInvoice:100"),
        ("ram", "standard:ReusableAggregateBusinessInformationEntity:100"),
        ("udt", "standard:UnqualifiedDataType:100"),
        ("qdt", "standard:QualifiedDataType:100"),
    )
)

PMT = "Indemnité forfaitaire pour frais de recouvrement en cas de retard de paiement : 40 €."
PMD = "Pénalités de retard au taux de la Banque centrale européenne, majoré de 10 points."
AAB = "Escompte pour paiement anticipé : néant."


@dataclass(frozen=True)
class Ligne:
    """A line: strings as the XML writes them; `remise` is (amount, reason)."""

    nom: str
    quantite: str
    unite: str
    prix: str
    net: str
    categorie: str = "S"
    taux: str = "20"
    remise: tuple[str, str] | None = None


@dataclass(frozen=True)
class Taxe:
    """A row of the VAT breakdown."""

    base: str
    montant: str
    categorie: str = "S"
    taux: str = "20"
    code: str = ""
    motif: str = ""


@dataclass(frozen=True)
class Cii:
    """An invoice; `xml()` writes it."""

    numero: str
    date: str
    lignes: tuple[Ligne, ...]
    taxes: tuple[Taxe, ...]
    sommes: dict[str, str]
    echeance: str = ""
    type: str = "380"
    cadre: str = "S1"
    guide: str = "urn:cen.eu:en16931:2017"
    devise: str = "EUR"
    vendeur: str = ""
    acheteur: str = ""
    iban: str = ""
    references: tuple[tuple[str, str], ...] = ()
    notes: tuple[tuple[str, str], ...] = (("PMT", PMT), ("PMD", PMD), ("AAB", AAB), ("BAR", "B2B"))
    reductions: tuple[tuple[str, str, str], ...] = ()

    def xml(self) -> str:
        """Return the document, one element a line."""
        s = self.sommes
        body = [
            "<rsm:ExchangedDocumentContext>",
            _tag("BusinessProcessSpecifiedDocumentContextParameter", _tag("ID", self.cadre)) if self.cadre else "",
            _tag("GuidelineSpecifiedDocumentContextParameter", _tag("ID", self.guide)),
            "</rsm:ExchangedDocumentContext>",
            "<rsm:ExchangedDocument>",
            _tag("ID", self.numero),
            _tag("TypeCode", self.type),
            _day("IssueDateTime", self.date),
            *(
                _tag("IncludedNote", _tag("Content", escape(text)) + _tag("SubjectCode", code))
                for code, text in self.notes
            ),
            "</rsm:ExchangedDocument>",
            "<rsm:SupplyChainTradeTransaction>",
            *(_ligne(index, ligne) for index, ligne in enumerate(self.lignes, start=1)),
            "<ram:ApplicableHeaderTradeAgreement>",
            self.vendeur,
            self.acheteur,
            "</ram:ApplicableHeaderTradeAgreement>",
            "<ram:ApplicableHeaderTradeDelivery/>",
            "<ram:ApplicableHeaderTradeSettlement>",
            _tag("InvoiceCurrencyCode", self.devise),
            _tag(
                "SpecifiedTradeSettlementPaymentMeans",
                _tag("TypeCode", "30") + _tag("PayeePartyCreditorFinancialAccount", _tag("IBANID", self.iban)),
            )
            if self.iban
            else "",
            *(_taxe(taxe) for taxe in self.taxes),
            *(_reduction(*item) for item in self.reductions),
            _tag("SpecifiedTradePaymentTerms", _day("DueDateDateTime", self.echeance)) if self.echeance else "",
            "<ram:SpecifiedTradeSettlementHeaderMonetarySummation>",
            _tag("LineTotalAmount", s["lignes"]) if "lignes" in s else "",
            _tag("AllowanceTotalAmount", s["remises"]) if "remises" in s else "",
            _tag("TaxBasisTotalAmount", s["ht"]),
            f'<ram:TaxTotalAmount currencyID="{self.devise}">{s["tva"]}</ram:TaxTotalAmount>' if "tva" in s else "",
            _tag("GrandTotalAmount", s["ttc"]),
            _tag("TotalPrepaidAmount", s["regle"]) if "regle" in s else "",
            _tag("DuePayableAmount", s["a_payer"]),
            "</ram:SpecifiedTradeSettlementHeaderMonetarySummation>",
            *(
                "<ram:InvoiceReferencedDocument>"
                + _tag("IssuerAssignedID", number)
                + (
                    "<ram:FormattedIssueDateTime>"
                    f'<qdt:DateTimeString format="102">{day}</qdt:DateTimeString></ram:FormattedIssueDateTime>'
                )
                + "</ram:InvoiceReferencedDocument>"
                for number, day in self.references
            ),
            "</ram:ApplicableHeaderTradeSettlement>",
            "</rsm:SupplyChainTradeTransaction>",
        ]
        rows = "\n".join(row for row in body if row)
        head = '<?xml version="1.0" encoding="UTF-8"?>'
        return f"{head}\n<rsm:CrossIndustryInvoice {_NAMESPACES}>\n{rows}\n</rsm:CrossIndustryInvoice>\n"

    def octets(self) -> bytes:
        """Return the document as bytes."""
        return self.xml().encode()


def _tag(name: str, inner: str) -> str:
    return f"<ram:{name}>{inner}</ram:{name}>"


def _day(name: str, day: str) -> str:
    return _tag(name, f'<udt:DateTimeString format="102">{day}</udt:DateTimeString>')


def _indicator(value: str) -> str:
    return _tag("ChargeIndicator", f"<udt:Indicator>{value}</udt:Indicator>")


def _ligne(index: int, ligne: Ligne) -> str:
    allowance = ""
    if ligne.remise is not None:
        amount, reason = ligne.remise
        allowance = _tag(
            "SpecifiedTradeAllowanceCharge",
            _indicator("false")
            + _tag("ActualAmount", amount)
            + _tag("ReasonCode", "95")
            + _tag("Reason", escape(reason)),
        )
    tax = _tag("TypeCode", "VAT") + _tag("CategoryCode", ligne.categorie) + _tag("RateApplicablePercent", ligne.taux)
    return _tag(
        "IncludedSupplyChainTradeLineItem",
        "\n".join(
            (
                _tag("AssociatedDocumentLineDocument", _tag("LineID", str(index))),
                _tag("SpecifiedTradeProduct", _tag("Name", escape(ligne.nom))),
                _tag(
                    "SpecifiedLineTradeAgreement",
                    _tag("NetPriceProductTradePrice", _tag("ChargeAmount", ligne.prix)),
                ),
                _tag(
                    "SpecifiedLineTradeDelivery",
                    f'<ram:BilledQuantity unitCode="{ligne.unite}">{ligne.quantite}</ram:BilledQuantity>',
                ),
                _tag(
                    "SpecifiedLineTradeSettlement",
                    _tag("ApplicableTradeTax", tax)
                    + allowance
                    + _tag("SpecifiedTradeSettlementLineMonetarySummation", "\n" + _tag("LineTotalAmount", ligne.net)),
                ),
            )
        ),
    )


def _taxe(taxe: Taxe) -> str:
    return _tag(
        "ApplicableTradeTax",
        _tag("CalculatedAmount", taxe.montant)
        + _tag("TypeCode", "VAT")
        + (_tag("ExemptionReason", escape(taxe.motif)) if taxe.motif else "")
        + _tag("BasisAmount", taxe.base)
        + _tag("CategoryCode", taxe.categorie)
        + (_tag("ExemptionReasonCode", taxe.code) if taxe.code else "")
        + _tag("RateApplicablePercent", taxe.taux),
    )


def _reduction(amount: str, categorie: str, taux: str) -> str:
    tax = _tag("TypeCode", "VAT") + _tag("CategoryCode", categorie) + _tag("RateApplicablePercent", taux)
    return _tag(
        "SpecifiedTradeAllowanceCharge",
        _indicator("false") + _tag("ActualAmount", amount) + _tag("ReasonCode", "95") + _tag("CategoryTradeTax", tax),
    )


def partie(
    role: str,
    nom: str,
    siren: str = "",
    tva: str = "",
    siret: str = "",
    pays: str = "FR",
    adresse: str = "",
    fc: str = "",
) -> str:
    """Return the seller (`Seller`) or the buyer (`Buyer`)."""
    address = adresse or siren
    parts = [
        f'<ram:GlobalID schemeID="0009">{siret}</ram:GlobalID>' if siret else "",
        _tag("Name", escape(nom)),
        _tag("SpecifiedLegalOrganization", f'<ram:ID schemeID="0002">{siren}</ram:ID>') if siren else "",
        _tag("PostalTradeAddress", _tag("CountryID", pays)),
        _tag("URIUniversalCommunication", f'<ram:URIID schemeID="0225">{address}</ram:URIID>') if address else "",
        _tag("SpecifiedTaxRegistration", f'<ram:ID schemeID="VA">{tva}</ram:ID>') if tva else "",
        _tag("SpecifiedTaxRegistration", f'<ram:ID schemeID="FC">{fc}</ram:ID>') if fc else "",
    ]
    return _tag(f"{role}TradeParty", "\n".join(part for part in parts if part))


ORVENNE = partie("Seller", "Studio Orvenne", "004217360", "FR91004217360", "00421736000025")
IBAN_ORVENNE = "FR7699998000100000295215204"

FACTURE = Cii(
    numero="F2026-031",
    date="20261030",
    echeance="20261129",
    vendeur=ORVENNE,
    acheteur=partie("Buyer", "Éditions Cormelune", "003629482", "FR14003629482"),
    iban=IBAN_ORVENNE,
    lignes=(
        Ligne("Cadrage éditorial et arborescence", "2", "DAY", "520", "1040.00"),
        Ligne(
            "Maquettes du catalogue et de la fiche livre",
            "4.5",
            "DAY",
            "520",
            "2223.00",
            remise=("117.00", "votre charte était déjà complète"),
        ),
        Ligne("Intégration et développement", "9", "DAY", "540", "4860.00"),
        Ligne("Reprise des notices", "186", "C62", "3.20", "595.20"),
        Ligne(
            "Formation de l'équipe éditoriale",
            "1",
            "DAY",
            "540",
            "0.00",
            remise=("540.00", "pour fêter la dixième année de la maison"),
        ),
    ),
    taxes=(Taxe("8718.20", "1743.64"),),
    sommes={"lignes": "8718.20", "ht": "8718.20", "tva": "1743.64", "ttc": "10461.84", "a_payer": "10461.84"},
)
"""examples/facture.yaml: 1040 + 2223 + 4860 + 595,20 + 0 = 8718,20; 20 % of it is 1743,64."""

SOLDE = Cii(
    numero="F2026-036",
    date="20261120",
    echeance="20261220",
    cadre="M4",
    vendeur=ORVENNE,
    acheteur=partie("Buyer", "Biscuiterie Quintefeuille", "003157807", "FR25003157807"),
    iban=IBAN_ORVENNE,
    references=(("F2026-027", "20260928"),),
    lignes=(
        Ligne("Atelier de cadrage", "1", "DAY", "560", "0.00", remise=("560.00", "bienvenue")),
        Ligne("Maquettes", "5", "DAY", "520", "2340.00", remise=("260.00", "tarif de lancement")),
        Ligne("Intégration et développement", "8.5", "DAY", "540", "4590.00"),
        Ligne("Prise de vues des produits", "24", "C62", "35", "840.00"),
        Ligne("Formation à l'administration du site", "0.5", "DAY", "540", "0.00", remise=("270.00", "autonomes")),
        Ligne("Livre de la maison, relié, 48 pages", "30", "C62", "18", "540.00", taux="5.5"),
        Ligne("Acompte n° F2026-027 du 28 septembre 2026", "-1", "C62", "162.00", "-162.00", taux="5.5"),
        Ligne("Acompte n° F2026-027 du 28 septembre 2026", "-1", "C62", "2331.00", "-2331.00"),
    ),
    taxes=(Taxe("378.00", "20.79", taux="5.5"), Taxe("5439.00", "1087.80")),
    sommes={"lignes": "5817.00", "ht": "5817.00", "tva": "1108.59", "ttc": "6925.59", "a_payer": "6925.59"},
)
"""examples/facture-solde.yaml: 30 % was billed, 162 + 2331 = 2493; 8310 - 2493 = 5817."""

TTC = Cii(
    numero="F2026-083",
    date="20261117",
    echeance="20261117",
    cadre="M1",
    vendeur=partie("Seller", "Paul Sauvageon", "009473158", "FR38009473158", "00947315800013"),
    acheteur=partie("Buyer", "Madeleine Aubrespin"),
    notes=(("PMT", "Sans objet"), ("PMD", "Sans objet"), ("AAB", AAB), ("BAR", "B2C")),
    lignes=(
        Ligne("Restauration de la reliure", "1", "C62", "220.00", "220.00"),
        Ligne("Réfection des gardes", "3", "C62", "32.083333", "96.25"),
        Ligne("Livre « Soigner ses vieux papiers »", "2", "C62", "23.60", "47.20", taux="5.5"),
        Ligne("Dépoussiérage de volumes", "2", "C62", "15.00", "0.00", remise=("30.00", "ils accompagnaient")),
    ),
    reductions=(("2.75", "S", "5.5"), ("18.42", "S", "20")),
    taxes=(Taxe("44.45", "2.45", taux="5.5"), Taxe("297.83", "59.57")),
    sommes={
        "lignes": "363.45",
        "remises": "21.17",
        "ht": "342.28",
        "tva": "62.02",
        "ttc": "404.30",
        "a_payer": "404.30",
    },
)
"""examples/facture-particulier-ttc.yaml: 264 / 1,2 = 220; 115,50 / 1,2 = 96,25; 49,80 / 1,055 = 47,20."""

ANGLAISE = Cii(
    numero="F2026-033",
    date="20261106",
    echeance="20261206",
    devise="GBP",
    vendeur=ORVENNE,
    acheteur=partie("Buyer", "Thistledown Press Ltd", pays="GB"),
    iban=IBAN_ORVENNE,
    notes=(("PMT", PMT), ("PMD", PMD), ("AAB", AAB), ("BAR", "B2BINT")),
    lignes=(
        Ligne("Accessibility audit", "3.5", "DAY", "480", "1680.00", "O", "0"),
        Ligne("Corrections in the templates", "6", "DAY", "465", "2790.00", "O", "0"),
        Ligne(
            "Follow-up call one month after delivery", "1.5", "HUR", "68", "0.00", "O", "0", ("102.00", "to make sure")
        ),
    ),
    taxes=(Taxe("4470.00", "0.00", "O", "0", "VATEX-EU-O", "Not subject to French VAT"),),
    sommes={"lignes": "4470.00", "ht": "4470.00", "tva": "0.00", "ttc": "4470.00", "a_payer": "4470.00"},
)
"""examples/facture-client-anglais.yaml, in pounds."""

FRANCHISE = Cii(
    numero="F2026-012",
    date="20261103",
    echeance="20261203",
    vendeur=partie("Seller", "Inès Carvalho", "007291834", siret="00729183400021", fc="007291834"),
    acheteur=partie("Buyer", "Galerie Ostréa", "005739214", "FR57005739214"),
    iban="FR7699998000130000510428477",
    lignes=(
        Ligne("Conception de l'affiche", "1", "C62", "480", "480.00", "E", "0"),
        Ligne("Vignettes du livret de visite", "8", "C62", "65", "500.00", "E", "0", ("20.00", "une esquisse")),
        Ligne("Suivi de l'impression", "1", "C62", "150", "150.00", "E", "0"),
        Ligne("Déclinaisons pour les réseaux sociaux", "3", "C62", "40", "0.00", "E", "0", ("120.00", "de loin")),
    ),
    taxes=(Taxe("1130.00", "0.00", "E", "0", "VATEX-FR-FRANCHISE", "TVA non applicable, art. 293 B du CGI"),),
    sommes={"lignes": "1130.00", "ht": "1130.00", "tva": "0.00", "ttc": "1130.00", "a_payer": "1130.00"},
)
"""examples/facture-micro-franchise.yaml: no VAT, and no row of it on the page."""

AVOIR = Cii(
    numero="A2026-003",
    date="20261112",
    type="381",
    vendeur=ORVENNE,
    acheteur=partie("Buyer", "Éditions Cormelune", "003629482", "FR14003629482"),
    references=(("F2026-031", "20261030"),),
    lignes=(
        Ligne("Reprise des notices", "26", "C62", "3.20", "83.20"),
        Ligne("Formation de l'équipe éditoriale", "0.5", "DAY", "540", "0.00", remise=("270.00", "déjà offerte")),
    ),
    taxes=(Taxe("83.20", "16.64"),),
    sommes={"lignes": "83.20", "ht": "83.20", "tva": "16.64", "ttc": "99.84", "a_payer": "99.84"},
)
"""examples/avoir.yaml."""

OFFERTE = Cii(
    numero="F2026-034",
    date="20261110",
    vendeur=ORVENNE,
    acheteur=partie("Buyer", "Jardins partagés de l'Erdrelle", "006913586"),
    lignes=(
        Ligne(
            "Page de la fête, de la maquette à la mise en ligne",
            "1",
            "DAY",
            "540",
            "0.00",
            remise=("540.00", "notre contribution"),
        ),
        Ligne("Formation d'un bénévole à la mise à jour", "2", "HUR", "72", "0.00", remise=("144.00", "sans nous")),
    ),
    taxes=(Taxe("0.00", "0.00"),),
    sommes={"lignes": "0.00", "ht": "0.00", "tva": "0.00", "ttc": "0.00", "a_payer": "0.00"},
)
"""examples/facture-toute-offerte.yaml: everything is given."""

EXEMPLES: dict[str, Cii] = {
    "facture": FACTURE,
    "facture-solde": SOLDE,
    "facture-particulier-ttc": TTC,
    "facture-client-anglais": ANGLAISE,
    "facture-micro-franchise": FRANCHISE,
    "avoir": AVOIR,
    "facture-toute-offerte": OFFERTE,
}


def change_ligne(cii: Cii, index: int, **values: object) -> Cii:
    """Return an invoice of which one line says something else."""
    lignes = list(cii.lignes)
    lignes[index] = replace(lignes[index], **values)  # type: ignore[arg-type]
    return replace(cii, lignes=tuple(lignes))


FX = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"


def attach(
    pdf: bytes,
    xml: bytes,
    *,
    nom: str = "factur-x.xml",
    relation: str | None = "/Alternative",
    sous_type: str | None = "/text/xml",
    associations: int = 1,
    fx: dict[str, str] | None = None,
    listee: bool = True,
) -> bytes:
    """Return a PDF that carries an invoice, as Factur-X asks unless told otherwise."""
    import pikepdf

    values = {
        "DocumentType": "INVOICE",
        "DocumentFileName": nom,
        "Version": "1.0",
        "ConformanceLevel": "EN 16931",
    } | (fx or {})
    with pikepdf.open(BytesIO(pdf)) as opened:
        stream = opened.make_stream(xml)
        stream.Type = pikepdf.Name.EmbeddedFile
        if sous_type is not None:
            stream.Subtype = pikepdf.Name(sous_type)
        stream.Params = pikepdf.Dictionary(ModDate=pikepdf.String("D:20261030000000Z"), Size=len(xml))
        spec = pikepdf.Dictionary(
            Type=pikepdf.Name.Filespec, F=nom, UF=nom, Desc="Factur-X", EF=pikepdf.Dictionary(F=stream, UF=stream)
        )
        if relation is not None:
            spec.AFRelationship = pikepdf.Name(relation)
        held = opened.make_indirect(spec)
        if listee:
            opened.Root.Names = pikepdf.Dictionary(
                EmbeddedFiles=pikepdf.Dictionary(Names=pikepdf.Array([pikepdf.String(nom), held]))
            )
        if associations:
            opened.Root.AF = pikepdf.Array([held] * associations)
        metadata = opened.Root.Metadata
        rows = "".join(f"<fx:{key}>{value}</fx:{key}>" for key, value in values.items() if value)
        block = f'<rdf:Description rdf:about="" xmlns:fx="{FX}">{rows}</rdf:Description></rdf:RDF>'.encode()
        if rows:
            metadata.write(metadata.read_bytes().replace(b"</rdf:RDF>", block))
        out = BytesIO()
        opened.save(out, static_id=False)
        return out.getvalue()
