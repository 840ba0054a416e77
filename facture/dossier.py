"""The dossier of a document: the typed text, its sums, its dates, its mentions and every finding, in one place.

`build_dossier` is the one function to read: what it returns is all that the page, the JSON and the
e-invoice to come are made of, so they cannot disagree.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from decimal import Decimal

from facture import typo
from facture.amounts import round_amount
from facture.decomptes import Impaye, Pieces, check_gathering, follow
from facture.documents import (
    Avoir,
    Client,
    Conditions,
    Contrat,
    Devis,
    Document,
    Facture,
    Paiement,
    PorteClauses,
)
from facture.droit import find_seuil
from facture.echeances import Delai, ReglePenalites
from facture.errors import Diagnostic, RefusError, sort_diagnostics
from facture.faits import build_faits
from facture.lecture import Lecture
from facture.lettres import Courrier, Relance
from facture.mentions import Formulations, MentionImprimee, load_formulations, select_mentions
from facture.monnaies import minor_unit
from facture.redaction import Corpus, compose, find_contradictions
from facture.regles_lettres import check_courrier, check_relance
from facture.regles_loi import LOI_ABSENCE, LOI_TOTAUX, LOI_VALEUR
from facture.rules import (
    REGLES_ABSENCE,
    REGLES_TOTAUX,
    REGLES_VALEUR,
    Contexte,
    apply_rules,
    check_characters,
    has_blocking,
)
from facture.sandbox import Manque, Valeur
from facture.selection import Choisies, choose
from facture.source import find_node, finding
from facture.taux import Bareme, load_bareme
from facture.totaux import Incoherence, Totaux, compute_totaux, tva_of


@dataclass(frozen=True)
class Dossier:
    """Everything known of one document.

    Attributes:
        date: the document's date, or the day given to the command for a draft without one.
        echeance: due date of a facture, an actual date (BT-9).
        validite: last day of a devis.
        penalites: the rule of late interest, typed or by default.
        tva_eur: VAT in euros of what is billed, acomptes taken off, when the currency is another one.
        constats: findings, sorted; a dossier with an error has no `totaux` or must not be printed.
        corpus: its clauses, written out, on the document and in the conditions annexed to it.
        texte: general conditions or a contract, which have articles and neither lines nor sums.
        devis: of a contract, what it puts into articles.
        lettre: a notice or a letter.
        impayes: of a notice, each invoice with what is owed on it.
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
    corpus: Corpus = field(default_factory=Corpus)
    texte: Conditions | Contrat | None = None
    devis: Dossier | None = None
    lettre: Relance | Courrier | None = None
    impayes: tuple[Impaye, ...] = ()

    @property
    def has_errors(self) -> bool:
        """True when the document is refused."""
        return any(constat.is_error for constat in self.constats)

    @property
    def is_printable(self) -> bool:
        """True for a document with a page: not a fiche, nor what could not be read."""
        return (self.document is not None and self.totaux is not None) or self.porteur is not None

    @property
    def porteur(self) -> Conditions | Contrat | Relance | Courrier | None:
        """What prints without lines: conditions, a contract, a notice or a letter."""
        return self.texte or self.lettre

    def require_lettre(self) -> Relance | Courrier:
        """Return the notice or the letter.

        Raises: RefusError with every finding when there is an error.
        """
        if self.has_errors or self.lettre is None:
            raise RefusError(self.constats)
        return self.lettre

    def require_texte(self) -> Conditions | Contrat:
        """Return the conditions or the contract.

        Raises: RefusError with every finding when there is an error.
        """
        if self.has_errors or self.texte is None:
            raise RefusError(self.constats)
        return self.texte

    def require_any(self) -> Document | Conditions | Contrat | Relance | Courrier:
        """Return what prints, whatever its kind.

        Raises: RefusError with every finding when there is an error.
        """
        if self.has_errors or not self.is_printable:
            raise RefusError(self.constats)
        return self.porteur or self.require()[0]

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
    if lecture.texte is not None:
        return _build_texte(lecture, lecture.texte, today)
    if isinstance(lecture.lettre, Relance):
        return _build_relance(lecture, lecture.lettre, today)
    if lecture.lettre is not None:
        return _build_courrier(lecture, lecture.lettre, today)
    findings: list[Diagnostic] = list(lecture.constats)
    document = lecture.document
    if document is None:
        return Dossier(lecture, None, today, None, tuple(sort_diagnostics(findings)))
    date = document.date or today
    # Clauses come first: one of them may set the terms of payment, which rules and sums then follow.
    choisies = _choose_clauses(lecture, document, date)
    document = _settle(document, lecture, choisies)
    contexte = Contexte(lecture, document, date, clauses=_list_clauses(lecture, document, choisies))
    findings += apply_rules((*REGLES_VALEUR, *LOI_VALEUR), contexte)

    # Sums need sound figures; a legal finding does not change them, and later rules want them.
    totaux: Totaux | None = None
    sound = not has_blocking(findings, "YFM") and _is_computable(document)
    if sound:
        try:
            # A payment counts when it was made by the day of the document, or of the command for a draft without one.
            totaux = compute_totaux(document if document.date else document.model_copy(update={"date": date}))
        except Incoherence as error:
            findings.append(contexte.find(error.code, error.chemin, str(error), error.advice))
    fautes = frozenset(found.code for found in findings if found.is_error)
    contexte = replace(contexte, totaux=totaux, fautes=fautes)

    # A key may be missing only for being misspelt: what is absent is looked for once the text is clean.
    if not has_blocking(findings, "YF"):
        findings += apply_rules((*REGLES_ABSENCE, *LOI_ABSENCE), contexte)
    if totaux is not None:
        findings += apply_rules((*REGLES_TOTAUX, *LOI_TOTAUX), contexte)

    echeance = document.paiement.echeance.compute_date(date) if document.paiement.echeance is not None else None
    validite = None
    if isinstance(document, Devis) and document.validite is not None:
        validite = document.validite.compute_date(date)
    penalites = document.paiement.penalites or default_penalites(document.client.qualite_deduite)
    mentions: tuple[MentionImprimee, ...] = ()
    formulations, refused = _load_formulations(lecture)
    if totaux is not None:
        mentions = select_mentions(
            document,
            totaux,
            formulations,
            date=date,
            echeance=echeance,
            penalites=penalites,
            nature=nature_of_operation(document),
            indemnite=_find_indemnite(date),
        )
    corpus = Corpus()
    if choisies is not None:
        sound = totaux is not None and not has_blocking(findings, "YF")
        if sound:
            # Chosen again: a condition may read the sums, or the terms that the clauses have just set.
            choisies = _choose_clauses(lecture, document, date, totaux, validite) or choisies
            corpus = _write_clauses(choisies, document, totaux, validite, penalites, date)
            if lecture.conditions is not None and lecture.conditions.texte is not None:
                alone = _read_alone(lecture.conditions, today)
                # What a text lacks alone, the document may give; what the file itself gets wrong, nobody mends.
                findings += [found for found in alone.constats if found.is_error and found.code[0] in "FYL"]
                corpus = replace(corpus, empreinte=alone.corpus.empreinte or corpus.empreinte)
        findings += corpus.constats if sound else choisies.constats
    findings += _check_textes(contexte, document, penalites)
    # What the project's own words get wrong is no reason to be silent on the document itself.
    findings += refused
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
        corpus,
    )


