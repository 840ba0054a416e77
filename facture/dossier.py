"""The dossier of a document: the typed text, its sums, its dates, its mentions and every finding, in one place.

`build_dossier` is the one function to read: what it returns is all that the page, the JSON and (later) the
e-invoice are made of, so they cannot disagree.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from facture import typo
from facture.amounts import round_amount, to_plain
from facture.documents import Devis, Document, Emetteur, Facture
from facture.droit import find_seuil, find_situation, list_mentions
from facture.echeances import ReglePenalites
from facture.errors import Diagnostic, RefusError, sort_diagnostics
from facture.lecture import Lecture
from facture.rules import REGLES_ABSENCE, REGLES_TOTAUX, REGLES_VALEUR, Contexte, apply_rules, has_blocking
from facture.totaux import Incoherence, Totaux, compute_totaux, tva_of


@dataclass(frozen=True, slots=True)
class MentionImprimee:
    """A sentence ready to print, with the text it rests on."""

    id: str
    texte: str
    loi: str


@dataclass(frozen=True)
class Dossier:
    """Everything known of one document.

    Attributes:
        date: the document's date, or the day given to the command for a draft without one.
        echeance: due date of a facture, an actual date (BT-9).
        validite: last day of a devis.
        penalites: the rule of late interest, typed or by default.
        tva_eur: total VAT in euros when the currency is another one.
        constats: findings, sorted; a dossier with an error has no `totaux` or must not be printed.
    """

    lecture: Lecture
    document: Document | None
    date: dt.date
    totaux: Totaux | None
    constats: tuple[Diagnostic, ...]
    echeance: dt.date | None = None
    validite: dt.date | None = None
    penalites: ReglePenalites | None = None
    tva_eur: Decimal | None = None
    mentions: tuple[MentionImprimee, ...] = ()

    @property
    def has_errors(self) -> bool:
        """True when the document is refused."""
        return any(constat.is_error for constat in self.constats)

    def require(self) -> tuple[Document, Totaux]:
        """Return the document and its sums.

        Raises: RefusError with every finding when there is an error.
        """
        if self.has_errors or self.document is None or self.totaux is None:
            raise RefusError(self.constats)
        return self.document, self.totaux


def build_dossier(lecture: Lecture, today: dt.date) -> Dossier:
    """Judge and compute one document.

    Args:
        lecture: what was read of it.
        today: the day of the command, used by a draft without a date and never printed on a numbered document.

    Returns: the dossier, findings included; never raises on what a user wrote.
    """
    findings: list[Diagnostic] = list(lecture.constats)
    document = lecture.document
    if document is None:
        return Dossier(lecture, None, today, None, tuple(sort_diagnostics(findings)))
    date = document.date or today
    contexte = Contexte(lecture, document, date)
    findings += apply_rules(REGLES_VALEUR, contexte)

    # Sums need sound figures; a legal finding does not change them, and later rules want them.
    totaux: Totaux | None = None
    sound = not has_blocking(findings, "YFM") and _is_computable(document)
    if sound:
        try:
            # A payment counts when it was made by the day of the document, or of the command for a draft without one.
            totaux = compute_totaux(document if document.date else document.model_copy(update={"date": date}))
        except Incoherence as error:
            findings.append(contexte.find(error.code, error.chemin, str(error), error.advice))
    contexte = Contexte(lecture, document, date, totaux)

    # A key may be missing only for being misspelt: what is absent is looked for once the text is clean.
    if not has_blocking(findings, "YF"):
        findings += apply_rules(REGLES_ABSENCE, contexte)
    if totaux is not None:
        findings += apply_rules(REGLES_TOTAUX, contexte)

    echeance = document.paiement.echeance.compute_date(date) if document.paiement.echeance is not None else None
    validite = None
    if isinstance(document, Devis) and document.validite is not None:
        validite = document.validite.compute_date(date)
    penalites = document.paiement.penalites or default_penalites(document)
    mentions: tuple[MentionImprimee, ...] = ()
    if totaux is not None:
        mentions = _select_mentions(document, totaux, date, echeance, penalites)
    return Dossier(
        lecture,
        document,
        date,
        totaux,
        tuple(sort_diagnostics(findings)),
        echeance,
        validite,
        penalites,
        _tva_in_euros(document, totaux),
        mentions,
    )


def default_penalites(document: Document) -> ReglePenalites | None:
    """Return the rule of late interest by the client's quality; None when it is unknown.

    Source: C. com. art. L441-10, II (ECB + 10); CCP art. R2192-31 (ECB + 8); C. civ. art. 1231-6 (legal rate).
    """
    return {
        "professionnel": ReglePenalites("bce", Decimal(10)),
        "public": ReglePenalites("bce", Decimal(8)),
        "particulier": ReglePenalites("legal", Decimal(1)),
    }.get(document.client.qualite_deduite or "")


def describe_assurance(emetteur: Emetteur) -> str:
    """Return the insurer, its address, the contract and its cover, as one phrase."""
    assurance = emetteur.assurance
    if assurance is None:
        return ""
    kind = f"{assurance.type}, " if assurance.type else ""
    parts = [assurance.nom, assurance.adresse, f"contrat {assurance.contrat}" if assurance.contrat else None]
    if assurance.couverture:
        parts.append(f"couverture : {assurance.couverture}")
    return kind + ", ".join(part for part in parts if part)


def describe_mediateur(emetteur: Emetteur) -> str:
    """Return the mediator's name, address and site, as one phrase."""
    mediateur = emetteur.mediateur
    if mediateur is None:
        return ""
    return ", ".join(part for part in (mediateur.nom, mediateur.adresse, mediateur.site) if part)


