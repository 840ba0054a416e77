"""The e-invoice: a dossier as the XML that a platform reads (UN/CEFACT CII, EN 16931 profile of Factur-X).

Read from top to bottom it is the norm's own order: `_Auteur` writes one group after another, each element where the
schema wants it. Figures and words are those of the dossier, as the page has them: what differs is the form. A gift is
a line at its real price with an allowance of the same amount (BG-27); an option is no part of an invoice; a solde is
the whole job, less one line of quantity -1 for each rate of each acompte, so that what is left is taxed once.

Nothing here judges the law of the document (`rules` did) nor runs the official rules (`validation` does): it refuses
what the norm cannot say, before any XML exists.

Source: EN 16931-1; Factur-X 1.09; XP Z12-012 and its rules BR-FR.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from facture import typo
from facture.amounts import ZERO, round_amount, to_amount, to_plain, to_price
from facture.cii import Cii, Element, cut, flatten, put_day, put_group, put_text, write
from facture.documents import Adresse, Avoir, Client, Emetteur, Facture, Partie, Periode
from facture.dossier import Dossier, nature_of_operation
from facture.droit import find_situation, list_etapes
from facture.errors import Chemin, Diagnostic, RefusError
from facture.plume import Plume, group_siren, siren_of
from facture.source import find_node, finding
from facture.totaux import Groupe, LigneCalculee, Reprise, compute_echeancier, split_acomptes

__all__ = [
    "PROFIL",
    "SANS_OBJET",
    "Cii",
    "announce_facturx",
    "build_facturx",
    "check_facturx",
    "concerns",
    "explain_absence",
    "has_facturx",
]

PROFIL = "urn:cen.eu:en16931:2017"
"""Guideline of the profile (BT-24)."""

SANS_OBJET = "Sans objet"
"""First words of a note that the rules want and the document has no use for."""

_MAX_NOTE = 1024
_MAX_NOM = 255
_ADRESSE = re.compile(r"[A-Za-z0-9+_.-]{1,125}", re.ASCII)
_ADRESSE_AUTRE = re.compile(r"([0-9]{4}):(\S{1,125})", re.ASCII)
_PRO_FORMA = re.compile(r"\bpro ?-?forma\b", re.IGNORECASE)

TAUX_ADMIS = frozenset(
    map(
        Decimal,
        ("0", "0.9", "1.05", "1.75", "2.1", "5.5", "7", "8.5", "9.2", "9.6", "10", "13", "19.6", "20", "20.6"),
    )
)
"""Rates that a French e-invoice may hold. Source: BR-FR-16."""

UNITES = {
    "an": "ANN", "année": "ANN", "carton": "XCT", "centimètre": "CMT", "cm": "CMT", "douzaine": "DZN",
    "ensemble": "SET", "exemplaire": "H87", "forfait": "LS", "g": "GRM", "gramme": "GRM", "h": "HUR",
    "heure": "HUR", "hl": "HLT", "j": "DAY", "jour": "DAY", "journée": "DAY", "kg": "KGM", "kilo": "KGM",
    "kilogramme": "KGM", "kilomètre": "KMT", "km": "KMT",
    "kwh": "KWH", "l": "LTR", "litre": "LTR", "lot": "LO", "m": "MTR", "m2": "MTK", "m3": "MTQ", "min": "MIN",
    "minute": "MIN", "mois": "MON", "mètre": "MTR", "m²": "MTK", "m³": "MTQ", "mwh": "MWH", "paire": "PR",
    "personne": "IE", "pièce": "H87", "semaine": "WEE", "t": "TNE", "tonne": "TNE", "trimestre": "QAN",
}  # fmt: skip
"""UN/ECE Recommendation 20 codes of the usual units (BT-130), singular; any other is C62, « one »."""

SCHEMAS = frozenset({
    "0002", "0007", "0009", "0037", "0060", "0088", "0096", "0097", "0106", "0130", "0135", "0142", "0147", "0151",
    "0154", "0158", "0170", "0177", "0183", "0184", "0188", "0190", "0191", "0192", "0193", "0194", "0195", "0196",
    "0198", "0199", "0200", "0201", "0202", "0203", "0204", "0205", "0208", "0209", "0210", "0211", "0212", "0213",
    "0215", "0216", "0217", "0218", "0221", "0225", "0230", "0235", "0240", "0242", "0244", "0245", "0246", "0248",
    "9910", "9913", "9914", "9915", "9918", "9919", "9920", "9922", "9923", "9924", "9925", "9926", "9927", "9928",
    "9929", "9930", "9931", "9932", "9933", "9934", "9935", "9936", "9937", "9938", "9939", "9940", "9941", "9942",
    "9943", "9944", "9945", "9946", "9947", "9948", "9949", "9950", "9951", "9952", "9953", "9957", "9959",
})  # fmt: skip
"""Schemes of electronic addresses with four digits. Source: EAS code list of Factur-X 1.09 (BT-34-1, BT-49-1)."""

MOYENS = {"virement": "58", "cheque": "20", "carte": "48", "prelevement": "59", "especes": "10"}
"""UNTDID 4461 codes (BT-81): SEPA transfer, cheque, card, SEPA direct debit, cash."""

_HORS_SEPA = "30"


def concerns(dossier: Dossier) -> bool:
    """Say whether a document is of those that have an e-invoice: numbered, from France, not for a consumer.

    Why not the others: a draft is no invoice, a consumer receives none through a platform, and the rules of another
    country's sender are not these. Nor does a pro forma, which French platforms refuse, nor what has options alone: an
    invoice has a line (BR-16).

    Source: CGI art. 289 bis; BR-FR-04.
    """
    document = dossier.document
    if not isinstance(document, Facture | Avoir) or document.is_draft or document.emetteur.adresse.pays != "FR":
        return False
    if document.titre and _PRO_FORMA.search(document.titre):
        return False
    if all(ligne.statut == "option" for _, _, ligne in document.iter_lignes()):
        return False
    return document.client.qualite_deduite in ("professionnel", "public")


def has_facturx(dossier: Dossier) -> bool:
    """Say whether a document carries its e-invoice: one that has one, and whose buyer can be reached.

    Why a buyer without SIREN only loses the file: until small firms must send e-invoices, paper without it is a lawful
    invoice, and a warning says what is missing (L411, X703).
    """
    if dossier.document is None or not concerns(dossier):
        return False
    client = dossier.document.client
    return bool(client.adresse_de_plateforme) and (bool(siren_of(client)) or not client.is_in_directory)


def explain_absence(dossier: Dossier) -> list[Diagnostic]:
    """Return why a document that should carry its e-invoice does not, as a warning; L411 says it of an invoice."""
    document = dossier.document
    if document is None or not concerns(dossier) or has_facturx(dossier):
        return []
    # Said already: the SIREN of a business, the SIRET of a public body.
    if any(found.code in ("L411", "L493") for found in dossier.constats):
        return []
    position, path = dossier.lecture.place(("client",))
    code, what = (
        ("X702", "SIREN du client manquant")
        if document.client.is_in_directory
        else ("X703", "adresse électronique du client manquante")
    )
    return [finding(code, f"{what} : pas de facture électronique", position, path).as_warning()]


def announce_facturx(dossier: Dossier, *, with_file: bool) -> str:
    """Return what the sender of an invoice between French businesses must know of how it travels, or "".

    Source: CGI art. 289 bis; the days are in `droit/calendrier.yaml`.
    """
    document = dossier.document
    if document is None or not concerns(dossier):
        return ""
    if document.client.adresse.pays != "FR" or document.client.qualite_deduite != "professionnel":
        return ""
    remise = ", à qui vous remettez ce fichier" if with_file else ""
    stages = (stage for stage in reversed(list_etapes()) if stage.depuis <= dossier.date)
    return next((stage.texte.format(remise=remise) for stage in stages), "")


def check_facturx(dossier: Dossier) -> list[Diagnostic]:
    """Return what stands in the way of the e-invoice that a document carries, or why it carries none.

    Why apart from `build_facturx`: `facture check` writes no XML, and need not load what does.
    """
    return [*_Auteur(dossier).check()] if has_facturx(dossier) else explain_absence(dossier)


def build_facturx(dossier: Dossier) -> Cii:
    """Return the e-invoice of a facture or an avoir that has a number.

    Args:
        dossier: without errors; a particulier's is written too, with notes that say they have no object.

    Returns: the XML; its amounts are those of `dossier.totaux`, never rounded again.

    Raises: RefusError with X701 to X708, all at once, when the norm cannot say what the document says.

    Source: EN 16931; Factur-X 1.09, profile EN 16931.
    """
    auteur = _Auteur(dossier)
    found = [*auteur.check()]
    if found:
        raise RefusError(found)
    return write(auteur.compose())


# --- Sums of the e-invoice -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Ventilation:
    """A row of the VAT breakdown (BG-23), acomptes taken off."""

    groupe: Groupe
    base: Decimal
    montant: Decimal


class _Auteur(Plume):
    """Writes one e-invoice; each method answers for one group of the norm."""

    def __init__(self, dossier: Dossier) -> None:
        self.dossier = dossier
        document, self.totaux = dossier.require()
        if not isinstance(document, Facture | Avoir):
            raise TypeError(f"no e-invoice for {document.type}")
        self.document: Facture | Avoir = document
        self.decimales = self.totaux.decimales
        self.public = document.client.qualite_deduite
        super().__init__(document.langue, document.emetteur, document.client.adresse.pays)

    # --- facts ---

    @cached_property
    def reprises(self) -> tuple[Reprise, ...]:
        """What each acompte had billed, by rate."""
        return split_acomptes(self.totaux)

    @cached_property
    def ventilation(self) -> tuple[_Ventilation, ...]:
        """The VAT breakdown of what this invoice bills: the job, less what acomptes have billed."""
        rows = []
        for row in self.totaux.tva:
            taken = [reprise for reprise in self.reprises if reprise.groupe == row.groupe]
            rows.append(
                _Ventilation(
                    row.groupe,
                    row.base - sum((reprise.ht for reprise in taken), ZERO),
                    row.montant - sum((reprise.tva for reprise in taken), ZERO),
                )
            )
        return tuple(rows)

    @cached_property
    def total_ht(self) -> Decimal:
        """What is billed before VAT (BT-109)."""
        return sum((row.base for row in self.ventilation), ZERO)

    @cached_property
    def total_tva(self) -> Decimal:
        """VAT of what is billed (BT-110)."""
        return sum((row.montant for row in self.ventilation), ZERO)

    @cached_property
    def lignes(self) -> tuple[LigneCalculee, ...]:
        """Lines that are billed or given: an option is no part of an invoice."""
        return tuple(item for item in self.totaux.lignes if item.statut != "option")

    @cached_property
    def is_out_of_scope(self) -> bool:
        """True when the invoice is outside VAT (category O): then it names no VAT number."""
        return any(row.groupe.categorie == "O" for row in self.ventilation)

    @cached_property
    def is_paid(self) -> bool:
        """True for an invoice that says it is already paid."""
        return bool(self.totaux.regle_ttc) and self.totaux.net_a_payer == 0

    @property
    def cadre(self) -> str:
        """What is billed and where it stands (BT-23): B, S or M, then 1, 2 (paid) or 4 (acomptes taken off).

        Source: BR-FR-08, BR-FR-CO-08, BR-FR-CO-09.
        """
        letter = {"bien": "B", "service": "S", "mixte": "M"}[nature_of_operation(self.document)]
        if self.totaux.acomptes:
            return f"{letter}4"
        return f"{letter}2" if self.is_paid and self.document.nature_document != "acompte" else f"{letter}1"

    @property
    def code_type(self) -> str:
        """Type of the invoice (BT-3). Source: UNTDID 1001, BR-FR-04."""
        if isinstance(self.document, Avoir):
            return "381"
        return {"acompte": "386", "rectificative": "384"}.get(self.document.nature_document, "380")

    @property
    def exigibilite(self) -> str:
        """When VAT falls due (BT-8): on payment for acomptes and services, on the invoice under the option for debits.

        Why nothing for goods: they are due on delivery, which is the rule. The option is about services, and an acompte
        is due on payment even so.

        Source: CGI art. 269, 2, a and c; EN 16931 BT-8 (UNTDID 2475 in CII).
        """
        if self.document.nature_document == "acompte":
            return "72"
        nature = nature_of_operation(self.document)
        if self.document.emetteur.regime_tva == "debits" and nature != "bien":
            return "5"
        return "72" if nature == "service" else ""

    @property
    def traitement(self) -> str:
        """How a platform has to treat the invoice (note BAR); a public buyer's goes by Chorus Pro and says nothing.

        Source: BR-FR-20.
        """
        abroad = self.document.client.adresse.pays != "FR"
        return {"professionnel": "B2B", "particulier": "B2C"}.get(self.public or "", "") + (
            "INT" if abroad and self.public != "public" else ""
        )

    # --- what the norm cannot say ---

    def check(self) -> Iterable[Diagnostic]:
        """Yield what stands in the way of an e-invoice, each at its line."""
        document, place = self.document, self.dossier.lecture.place

        def find(code: str, chemin: Chemin, message: str, advice: str = "") -> Diagnostic:
            position, path = place(chemin)
            return finding(code, message, position, path, advice)

        if self.decimales > 2:
            yield find("X705", ("devise",), f"{self.totaux.devise} a {self.decimales} décimales")
        if not siren_of(document.emetteur):
            yield find("X702", ("emetteur",), "SIREN de l'émetteur manquant")
        client = document.client
        if client.is_in_directory and not siren_of(client):
            yield find("X702", ("client",), "SIREN du client manquant")
        elif not client.adresse_de_plateforme:
            yield find("X703", ("client",), "adresse électronique du client manquante")
        for key, partie in (("emetteur", document.emetteur), ("client", client)):
            if partie.adresse_electronique is None:
                continue
            known = siren_of(document.emetteur) if key == "emetteur" else siren_of(client)
            scheme, value = read_adresse(partie.adresse_electronique)
            if not value:
                message = f"« {partie.adresse_electronique} » n'est pas une adresse de facturation électronique"
                yield find("X708", (key, "adresse_electronique"), message)
            elif key == "client" and self.traitement == "B2B" and (scheme != "0225" or not value.startswith(known)):
                message = f"l'adresse d'un client professionnel commence par son SIREN, {group_siren(known)}"
                yield find("X708", (key, "adresse_electronique"), message)
        yield from self._check_tva(find)

    def _check_tva(self, find: Callable[..., Diagnostic]) -> Iterable[Diagnostic]:
        seen: dict[tuple[str, Decimal], Groupe] = {}
        for item in self.lignes:
            groupe = item.groupe
            # A line that says nothing of its VAT has that of the document, or of the sender.
            places = ((*item.chemin, "tva"), ("tva",), ("emetteur", "regime_tva"), item.chemin)
            chemin = next(place for place in places if place == item.chemin or self._is_typed(place))
            if groupe.taux not in TAUX_ADMIS:
                yield find("X704", chemin, f"TVA à {to_plain(groupe.taux).replace('.', ',')} %")
            other = seen.setdefault((groupe.categorie, groupe.taux), groupe)
            if other != groupe:
                message = f"« {other.situation} » et « {groupe.situation} » sur la même facture"
                yield find("X701", chemin, message)
        for row in self.ventilation:
            # The rule compares figures rounded to the cent, and admits less than one unit (BR-S-09).
            expected = round_amount(row.base * row.groupe.facteur, 2)
            if abs(row.montant - expected) >= 1:
                message = (
                    f"TVA de {self._show(row.montant)} sur {self._show(row.base)} "
                    f"à {to_plain(row.groupe.taux).replace('.', ',')} %, une fois les acomptes repris"
                )
                yield find("X707", ("acomptes_verses",), message)

    def _show(self, value: Decimal) -> str:
        return to_amount(value, self.decimales).replace(".", ",")

    def _is_typed(self, chemin: Chemin) -> bool:
        return find_node(self.dossier.lecture.racine, chemin) is not None

    # --- the whole ---

    def compose(self) -> Element:
        """Return the root of the e-invoice."""
        found = put_group(
            "rsm:CrossIndustryInvoice",
            self.compose_contexte(),
            self.compose_entete(),
            put_group(
                "rsm:SupplyChainTradeTransaction",
                *self.compose_lignes(),
                self.compose_parties(),
                self.compose_livraison(),
                self.compose_reglement(),
            ),
            chemin=(),
        )
        if found is None:
            raise RuntimeError("an e-invoice without content")
        return found

    def compose_contexte(self) -> Element | None:
        """BT-23 and BT-24."""
        return put_group(
            "rsm:ExchangedDocumentContext",
            put_group(
                "BusinessProcessSpecifiedDocumentContextParameter",
                put_text("ID", self.cadre, ("nature",)),
                chemin=("nature",),
            ),
            put_group("GuidelineSpecifiedDocumentContextParameter", put_text("ID", PROFIL)),
        )

    def compose_entete(self) -> Element | None:
        """BT-1, BT-2, BT-3 and the notes (BG-1)."""
        document = self.document
        return put_group(
            "rsm:ExchangedDocument",
            put_text("ID", document.numero, ("numero",)),
            put_text("TypeCode", self.code_type, ("nature",)),
            put_day("IssueDateTime", self.dossier.date, ("date",)),
            *(
                put_group("IncludedNote", put_text("Content", text), put_text("SubjectCode", code), chemin=chemin)
                for code, text, chemin in self.list_notes()
            ),
        )

    # --- notes ---

    def list_notes(self) -> list[tuple[str, str, Chemin]]:
        """Return the notes: subject (BT-21), text (BT-22), and the key that made it.

        Source: BR-FR-05 and BR-FR-06 (PMT, PMD and AAB, once each); BR-FR-20 (BAR).
        """
        emetteur = self.document.emetteur
        paiement: Chemin = ("paiement",)
        notes: list[tuple[str, str, Chemin]] = [
            ("PMD", self._find_mention("penalites-", "interets-"), (*paiement, "penalites")),
            ("PMT", self._find_mention("indemnite-"), paiement),
            ("AAB", self._find_mention("escompte"), (*paiement, "escompte")),
        ]
        if emetteur.forme_juridique is not None:
            notes.append(("REG", self.identite(emetteur, with_capital=True), ("emetteur", "forme_juridique")))
        if emetteur.rcs:
            text = self.m.rcs.format(self.text(emetteur.rcs), group_siren(siren_of(emetteur)))
            notes.append(("ABL", text, ("emetteur", "rcs")))
        if self.traitement:
            notes.append(("BAR", self.traitement, ("client", "qualite")))
        for text, chemin in self._list_general():
            notes += [("AAI", part, chemin) for part in cut(text, _MAX_NOTE)]
        return [(code, flatten(text), chemin) for code, text, chemin in notes]

    def _find_mention(self, *debuts: str) -> str:
        """Return a sentence that the page prints, or one that says why there is none."""
        texts = [mention.texte for mention in self.dossier.mentions if mention.id.startswith(debuts)]
        if texts:
            return " ".join(texts)
        if isinstance(self.document, Avoir):
            return f"{SANS_OBJET} : avoir"
        if self.public == "particulier":
            return f"{SANS_OBJET} : client non professionnel"
        return f"{SANS_OBJET} : rien à payer"

    def _list_general(self) -> Iterable[tuple[str, Chemin]]:
        """Yield what else the page says in words: object, reason, other mentions, notes."""
        document = self.document
        if document.objet:
            yield document.objet, ("objet",)
        if isinstance(document, Avoir) and document.motif:
            yield document.motif, ("motif",)
        if isinstance(document, Facture) and document.facture_rectifiee is not None:
            origin = document.facture_rectifiee
            named = self.m.document.format(origin.numero, self.day(origin.date))
            yield self.m.remplace.format(named), ("facture_rectifiee",)
        if document.reference_client and self._engagement:
            yield f"{self.t.meta_commande} : {document.reference_client}", ("reference_client",)
        elsewhere = ("tva-", "penalites-", "interets-", "indemnite-", "escompte")
        for mention in self.dossier.mentions:
            if not mention.id.startswith(elsewhere):
                yield mention.texte, ("mentions",)
        for index, note in enumerate(document.notes):
            yield note, ("notes", index)

    # --- parties ---

    def compose_parties(self) -> Element | None:
        """BG-4, BG-7, and the references of the buyer (BT-10, BT-13)."""
        document = self.document
        client = document.client
        adresse = document.adresse_facturation or client.adresse
        commande = self._engagement or document.reference_client
        return put_group(
            "ApplicableHeaderTradeAgreement",
            put_text("BuyerReference", client.code_service, ("client", "code_service")),
            self._compose_partie("SellerTradeParty", document.emetteur, document.emetteur.adresse, ("emetteur",)),
            self._compose_partie("BuyerTradeParty", client, adresse, ("client",)),
            put_group(
                "BuyerOrderReferencedDocument",
                put_text("IssuerAssignedID", commande),
                chemin=("engagement",) if self._engagement else ("reference_client",),
            ),
        )

    @property
    def _engagement(self) -> str | None:
        return self.document.engagement or self.document.client.engagement

    def _compose_partie(self, nom: str, partie: Partie, adresse: Adresse, chemin: Chemin) -> Element | None:
        """Return one of the two parties.

        Source: BT-29 to BT-35 and BT-46 to BT-50; BR-FR-09 (SIRET), BR-FR-10 and 11 (SIREN), BR-FR-12 and 13.
        """
        seller = isinstance(partie, Emetteur)
        scheme, address = self._find_adresse(partie)
        contact = (
            put_group(
                "DefinedTradeContact",
                put_group("TelephoneUniversalCommunication", put_text("CompleteNumber", partie.telephone)),
                put_group("EmailURIUniversalCommunication", put_text("URIID", partie.email)),
            )
            if seller
            else None
        )
        person = None if seller else getattr(partie, "contact", None)
        if person:
            contact = put_group("DefinedTradeContact", put_text("PersonName", person, (*chemin, "contact")))
        return put_group(
            nom,
            put_text("GlobalID", partie.siret, (*chemin, "siret"), schemeID="0009"),
            put_text("Name", partie.nom, (*chemin, "nom")),
            put_group(
                "SpecifiedLegalOrganization", put_text("ID", siren_of(partie), (*chemin, "siren"), schemeID="0002")
            ),
            contact,
            _compose_adresse(adresse, (*chemin, "adresse")),
            put_group("URIUniversalCommunication", put_text("URIID", address, chemin, schemeID=scheme)),
            put_group("SpecifiedTaxRegistration", self._compose_tva(partie, (*chemin, "tva_intra"))),
            chemin=chemin,
        )

    def _compose_tva(self, partie: Partie, chemin: Chemin) -> Element | None:
        """BT-31 or BT-48; without a number the seller's SIREN stands for it (BT-32).

        Source: BR-O-02 to BR-O-04 (none outside the scope of VAT); BR-E-02 and BR-S-02 (one of them otherwise).
        """
        if self.is_out_of_scope:
            return None
        if partie.tva_intra:
            return put_text("ID", partie.tva_intra, chemin, schemeID="VA")
        if isinstance(partie, Emetteur):
            return put_text("ID", siren_of(partie), chemin, schemeID="FC")
        return None

    def _find_adresse(self, partie: Partie) -> tuple[str, str]:
        """Return the electronic address of a party and its scheme (BT-34, BT-49)."""
        if isinstance(partie, Client):
            return read_adresse(partie.adresse_de_plateforme)
        return read_adresse(partie.adresse_electronique or siren_of(self.document.emetteur))

    # --- lines ---

    def compose_lignes(self) -> Iterable[Element | None]:
        """Yield the lines (BG-25), then one for each rate of each acompte taken back."""
        for rang, item in enumerate(self.lignes, start=1):
            yield self._compose_ligne(rang, item)
        for rang, reprise in enumerate(self.reprises, start=len(self.lignes) + 1):
            yield self._compose_reprise(rang, reprise)

    def _compose_ligne(self, rang: int, item: LigneCalculee) -> Element | None:
        ligne, chemin = item.ligne, item.chemin
        name, rest = _split_name(flatten(ligne.designation or ""))
        bullets = [f"- {text}" for text in ligne.contenu]
        description = "\n".join(filter(None, (rest, ligne.description, *bullets)))
        price, basis = self._find_prix(item)
        code = find_unite(ligne.unite or "") or "C62"
        quantity = [put_text("BasisQuantity", to_plain(basis), unitCode=code)] if basis is not None else []
        return put_group(
            "IncludedSupplyChainTradeLineItem",
            put_group(
                "AssociatedDocumentLineDocument",
                put_text("LineID", str(rang)),
                put_group("IncludedNote", put_text("Content", item.section)),
            ),
            put_group(
                "SpecifiedTradeProduct",
                put_text("SellerAssignedID", ligne.reference, (*chemin, "reference")),
                put_text("Name", name, (*chemin, "designation")),
                put_text("Description", description, (*chemin, "description")),
            ),
            put_group(
                "SpecifiedLineTradeAgreement",
                put_group("GrossPriceProductTradePrice", put_text("ChargeAmount", price), quantity),
                put_group("NetPriceProductTradePrice", put_text("ChargeAmount", price), quantity),
                chemin=(*chemin, "prix_unitaire"),
            ),
            put_group(
                "SpecifiedLineTradeDelivery",
                put_text("BilledQuantity", to_plain(ligne.quantite), (*chemin, "quantite"), unitCode=code),
            ),
            put_group(
                "SpecifiedLineTradeSettlement",
                self._compose_taxe(item.groupe, (*chemin, "tva")),
                self._compose_periode(ligne.periode, (*chemin, "periode")),
                self._compose_remise_ligne(item),
                self._compose_net(item.net),
            ),
            chemin=chemin,
        )

    def _find_prix(self, item: LigneCalculee) -> tuple[str, Decimal | None]:
        """Return the unit price HT (BT-146), and the quantity it is for when no unit price gives the amount (BT-149).

        Why: a price set TTC has often no exact HT; quantity by price must still give the line's amount to the cent.
        """
        ligne = item.ligne
        if ligne.prix_unitaire is not None:
            return to_price(ligne.prix_unitaire, self.decimales), None
        if not ligne.quantite:
            ttc = ligne.prix_unitaire_ttc or ZERO
            return to_price(round_amount(ttc / (1 + item.groupe.facteur), 6).normalize(), self.decimales), None
        exact = round_amount(item.brut / ligne.quantite, 6)
        if round_amount(exact * ligne.quantite, self.decimales) == item.brut:
            shorter = (round_amount(exact, places) for places in range(self.decimales, 7))
            found = next(p for p in shorter if round_amount(p * ligne.quantite, self.decimales) == item.brut)
            return to_price(found, self.decimales), None
        return to_price(abs(item.brut), self.decimales), abs(ligne.quantite)

    def _compose_reprise(self, rang: int, reprise: Reprise) -> Element | None:
        """An acompte taken back at one rate: quantity -1 at what it had billed.

        Source: XP Z12-014, « reprise à la ligne »: BT-113 alone would count its VAT twice.
        """
        acompte = self.totaux.acomptes[reprise.index].acompte
        chemin: Chemin = ("acomptes_verses", reprise.index)
        name = self.t.deduction_acompte.format(acompte.numero, self.day(acompte.date))
        price = to_price(reprise.ht, self.decimales)
        return put_group(
            "IncludedSupplyChainTradeLineItem",
            put_group("AssociatedDocumentLineDocument", put_text("LineID", str(rang))),
            put_group("SpecifiedTradeProduct", put_text("Name", flatten(name))),
            put_group(
                "SpecifiedLineTradeAgreement",
                put_group("GrossPriceProductTradePrice", put_text("ChargeAmount", price)),
                put_group("NetPriceProductTradePrice", put_text("ChargeAmount", price)),
            ),
            put_group("SpecifiedLineTradeDelivery", put_text("BilledQuantity", "-1", unitCode="C62")),
            put_group(
                "SpecifiedLineTradeSettlement",
                self._compose_taxe(reprise.groupe, chemin),
                self._compose_net(-reprise.ht),
            ),
            chemin=chemin,
        )

    def _compose_net(self, value: Decimal) -> Element | None:
        """BT-131."""
        return put_group("SpecifiedTradeSettlementLineMonetarySummation", self._montant("LineTotalAmount", value))

    def _compose_taxe(self, groupe: Groupe, chemin: Chemin, nom: str = "ApplicableTradeTax") -> Element | None:
        """BT-151 and BT-152; no rate outside the scope of VAT (BR-O-05)."""
        rate = None if groupe.categorie == "O" else to_plain(groupe.taux)
        return put_group(
            nom,
            put_text("TypeCode", "VAT"),
            put_text("CategoryCode", groupe.categorie),
            put_text("RateApplicablePercent", rate),
            chemin=chemin,
        )

    def _compose_remise_ligne(self, item: LigneCalculee) -> Element | None:
        """The discount of a line (BG-27): a gift is one of its whole value.

        Why a charge on a quantity taken back: its discount is taken back with it, and an allowance is never negative.

        Source: EN 16931 BT-136 to BT-140; UNTDID 5189, 95.
        """
        if not item.remise:
            return None
        ligne = item.ligne
        if item.statut == "offert":
            reason = ligne.offert if isinstance(ligne.offert, str) else self._say("Offert", "Complimentary")
            taux: Decimal | None = Decimal(100)
        else:
            part = ligne.remise
            reason = (part.motif if part else None) or self._say("Remise", "Discount")
            taux = part.taux if part else None
        back = item.remise < 0
        exact = taux is not None and not back and round_amount(item.brut * taux / 100, self.decimales) == item.remise
        return put_group(
            "SpecifiedTradeAllowanceCharge",
            put_group("ChargeIndicator", put_text("udt:Indicator", "true" if back else "false")),
            put_text("CalculationPercent", to_plain(taux) if exact and taux is not None else None),
            self._montant("BasisAmount", item.brut) if exact else None,
            self._montant("ActualAmount", abs(item.remise)),
            put_text("ReasonCode", None if back else "95"),
            put_text("Reason", flatten(reason)),
            chemin=(*item.chemin, "offert" if item.statut == "offert" else "remise"),
        )

    def _compose_periode(self, periode: Periode | None, chemin: Chemin) -> Element | None:
        """BG-14 or BG-26."""
        if periode is None:
            return None
        return put_group(
            "BillingSpecifiedPeriod",
            put_day("StartDateTime", periode.du),
            put_day("EndDateTime", periode.au),
            chemin=chemin,
        )

    # --- delivery ---

    def compose_livraison(self) -> Element | None:
        """To whom, where and when (BG-13): an address of its own, or for intra-EU goods the buyer's; the day of supply.

        Why the buyer's name in any case: the schema wants this group, and the rules want no empty one.
        Why the invoice's date for intra-EU goods: the law wants the day of supply only when it differs.

        Source: BR-IC-11 and BR-IC-12; CGI ann. II art. 242 nonies A, I-7° bis and 10°.
        """
        document, client = self.document, self.document.client
        jour = document.date_prestation if isinstance(document, Facture) else None
        adresse = document.adresse_livraison or client.adresse_livraison
        if adresse is not None and adresse.is_empty:
            adresse = None
        if any(row.groupe.categorie == "K" for row in self.ventilation):
            adresse = adresse or client.adresse
            if document.periode is None:
                jour = jour or self.dossier.date
        chemin: Chemin = ("adresse_livraison",) if document.adresse_livraison else ("client", "adresse_livraison")
        day = put_day("OccurrenceDateTime", jour)
        where = _compose_adresse(adresse, chemin) if adresse is not None else None
        whom = put_group("ShipToTradeParty", put_text("Name", client.nom), where, chemin=chemin)
        return put_group(
            "ApplicableHeaderTradeDelivery",
            whom if where is not None or day is None else None,
            put_group("ActualDeliverySupplyChainEvent", day, chemin=("date_prestation",)),
        )

    # --- payment and sums ---

    def compose_reglement(self) -> Element | None:
        """BG-14, BG-16, BG-20, BG-22, BG-23 and BG-3."""
        document = self.document
        devise = self.totaux.devise
        to_pay = isinstance(document, Facture) and self.totaux.net_a_payer > 0
        return put_group(
            "ApplicableHeaderTradeSettlement",
            put_text("PaymentReference", document.numero if to_pay else None),
            put_text("TaxCurrencyCode", None if devise == "EUR" else "EUR", ("devise",)),
            put_text("InvoiceCurrencyCode", devise, ("devise",)),
            self._compose_moyen() if to_pay else None,
            *(self._compose_ventilation(row) for row in self.ventilation),
            self._compose_periode(document.periode, ("periode",)),
            *self._compose_remises(),
            self._compose_echeance(),
            self._compose_sommes(),
            *self._compose_renvois(),
        )

    def _compose_moyen(self) -> Element | None:
        """How to pay (BG-16): one means, the transfer when there is an account. Source: BR-50, BR-61."""
        emetteur = self.document.emetteur
        moyens = self.document.paiement.moyens or (("virement",) if emetteur.iban else ())
        usable = [moyen for moyen in moyens if moyen != "virement" or emetteur.iban]
        if not usable:
            return None
        moyen = "virement" if "virement" in usable else usable[0]
        transfer = moyen == "virement"
        account = put_group(
            "PayeePartyCreditorFinancialAccount",
            put_text("IBANID", emetteur.iban, ("emetteur", "iban")),
            put_text("AccountName", emetteur.titulaire or emetteur.nom),
        )
        bic = put_text("BICID", emetteur.bic, ("emetteur", "bic"))
        bank = put_group("PayeeSpecifiedCreditorFinancialInstitution", bic)
        code = _HORS_SEPA if transfer and self.totaux.devise != "EUR" else MOYENS[moyen]
        return put_group(
            "SpecifiedTradeSettlementPaymentMeans",
            put_text("TypeCode", code, ("paiement", "moyens")),
            account if transfer else None,
            bank if transfer else None,
        )

    def _compose_ventilation(self, row: _Ventilation) -> Element | None:
        """A row of BG-23; a rate takes no reason, an exemption needs one (BR-S-10, BR-E-10)."""
        groupe = row.groupe
        situation = self._find_situation(groupe)
        return put_group(
            "ApplicableTradeTax",
            self._montant("CalculatedAmount", row.montant),
            put_text("TypeCode", "VAT"),
            put_text("ExemptionReason", situation[0]),
            self._montant("BasisAmount", row.base),
            put_text("CategoryCode", groupe.categorie),
            put_text("ExemptionReasonCode", situation[1]),
            put_text("DueDateTypeCode", self.exigibilite if groupe.categorie == "S" else None),
            put_text("RateApplicablePercent", None if groupe.categorie == "O" else to_plain(groupe.taux)),
            chemin=("tva",),
        )

    def _find_situation(self, groupe: Groupe) -> tuple[str, str]:
        """Return the words (BT-120) and the code (BT-121) of a VAT situation; nothing for a rate."""
        if not groupe.situation:
            return "", ""
        situation = find_situation(groupe.situation, self.document.client.adresse.pays)
        words = next(mention.texte for mention in self.dossier.mentions if mention.id == f"tva-{groupe.situation}")
        return words, situation.vatex

    def _compose_remises(self) -> Iterable[Element | None]:
        """The discount on the whole, shared over the rates (BG-20)."""
        remise = self.document.remise
        for row in self.totaux.tva:
            if not row.part_remise:
                continue
            taux = remise.taux if remise is not None else None
            exact = taux is not None and round_amount(row.avant * taux / 100, self.decimales) == row.part_remise
            yield put_group(
                "SpecifiedTradeAllowanceCharge",
                put_group("ChargeIndicator", put_text("udt:Indicator", "false")),
                put_text("CalculationPercent", to_plain(taux) if exact and taux is not None else None),
                self._montant("BasisAmount", row.avant) if exact else None,
                self._montant("ActualAmount", row.part_remise),
                put_text("ReasonCode", "95"),
                put_text("Reason", flatten((remise.motif if remise else None) or self._say("Remise", "Discount"))),
                self._compose_taxe(row.groupe, ("remise",), "CategoryTradeTax"),
                chemin=("remise",),
            )

    def _compose_echeance(self) -> Element | None:
        """BT-9 and BT-20: the day to pay by, the day it was paid, or the instalments.

        Source: BR-CO-25; BR-FR-CO-09 (a paid invoice gives the day of its payment).
        """
        document = self.document
        if not isinstance(document, Facture):
            return None
        due = self.dossier.echeance if self.totaux.net_a_payer > 0 else None
        if self.is_paid and self.cadre.endswith("2"):
            due = max(r.date for r in document.reglements if r.date is not None and r.date <= self.dossier.date)
        return put_group(
            "SpecifiedTradePaymentTerms",
            put_text("Description", self._describe_echeancier() if self.totaux.net_a_payer > 0 else None),
            put_day("DueDateDateTime", due, ("paiement", "echeance")),
            chemin=("paiement",),
        )

    def _describe_echeancier(self) -> str:
        parts = []
        amounts = compute_echeancier(self.document, self.totaux)
        for tranche, amount in zip(self.document.paiement.echeancier, amounts, strict=True):
            rate = self.rate(tranche.part.taux) if tranche.part and tranche.part.taux is not None else ""
            when = ", ".join(filter(None, (rate, tranche.quand, self.day(tranche.date))))
            parts.append(f"{when} : {typo.format_money(amount, self.totaux.devise, self.langue)}")
        return flatten(" ; ".join(parts))

    def _compose_sommes(self) -> Element | None:
        """BG-22. Source: BR-CO-10 to BR-CO-16."""
        devise = self.totaux.devise
        discounts = sum((row.part_remise for row in self.totaux.tva), ZERO)
        total_ttc = self.total_ht + self.total_tva
        taxes = [self._montant("TaxTotalAmount", self.total_tva, currencyID=devise)]
        if devise != "EUR":
            # Without any VAT no rate of exchange is needed, and the norm wants a figure all the same.
            in_euros = self.dossier.tva_eur or ZERO
            taxes.append(put_text("TaxTotalAmount", to_amount(in_euros, 2), ("cours_eur",), currencyID="EUR"))
        return put_group(
            "SpecifiedTradeSettlementHeaderMonetarySummation",
            self._montant("LineTotalAmount", self.total_ht + discounts),
            self._montant("AllowanceTotalAmount", discounts) if discounts else None,
            self._montant("TaxBasisTotalAmount", self.total_ht),
            taxes,
            self._montant("GrandTotalAmount", total_ttc),
            self._montant("TotalPrepaidAmount", self.totaux.regle_ttc) if self.totaux.regle_ttc else None,
            self._montant("DuePayableAmount", total_ttc - self.totaux.regle_ttc),
        )

    def _compose_renvois(self) -> Iterable[Element | None]:
        """The invoices that come before this one (BG-3): corrected, replaced, or acomptes taken back."""
        document = self.document
        found: list[tuple[str | None, dt.date | None, Chemin]] = []
        if isinstance(document, Avoir):
            if document.facture is not None:
                found.append((document.facture.numero, document.facture.date, ("facture",)))
        else:
            if document.facture_rectifiee is not None:
                rectifiee = document.facture_rectifiee
                found.append((rectifiee.numero, rectifiee.date, ("facture_rectifiee",)))
            found += [(a.numero, a.date, ("acomptes_verses", i)) for i, a in enumerate(document.acomptes_verses)]
        for numero, date, chemin in found:
            yield put_group(
                "InvoiceReferencedDocument",
                put_text("IssuerAssignedID", numero),
                put_day("FormattedIssueDateTime", date, qualifie=True),
                chemin=chemin,
            )

    # --- small things ---

    def _montant(self, nom: str, value: Decimal, **attributs: str) -> Element | None:
        return put_text(nom, to_amount(value, self.decimales), None, **attributs)

    def _say(self, french: str, english: str) -> str:
        return french if self.is_french else english


def _compose_adresse(adresse: Adresse, chemin: Chemin) -> Element | None:
    """A postal address (BG-5, BG-8, BG-15): the street, then what completes it, on three lines at most."""
    lines = [line for line in (adresse.rue, *adresse.complement) if line]
    second, rest = (*lines[1:2], "")[0], ", ".join(lines[2:])
    return put_group(
        "PostalTradeAddress",
        put_text("PostcodeCode", adresse.code_postal),
        put_text("LineOne", lines[0] if lines else None),
        put_text("LineTwo", second),
        put_text("LineThree", rest),
        put_text("CityName", adresse.ville),
        put_text("CountryID", adresse.pays),
        chemin=chemin,
    )


def read_adresse(text: str) -> tuple[str, str]:
    """Return the scheme and the value of an electronic address as people type it; an empty value when it is none.

    Three forms: `123456789_COMPTA` (scheme 0225), `compta@exemple.fr` (EM), `0088:3012345678901`.

    Source: BR-FR-23, BR-FR-25; EAS code list.
    """
    if "@" in text:
        whole = re.fullmatch(r"[^\s@]{1,64}@[^\s@]{1,60}", text)
        return "EM", text if whole else ""
    other = _ADRESSE_AUTRE.fullmatch(text)
    if other is not None and other[1] != "0225":
        return other[1], other[2] if other[1] in SCHEMAS else ""
    own = text.removeprefix("0225:")
    return "0225", own if _ADRESSE.fullmatch(own) else ""


def find_unite(unite: str) -> str | None:
    """Return the UN/ECE code of a unit as printed (BT-130); None for one that the table does not have."""
    return UNITES.get(_singular(unite))


def _singular(unite: str) -> str:
    """Return a unit as the table has it: « Jours » is « jour », « mois » stays."""
    text = unite.strip().lower()
    return text if text in UNITES else text.removesuffix("s")


def _split_name(name: str) -> tuple[str, str]:
    """Return the name of an item and, when it is too long for one, the whole of it for its description.

    Source: BR-FR-MAP-17.
    """
    if len(name) <= _MAX_NOM:
        return name, ""
    return f"{cut(name, _MAX_NOM - 1)[0]}…", name