def _load_formulations(lecture: Lecture) -> tuple[Formulations, list[Diagnostic]]:
    try:
        return load_formulations(lecture.projet), []
    except RefusError as error:
        return Formulations(), list(error.diagnostics)


# --- Clauses ---------------------------------------------------------------------------------------------------------


def _choose_clauses(
    lecture: Lecture,
    document: Document,
    date: dt.date,
    totaux: Totaux | None = None,
    validite: dt.date | None = None,
) -> Choisies | None:
    if not isinstance(document, PorteClauses) or lecture.fonds is None:
        return None
    qualite = document.client.qualite_deduite
    faits = build_faits(
        emetteur=document.emetteur,
        client=document.client,
        qualite=qualite,
        paiement=document.paiement,
        penalites=document.paiement.penalites or default_penalites(qualite),
        indemnite=_find_indemnite(date),
        document=_list_faits(document, totaux, validite),
    )
    chosen = choose(lecture, document, faits, public=qualite, is_draft=document.is_draft)
    annexe = lecture.conditions.texte if lecture.conditions is not None else None
    if chosen is not None and isinstance(annexe, Conditions):
        if annexe.public is not None and qualite is not None and annexe.public != qualite:
            position, path = lecture.place(("conditions",))
            message = f"ces conditions s'adressent à un client « {annexe.public} », et ce client est « {qualite} »"
            chosen.constats.append(finding("C539", message, position, path))
        chosen.constats += _need_version(lecture.conditions or lecture, annexe, is_draft=document.is_draft)
    return chosen