def nature_of_operation(document: Document) -> str | None:
    """Return bien, service or mixte: what the document says, else what its lines say, else None."""
    if document.nature_operation is not None:
        return document.nature_operation
    kinds = {ligne.nature for _, _, ligne in document.iter_lignes() if not ligne.option}
    if None in kinds or not kinds:
        return None
    return "mixte" if len(kinds) > 1 else kinds.pop()


def _is_computable(document: Document) -> bool:
    lines = [ligne for _, _, ligne in document.iter_lignes()]
    return bool(lines) and all(
        (ligne.prix_unitaire is not None or ligne.prix_unitaire_ttc is not None) and tva_of(ligne, document) is not None
        for ligne in lines
    )


def _tva_in_euros(document: Document, totaux: Totaux | None) -> Decimal | None:
    """Return the VAT in euros (BT-111). Source: CGI art. 289; EN 16931 BT-6, BT-111."""
    cours = document.cours_eur
    if totaux is None or cours is None or not cours.taux or document.devise == "EUR":
        return None
    return round_amount(totaux.total_tva / cours.taux, 2)


def _select_mentions(
    document: Document,
    totaux: Totaux,
    date: dt.date,
    echeance: dt.date | None,
    penalites: ReglePenalites | None,
) -> tuple[MentionImprimee, ...]:
    """Return the sentences that the facts of a document call for, in the order of the table of law."""
    langue = document.langue
    emetteur = document.emetteur
    public = document.client.qualite_deduite or ""
    to_pay = isinstance(document, Facture) and totaux.net_a_payer > 0 and echeance is not None
    escompte = document.paiement.escompte
    facts = {
        "type": document.type,
        "public": public,
        "regime": emetteur.regime_tva or "",
        "nature": nature_of_operation(document) or "",
        "penalites": penalites.base if penalites else "",
        "escompte": "oui" if escompte.taux is not None else "non",
        "a_payer": "oui" if to_pay else "non",
        "acompte": "oui" if isinstance(document, Devis) and document.acompte is not None else "non",
        "association_agreee": "oui" if emetteur.association_agreee else "non",
        "assurance": "oui" if emetteur.assurance is not None else "non",
        "mediateur": "oui" if emetteur.mediateur is not None else "non",
    }
    indemnite = find_seuil("indemnite-recouvrement", date).valeur if date >= dt.date(2013, 1, 1) else Decimal(40)
    valeur = penalites.valeur if penalites else Decimal(0)
    values = {
        "echeance": typo.format_date(echeance, langue) if echeance else "",
        "points": typo.format_number(valeur, langue),
        "multiple": typo.format_number(valeur, langue),
        "taux": typo.format_rate(valeur, langue),
        "indemnite": typo.format_money(indemnite, "EUR", langue).replace(",00", "").replace(".00", ""),
        "escompte_taux": typo.format_rate(escompte.taux or Decimal(0), langue),
        "escompte_jours": to_plain(escompte.jours or Decimal(0)),
        "assurance": describe_assurance(emetteur),
        "mediateur": describe_mediateur(emetteur),
    }
    wording = "en" if langue == "en" else "fr"
    found = [
        MentionImprimee(mention.id, mention.textes[wording].format_map(values), mention.loi)
        for mention in list_mentions()
        if mention.applies(facts, date)
    ]
    # The VAT situation of the lines comes first: it explains the column of the table.
    names = dict.fromkeys(row.groupe.situation for row in totaux.tva if row.groupe.situation)
    situations = [find_situation(name, document.client.adresse.pays) for name in names]
    return (
        *(MentionImprimee(f"tva-{item.nom}", item.textes[wording], item.loi) for item in situations),
        *found,
        *(MentionImprimee("emetteur", text, "") for text in emetteur.mentions),
        *(MentionImprimee("document", text, "") for text in document.mentions),
    )
