"""The calm e-mail that goes with a document: what it is, how much, until when, and what was offered."""

from __future__ import annotations

from facture.composition import prepare
from facture.documents import Avoir, Contrat, Devis
from facture.dossier import Dossier
from facture.lettres import Relance
from facture.relances import compute_demande, is_stayed
from facture.typo import format_date, format_money, frenchify, join_list


def compose_message(dossier: Dossier) -> str:
    """Return the text of an e-mail for one document, in its language.

    Why: a client remembers what is written; the gift is said here as on the page, with its value, and nothing is
    pressed.

    Raises: RefusError when the dossier has errors.
    """
    if dossier.lettre is not None:
        return _compose_lettre(dossier)
    if dossier.texte is not None:
        return _compose_texte(dossier)
    document, totaux = dossier.require()
    langue = document.langue
    english = langue == "en"
    total = format_money(totaux.total_ttc, totaux.devise, langue)
    numero = document.numero or ("draft" if english else "brouillon")
    about = f" ({document.objet})" if document.objet else ""
    gifts = [item.ligne.designation or "" for item in totaux.lignes if item.statut == "offert"]
    gift_value = format_money(totaux.offert_ttc, totaux.devise, langue)
    lines: list[str] = []
    if english:
        names = {"devis": "quote", "facture": "invoice", "avoir": "credit note"}
        lines.append(f"Subject: {names[document.type].capitalize()} {numero}{about}")
        lines += ["", "Hello,", ""]
        lines.append(f"Please find attached our {names[document.type]} {numero}{about}, for a total of {total}.")
        if isinstance(document, Devis) and dossier.validite:
            lines.append(f"It stands until {format_date(dossier.validite, langue)}; to accept it, sign and return it.")
        elif dossier.echeance and totaux.net_a_payer:
            net = format_money(totaux.net_a_payer, totaux.devise, langue)
            lines.append(f"The amount to pay is {net}, by {format_date(dossier.echeance, langue)}.")
        if gifts:
            lines.append(f"It includes, with our compliments: {join_list(gifts, langue)} (value {gift_value}).")
        lines += ["", "We remain at your disposal for any question.", "", "Kind regards,", document.emetteur.nom or ""]
        return "\n".join(lines).rstrip() + "\n"
    article = {"devis": "le devis", "facture": "la facture", "avoir": "l'avoir"}[document.type]
    lines.append(f"Objet : {document.type.capitalize()} {numero}{about}")
    lines += ["", "Bonjour,", ""]
    lines.append(f"Vous trouverez ci-joint {article} {numero}{about}, d'un montant de {total}.")
    if isinstance(document, Devis) and dossier.validite:
        lines.append(f"Il vaut jusqu'au {format_date(dossier.validite, langue)} ; pour l'accepter, retournez-le signé.")
    elif isinstance(document, Avoir) and document.motif:
        lines.append(f"Motif : {document.motif}.")
    elif dossier.echeance and totaux.net_a_payer:
        net = format_money(totaux.net_a_payer, totaux.devise, langue)
        lines.append(f"Le montant à régler est de {net}, au plus tard le {format_date(dossier.echeance, langue)}.")
    if gifts:
        lines.append(f"Il comprend, offert par nos soins : {join_list(gifts, langue)} (valeur {gift_value}).")
    lines += [
        "",
        "Nous restons à votre disposition pour toute question.",
        "",
        "Bien cordialement,",
        document.emetteur.nom or "",
    ]
    return frenchify("\n".join(lines)).rstrip() + "\n"


def _compose_lettre(dossier: Dossier) -> str:
    """The e-mail that goes with a notice or a letter: the letter speaks for itself, the message only hands it over."""
    lettre = dossier.require_lettre()
    page = prepare(dossier)
    langue = page.langue
    english = langue == "en"
    objet = page.sujet or page.titre
    nom = lettre.signataire or lettre.emetteur.contact or lettre.emetteur.nom or ""
    lines = [f"Subject: {objet}" if english else f"Objet : {objet}", "", "Hello," if english else "Bonjour,", ""]
    if isinstance(lettre, Relance):
        demande = compute_demande(lettre, dossier.impayes)
        total = format_money(demande.total, dossier.impayes[0].facture.devise, langue)
        by = format_date(dossier.echeance, langue) if dossier.echeance else ""
        numbers = join_list([impaye.numero for impaye in dossier.impayes], langue)
        one = len(dossier.impayes) == 1
        if is_stayed(dossier.impayes):
            lines.append(
                f"Please find attached a statement of our claim: {total}. We are not asking you for any payment."
                if english
                else f"Vous trouverez ci-joint l'état de notre créance, {total}. Nous ne demandons aucun paiement."
            )
        elif english:
            numbers = f"invoice {numbers}" if one else f"invoices {numbers}"
            lines.append(f"Please find attached our letter about {numbers}. The amount due is {total}, by {by}.")
            lines += ["", "If the payment has just been made, please disregard it; any difficulty, just call us."]
        else:
            numbers = f"de la facture {numbers}" if one else f"des factures {numbers}"
            lines.append(
                f"Vous trouverez ci-joint notre courrier au sujet {numbers} : {total} à régler, d'ici au {by}."
            )
            lines += ["", "Si le paiement vient de partir, n'en tenez pas compte ; en cas de difficulté, appelez-nous."]
    elif english:
        lines.append("Please find our letter attached. We are at your disposal to talk it over.")
    else:
        lines.append("Vous trouverez notre courrier ci-joint. Nous restons à votre disposition pour en parler.")
    lines += ["", "Kind regards," if english else "Bien cordialement,", nom]
    text = "\n".join(lines)
    return (text if english else frenchify(text)).rstrip() + "\n"


def _compose_texte(dossier: Dossier) -> str:
    """The e-mail that goes with general conditions or a contract: nothing to pay, something to read."""
    texte = dossier.require_texte()
    english = texte.langue == "en"
    titre = texte.titre or dossier.corpus.titre or ("Services agreement" if english else "Contrat de prestation")
    nom = texte.emetteur.nom or ""
    is_contract = isinstance(texte, Contrat)
    if english:
        asked = "Please read it and return a signed copy." if is_contract else "They apply to the quote they go with."
        lines = [f"Subject: {titre}", "", "Hello,", "", f"Please find attached: {titre}. {asked}"]
        lines += ["", "We remain at your disposal for any question.", "", "Kind regards,", nom]
        return "\n".join(lines).rstrip() + "\n"
    asked = (
        "Lisez-le à loisir, puis retournez-le signé."
        if is_contract
        else "Elles s'appliquent au devis qu'elles suivent."
    )
    lines = [f"Objet : {titre}", "", "Bonjour,", "", f"Vous trouverez ci-joint : {titre}. {asked}"]
    lines += ["", "Nous restons à votre disposition pour toute question.", "", "Bien cordialement,", nom]
    return frenchify("\n".join(lines)).rstrip() + "\n"