def _list_clauses(lecture: Lecture, document: Document, choisies: Choisies | None) -> frozenset[str]:
    """Return the clauses that a document carries, those they stand for, and those it names without getting them.

    Why: a clause that is named and refused has its own finding; it is not missing on top of that.
    """
    found: set[str] = set()
    annexe = lecture.conditions.texte if lecture.conditions is not None else None
    for porteur in (document, annexe):
        if isinstance(porteur, PorteClauses):
            found |= {citee.renvoi.id for _, citee in porteur.iter_citations()}
    for retenue in choisies.retenues if choisies is not None else ():
        found |= {retenue.lue.id, *(renvoi.id for renvoi in retenue.lue.clause.remplace)}
    return frozenset(found)


def _read_alone(conditions: Lecture, today: dt.date) -> Dossier:
    """Return the dossier of conditions as they print alone, built once for all the documents that annex them.

    Why alone: version 3 of some conditions has one fingerprint, whichever devis annexes them and whatever it adds; and
    conditions that are refused alone are refused annexed.
    """
    known = conditions.memoire
    if today not in known:
        known[today] = build_dossier(conditions, today)
    alone: Dossier = known[today]
    return alone


def _settle(document: Document, lecture: Lecture, choisies: Choisies | None) -> Document:
    """Return the document with the terms that its conditions and clauses set, where it says nothing itself."""
    if choisies is None:
        return document
    return document.model_copy(update={"paiement": _settle_paiement(document.paiement, lecture, choisies)})


def _settle_paiement(paiement: Paiement, lecture: Lecture, choisies: Choisies) -> Paiement:
    update: dict[str, object] = {}
    annexe = lecture.conditions
    general = annexe.texte.paiement if annexe is not None and annexe.texte is not None else Paiement()
    for name in ("echeance", "penalites"):
        if getattr(paiement, name) is None:
            governed = choisies.reglages.get(f"paiement.{name}")
            value = getattr(general, name)
            value = governed[0] if value is None and governed is not None else value
            update[name] = value
    for name in ("escompte", "moyens"):
        own = find_node(lecture.racine, ("paiement", name)) is not None
        if not own and annexe is not None and find_node(annexe.racine, ("paiement", name)) is not None:
            update[name] = getattr(general, name)
    return paiement.model_copy(update=update)


def _list_faits(document: Document, totaux: Totaux | None, validite: dt.date | None) -> dict[str, object]:
    """Return what clauses may read of a devis or an invoice; a sum that is not known yet is left out."""
    devise = document.devise
    acompte = document.acompte if isinstance(document, Devis) else None
    shown = None
    if acompte is not None and acompte.taux is not None:
        shown = Valeur(acompte.taux, typo.format_rate(acompte.taux, "fr"))
    elif acompte is not None and acompte.montant is not None:
        # A digit too many is a finding of its own; it must not stop this.
        amount = round_amount(acompte.montant, minor_unit(devise))
        shown = Valeur(amount, typo.format_money(amount, devise, "fr"))
    lines = [ligne for _, _, ligne in document.iter_lignes()]
    sums = {}
    if totaux is not None:
        for name in ("total_ht", "total_ttc"):
            amount = getattr(totaux, name)
            sums[name] = Valeur(amount, typo.format_money(amount, devise, "fr"))
    return {
        **sums,
        "type": document.type,
        "numero": document.numero,
        "date": document.date,
        "objet": document.objet,
        "langue": document.langue,
        "devise": devise,
        "nature": nature_of_operation(document),
        "validite": validite,
        "acompte": shown if acompte is not None else Valeur("", "") if isinstance(document, Devis) else None,
        "offerts": any(ligne.offert for ligne in lines),
        "options": any(ligne.option for ligne in lines),
        "promesses": bool(document.promesses),
        "travaux": getattr(document, "travaux", None) is not None,
    }


def _write_clauses(
    choisies: Choisies,
    document: Document,
    totaux: Totaux | None,
    validite: dt.date | None,
    penalites: ReglePenalites | None,
    date: dt.date,
) -> Corpus:
    faits = build_faits(
        emetteur=document.emetteur,
        client=document.client,
        qualite=document.client.qualite_deduite,
        paiement=document.paiement,
        penalites=penalites,
        indemnite=_find_indemnite(date),
        document=_list_faits(document, totaux, validite),
    )
    return compose(choisies, faits, document.paiement, penalites, date)


def _check_textes(contexte: Contexte, document: Document, penalites: ReglePenalites | None) -> list[Diagnostic]:
    """Say where a note or a mention announces other terms than those the document applies (C514).

    Source: C. com. art. L441-9 and L441-10: an invoice says when it is due and what a delay costs, once.
    """
    found: list[Diagnostic] = []
    for key in ("notes", "mentions", "introduction"):
        for index, text in enumerate(getattr(document, key)):
            for said, applied in find_contradictions(text, document.paiement.echeance, penalites):
                message = f"ce texte dit « {said} » ; le document applique « {applied} »"
                found.append(contexte.find("C514", (key, index), message))
    return found


# --- Conditions and contracts ----------------------------------------------------------------------------------------


def _build_texte(lecture: Lecture, texte: Conditions | Contrat, today: dt.date) -> Dossier:
    """Judge and write conditions or a contract: articles, no sums."""
    findings: list[Diagnostic] = list(lecture.constats)
    date = texte.date or today
    devis: Dossier | None = None
    client: Client | None = None
    if isinstance(texte, Contrat):
        if lecture.devis is not None:
            devis = build_dossier(lecture.devis, today)
            findings += [found for found in devis.constats if found not in findings]
        texte = _complete_contrat(texte, lecture, devis)
        client = texte.client
        findings += _check_contrat(lecture, texte, devis)
        public = client.qualite_deduite
    else:
        findings += _need_version(lecture, texte, is_draft=texte.is_draft)
        public = texte.public
        if public is None:
            position, path = lecture.place(("public",))
            findings.append(finding("F217", "clé « public » manquante", position, path, _AIDE_PUBLIC))
    findings += check_characters(lecture)
    findings += _need_nom(lecture, texte)
    paiement = texte.paiement
    penalites = paiement.penalites or default_penalites(public)

    def list_known() -> dict[str, Valeur | Manque]:
        return build_faits(
            emetteur=texte.emetteur,
            client=client,
            qualite=public,
            paiement=paiement,
            penalites=penalites,
            indemnite=_find_indemnite(date),
            document=_list_faits_texte(texte, devis),
        )

    carried = devis.corpus if devis is not None else Corpus()
    acquises = {
        article.retenue.lue.id: article.retenue.valeurs for article in (*carried.generales, *carried.particulieres)
    }
    chosen = choose(lecture, texte, list_known(), public=public, is_draft=texte.is_draft, acquises=acquises)
    corpus = Corpus(titre=texte.titre or "", public=public)
    if chosen is None:
        position, path = lecture.place(())
        findings.append(finding("C537", "aucune clause n'est choisie", position, path))
    else:
        paiement = _settle_paiement(paiement, lecture, chosen)
        penalites = paiement.penalites or default_penalites(public)
        texte = texte.model_copy(update={"paiement": paiement})
        sound = not has_blocking(findings, "YF")
        if sound:
            again = choose(lecture, texte, list_known(), public=public, is_draft=texte.is_draft, acquises=acquises)
            corpus = compose(again or chosen, list_known(), paiement, penalites, date)
        findings += corpus.constats if sound else chosen.constats
    return Dossier(
        lecture,
        None,
        date,
        None,
        tuple(sort_diagnostics(dict.fromkeys(findings))),
        penalites=penalites,
        corpus=corpus,
        texte=texte,
        devis=devis,
    )


_AIDE_PUBLIC = "écrivez public: professionnel, particulier ou public : les clauses en dépendent"


def _need_version(lecture: Lecture, conditions: Conditions, *, is_draft: bool) -> list[Diagnostic]:
    """Conditions are accepted under a version and a date: a devis with a number names both.

    Source: C. civ. art. 1119: conditions bind the party who knew of them and accepted them.
    """
    found = []
    if conditions.version is not None and conditions.date is None:
        position, path = lecture.place(("version",))
        found.append(finding("F224", "ces conditions ont une version et pas de date", position, path))
    elif conditions.version is None and not is_draft:
        position, path = lecture.place(("version",))
        found.append(finding("F217", "clé « version » manquante", position, path, "ajoutez version: 1 et date:"))
    return found


def _need_nom(lecture: Lecture, texte: Conditions | Contrat) -> list[Diagnostic]:
    if texte.emetteur.nom is not None:
        return []
    position, path = lecture.place(("emetteur",))
    found = finding("L401", "nom de l'émetteur manquant", position, path)
    return [found.as_warning() if texte.is_draft else found]


def _complete_contrat(contrat: Contrat, lecture: Lecture, devis: Dossier | None) -> Contrat:
    """Return the contract with what its devis already says: parties, object, terms of payment."""
    if devis is None or devis.document is None:
        return contrat
    source = devis.document
    update: dict[str, object] = {}
    for name in ("client", "emetteur", "paiement"):
        if find_node(lecture.racine, (name,)) is None:
            update[name] = getattr(source, name)
    if contrat.objet is None:
        update["objet"] = source.objet
    return contrat.model_copy(update=update)


def _check_contrat(lecture: Lecture, contrat: Contrat, devis: Dossier | None) -> list[Diagnostic]:
    """What a contract cannot do without: an error once numbered, a warning on a draft."""
    missing = [
        ("L408", ("client",), "nom du client manquant", contrat.client.nom is None),
        ("L410", ("client",), "qualité du client inconnue", contrat.client.qualite_deduite is None),
        ("F217", ("objet",), "clé « objet » manquante", contrat.objet is None),
    ]
    found = []
    for code, chemin, message, wrong in missing:
        if wrong:
            position, path = lecture.place(chemin)
            problem = finding(code, message, position, path)
            found.append(problem.as_warning() if contrat.is_draft else problem)
    if contrat.numero is not None and devis is not None and devis.document is not None and devis.document.is_draft:
        position, path = lecture.place(("devis",))
        found.append(finding("F237", "le devis de ce contrat n'a pas encore de numéro", position, path))
    if contrat.numero is not None and contrat.date is None:
        position, path = lecture.place(("numero",), at_key=True)
        found.append(finding("F224", "ce contrat a un numéro et pas de date", position, path))
    if contrat.debut is not None and contrat.fin is not None and contrat.fin < contrat.debut:
        position, path = lecture.place(("fin",))
        found.append(finding("F229", "le contrat finit avant de commencer", position, path))
    return found


def _list_faits_texte(texte: Conditions | Contrat, devis: Dossier | None) -> dict[str, object]:
    known: dict[str, object] = {"type": texte.type, "date": texte.date, "langue": texte.langue}
    if isinstance(texte, Contrat):
        if devis is not None and devis.document is not None:
            known = {**_list_faits(devis.document, devis.totaux, devis.validite), **known}
        known |= {"numero": texte.numero, "objet": texte.objet}
    return known


# --- Notices and letters ---------------------------------------------------------------------------------------------


def follow_facture(dossier: Dossier, arrete_au: dt.date, bareme: Bareme) -> tuple[Impaye | None, list[Diagnostic]]:
    """Return what is owed on an invoice on a day, with the findings that stand in the way.

    Args:
        dossier: of an invoice; its reading holds the credit notes that name it.
        arrete_au: last day that counts.
        bareme: rates by half-year.
    """
    document, totaux = dossier.document, dossier.totaux
    if not isinstance(document, Facture) or totaux is None or dossier.has_errors:
        return None, [found for found in dossier.constats if found.is_error]
    avoirs = []
    for lecture in dossier.lecture.avoirs:
        credited = build_dossier(lecture, arrete_au)
        if credited.has_errors or credited.totaux is None:
            return None, [found for found in credited.constats if found.is_error]
        if isinstance(credited.document, Avoir):
            avoirs.append((lecture, credited.document, credited.totaux))
    pieces = Pieces(
        dossier.lecture,
        document,
        totaux,
        dossier.date,
        dossier.echeance,
        dossier.penalites,
        _find_indemnite(dossier.date),
    )
    return follow(pieces, avoirs, arrete_au, bareme)


def _build_relance(lecture: Lecture, relance: Relance, today: dt.date) -> Dossier:
    """Judge a notice and compute what each of its invoices still owes."""
    findings: list[Diagnostic] = list(lecture.constats)
    date = relance.date or today
    dossiers = [build_dossier(facture, today) for facture in lecture.factures]
    for dossier in dossiers:
        # What the parties agreed beyond the law matters most when it is claimed.
        findings += [found for found in dossier.constats if found.is_error or found.code == "L445"]
    relance = _complete_relance(relance, lecture, dossiers)
    impayes: list[Impaye] = []
    if not has_blocking(findings, "YF") and not any(dossier.has_errors for dossier in dossiers):
        try:
            bareme = load_bareme(lecture.projet)
        except RefusError as error:
            findings += error.diagnostics
        else:
            for dossier in dossiers:
                impaye, found = follow_facture(dossier, relance.arrete_au or date, bareme)
                findings += found
                if impaye is not None:
                    impayes.append(impaye)
    findings += check_relance(lecture, relance, date)
    if len(impayes) == len(lecture.factures):
        findings += check_gathering(lecture, relance, impayes)
    findings += check_characters(lecture)
    return Dossier(
        lecture,
        None,
        date,
        None,
        tuple(sort_diagnostics(dict.fromkeys(findings))),
        echeance=relance.delai.compute_date(date) if relance.delai is not None else None,
        lettre=relance,
        impayes=tuple(impayes),
    )


def _complete_relance(relance: Relance, lecture: Lecture, dossiers: list[Dossier]) -> Relance:
    """Return the notice with what its invoices already say: parties, language, and the delay of the project."""
    update: dict[str, object] = {}
    first = next((dossier.document for dossier in dossiers if dossier.document is not None), None)
    if first is not None:
        for name in ("emetteur", "client", "langue"):
            if find_node(lecture.racine, (name,)) is None:
                update[name] = getattr(first, name)
    if relance.delai is None:
        update["delai"] = Delai(jours=lecture.projet.relances["delai"])
    return relance.model_copy(update=update)


def _build_courrier(lecture: Lecture, courrier: Courrier, today: dt.date) -> Dossier:
    """Judge a letter: it says all that its kind must say, and promises nothing vague."""
    date = courrier.date or today
    findings = [*lecture.constats, *check_characters(lecture)]
    if not has_blocking(findings, "YF"):
        findings += check_courrier(lecture, courrier, date)
    return Dossier(lecture, None, date, None, tuple(sort_diagnostics(dict.fromkeys(findings))), lettre=courrier)


def _find_indemnite(date: dt.date) -> Decimal:
    """Return the flat recovery cost in euros, zero before there was one. Source: C. com. art. D441-5 (2013-01-01)."""
    try:
        return find_seuil("indemnite-recouvrement", date).valeur
    except KeyError:
        return Decimal(0)


def default_penalites(qualite: str | None) -> ReglePenalites | None:
    """Return the rule of late interest by the client's quality; None when it is unknown.

    Source: C. com. art. L441-10, II (ECB + 10); CCP art. R2192-31 (ECB + 8); C. civ. art. 1231-6 (legal rate).
    """
    return {
        "professionnel": ReglePenalites("bce", Decimal(10)),
        "public": ReglePenalites("bce", Decimal(8)),
        "particulier": ReglePenalites("legal", Decimal(1)),
    }.get(qualite or "")


_NATURES_DES_SITUATIONS = {"intracom": "bien", "export": "bien", "marge-occasion": "bien"}
"""Situations of VAT that speak of goods only. Source: CGI art. 262, I; 262 ter, I; 297 A."""


def nature_of_operation(document: Document) -> str:
    """Return bien, service or mixte: what each line says, else what the document says of them all.

    Why service when nothing is said: it is what the people this is for sell, and the documented default of the key. The
    page prints it, so that whoever sells goods reads it and writes `nature: bien`.

    Source: CGI ann. II art. 242 nonies A, I-8° bis; EN 16931 BT-23 in XP Z12-012.
    """
    said = document.nature_operation
    if said == "mixte":
        return said
    kinds = set()
    for _, _, ligne in document.iter_lignes():
        if not ligne.option:
            tva = tva_of(ligne, document)
            usual = said or _NATURES_DES_SITUATIONS.get(tva if isinstance(tva, str) else "", "service")
            kinds.add(ligne.nature or usual)
    return "mixte" if len(kinds) > 1 else kinds.pop() if kinds else said or "service"


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
    billed = totaux.total_tva - sum((acompte.total_tva for acompte in totaux.acomptes), Decimal(0))
    return round_amount(billed / cours.taux, 2)
