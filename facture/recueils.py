"""From a dossier's clauses to the articles of its pages: particular clauses, general conditions, contracts.

Nothing is chosen here (`selection`) and nothing laid out (`templates/`): numbers, titles and texts become what a
template prints.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from facture import typo
from facture.documents import Client, Conditions, Contrat
from facture.dossier import Dossier
from facture.page import (
    Article,
    Chapitre,
    Couleurs,
    Emetteur,
    Logo,
    Meta,
    Page,
    PartieContrat,
    Recueil,
    Signature,
)
from facture.plume import Plume, find_town, group_siren
from facture.prose import Bloc, Morceau
from facture.redaction import ArticleCompose
from facture.typo import NBSP, capitalise

ARTICLES_POUR_CHAPITRES = 10
"""From how many articles general conditions show the titles of their chapters."""
ARTICLES_POUR_SOMMAIRE = 24
"""From how many articles a table of contents is worth its place."""

_PUBLICS = {
    "professionnel": ("clients professionnels", "business customers"),
    "particulier": ("clients particuliers", "consumers"),
    "public": ("acheteurs publics", "public buyers"),
}


def compose_articles(plume: Plume, articles: Sequence[ArticleCompose]) -> tuple[Article, ...]:
    """Return clauses as the page prints them; the paragraphs of an article that has several are numbered."""
    return tuple(
        Article(
            article.numero,
            plume.text(article.titre),
            _number(plume, article),
            f"article-{article.retenue.lue.id}",
            article.retenue.lue.clause.encadre,
        )
        for article in articles
    )


def compose_recueil(plume: Plume, dossier: Dossier, *, annexed_to: str = "") -> Recueil | None:
    """Return the general conditions of a dossier, or None when it has none.

    Args:
        annexed_to: « annexées au devis D2026-014 », for conditions that follow another document.
    """
    corpus = dossier.corpus
    if not corpus.generales:
        return None
    titre = plume.text(corpus.titre)
    named = [describe_version(plume, dossier)]
    if annexed_to:
        named.append(annexed_to)
    first = capitalise(", ".join(part for part in named if part))
    public = _PUBLICS.get(corpus.public or "", ("", ""))[0 if plume.is_french else 1]
    mark = plume.m.empreinte.format(corpus.empreinte[:8])
    sentences = [first, capitalise(public), mark]
    return Recueil(
        titre,
        _group_chapitres(plume, dossier),
        " ".join(f"{sentence}." for sentence in sentences if sentence),
        titre,
        len(corpus.generales) >= ARTICLES_POUR_SOMMAIRE,
    )


def describe_version(plume: Plume, dossier: Dossier) -> str:
    """Return « version 3 du 22 novembre 2026 », or nothing when the conditions have no version yet."""
    corpus = dossier.corpus
    if corpus.version is None:
        return ""
    jour = plume.day(corpus.date)
    return plume.m.version_du.format(corpus.version, jour) if jour else plume.m.version.format(corpus.version)


def describe_acceptation(plume: Plume, dossier: Dossier) -> str:
    """Return the sentence by which a devis says which conditions are accepted with it.

    Source: C. civ. art. 1119: conditions bind the party who knew of them and accepted them.
    """
    corpus = dossier.corpus
    if not corpus.generales:
        return ""
    named = ", ".join(part for part in (plume.text(corpus.titre), describe_version(plume, dossier)) if part)
    return plume.m.acceptation.format(named, corpus.empreinte[:8])


def compose_page_texte(dossier: Dossier, *, couleurs: Couleurs, logo: Logo | None = None) -> Page:
    """Return the page of general conditions or of a contract.

    Raises: RefusError with every finding when the dossier has an error.
    """
    texte = dossier.require_texte()
    pays = texte.client.adresse.pays if isinstance(texte, Contrat) else "FR"
    plume = Plume(texte.langue, texte.emetteur, pays)
    if isinstance(texte, Conditions):
        return _compose_conditions(plume, dossier, texte, couleurs, logo)
    return _compose_contrat(plume, dossier, texte, couleurs, logo)


def _compose_conditions(
    plume: Plume, dossier: Dossier, conditions: Conditions, couleurs: Couleurs, logo: Logo | None
) -> Page:
    recueil = compose_recueil(plume, dossier)
    titre = plume.text(dossier.corpus.titre)
    nom = plume.text(conditions.emetteur.nom) or plume.missing(plume.m.nom_emetteur)
    shown = plume.m.projet_de.format(titre[:1].lower() + titre[1:]) if conditions.is_draft else titre
    return Page(
        genre="conditions",
        langue=plume.langue,
        titre=shown,
        numero="",
        courant=f"{shown}, {nom}",
        titre_pdf=shown,
        auteur=plume.text(conditions.emetteur.nom),
        date_iso=dossier.date.isoformat(),
        emetteur=Emetteur(plume.identite(conditions.emetteur) or nom),
        introduction=tuple(plume.text(value) for value in conditions.introduction),
        a_completer=compose_manques(plume, dossier),
        recueil=recueil,
        pied=plume.compose_pied(),
        filigrane=plume.t.filigrane if conditions.is_draft else "",
        logo=logo,
        couleurs=couleurs,
    )


def _compose_contrat(plume: Plume, dossier: Dossier, contrat: Contrat, couleurs: Couleurs, logo: Logo | None) -> Page:
    t, m = plume.t, plume.m
    titre = plume.text(contrat.titre) or m.titre_contrat
    numero = t.numero_a_attribuer if contrat.numero is None else t.numero.format(contrat.numero)
    shown = m.projet_de.format(titre[:1].lower() + titre[1:]) if contrat.is_draft else titre
    nom = plume.text(contrat.emetteur.nom) or plume.missing(plume.m.nom_emetteur)
    client = plume.text(contrat.client.nom) or plume.missing(plume.m.nom_client)
    named = shown if contrat.numero is None else f"{shown} {contrat.numero}"
    metas = [Meta(t.meta_date, plume.day(dossier.date))]
    if contrat.debut is not None or contrat.fin is not None:
        metas.append(Meta(t.meta_periode, _describe_duree(plume, contrat)))
    articles = (_compose_objet(plume, dossier, contrat), *compose_articles(plume, dossier.corpus.generales))
    place = (
        m.fait_a.format(plume.text(contrat.lieu), plume.day(dossier.date)) if contrat.lieu else plume.day(dossier.date)
    )
    return Page(
        genre="contrat",
        langue=plume.langue,
        titre=shown,
        numero=numero,
        courant=f"{named}, {t.courant_parties.format(nom, client)}",
        titre_pdf=named,
        auteur=plume.text(contrat.emetteur.nom),
        sujet=plume.text(contrat.objet),
        date_iso=dossier.date.isoformat(),
        metas=tuple(metas),
        emetteur=Emetteur(plume.identite(contrat.emetteur) or nom),
        objet=plume.text(contrat.objet),
        a_completer=compose_manques(plume, dossier),
        recueil=Recueil(titre, (Chapitre(articles),)),
        parties=(_compose_prestataire(plume, contrat), _compose_client(plume, contrat.client)),
        preambule=tuple(plume.sentence(plume.text(value)) for value in contrat.preambule),
        annexes=_list_annexes(plume, dossier, contrat),
        signature=Signature(
            pour=t.pour.format(plume.identite(contrat.emetteur) or nom),
            accord=t.pour.format(client),
            pour_detail=place,
            accord_detail=t.accord_detail,
        ),
        pied=plume.compose_pied(),
        filigrane=t.filigrane if contrat.is_draft else "",
        logo=logo,
        couleurs=couleurs,
    )


# --- Pieces ----------------------------------------------------------------------------------------------------------


def compose_manques(plume: Plume, dossier: Dossier) -> tuple[str, ...]:
    """Return what the clauses of a draft still lack, one line each."""
    return tuple(plume.text(text) for text in dossier.corpus.manques)


def _number(plume: Plume, article: ArticleCompose) -> tuple[Bloc, ...]:
    paragraphs = sum(bloc.kind == "p" for bloc in article.blocs)
    done: list[Bloc] = []
    count = 0
    for bloc in article.blocs:
        marque = bloc.marque
        if bloc.kind == "p" and paragraphs > 1 and bloc.niveau == 0 and not article.retenue.lue.clause.encadre:
            count += 1
            marque = f"{article.numero}.{count}"
        done.append(replace(bloc, marque=marque, morceaux=_print(plume, bloc.morceaux)))
    return tuple(done)


def _print(plume: Plume, morceaux: tuple[Morceau, ...]) -> tuple[Morceau, ...]:
    """Give the signs of print to a paragraph; a space may stand on the edge of a piece, a sign beyond it."""
    return tuple(replace(morceau, texte=_keep_edges(plume, morceau.texte)) for morceau in morceaux)


def _keep_edges(plume: Plume, text: str) -> str:
    stripped = text.strip(" ")
    if not stripped:
        return text
    lead, trail = text[: len(text) - len(text.lstrip(" "))], text[len(text.rstrip(" ")) :]
    return f"{lead}{plume.text(stripped)}{trail}"


def _group_chapitres(plume: Plume, dossier: Dossier) -> tuple[Chapitre, ...]:
    articles = dossier.corpus.generales
    if len(articles) < ARTICLES_POUR_CHAPITRES:
        return (Chapitre(compose_articles(plume, articles)),)
    return tuple(
        Chapitre(compose_articles(plume, list(members)), plume.text(dossier.corpus.themes.get(theme, "")))
        for theme, members in groupby(articles, key=lambda article: article.theme)
    )


def _compose_objet(plume: Plume, dossier: Dossier, contrat: Contrat) -> Article:
    """The first article of a contract: what is done, for which devis, at which price."""
    t, m = plume.t, plume.m
    objet = plume.text(contrat.objet).rstrip(". ") or plume.missing(m.objet_du_contrat)
    sentences = [m.contrat_objet.format(objet)]
    devis = dossier.devis
    if devis is not None and devis.document is not None and devis.totaux is not None:
        document, totaux = devis.document, devis.totaux
        numero = document.numero or t.numero_a_attribuer
        jour = plume.day(devis.date)
        sentences.append(m.contrat_devis.format(numero, jour))
        ht = typo.format_money(totaux.total_ht, totaux.devise, plume.langue)
        ttc = typo.format_money(totaux.total_ttc, totaux.devise, plume.langue)
        sentences.append(m.contrat_prix.format(ht, ttc) if totaux.total_tva else m.contrat_prix_net.format(ttc))
    if contrat.debut is not None or contrat.fin is not None:
        sentences.append(m.contrat_duree.format(_describe_duree(plume, contrat)))
    return Article("1", m.contrat_article_objet, (Bloc("p", (Morceau(" ".join(sentences)),)),), "article-objet")


def _describe_duree(plume: Plume, contrat: Contrat) -> str:
    if contrat.debut is not None and contrat.fin is not None:
        return plume.m.du_au.format(plume.day(contrat.debut), plume.day(contrat.fin))
    if contrat.debut is not None:
        return plume.m.depuis.format(plume.day(contrat.debut))
    return plume.m.jusqu_au.format(plume.day(contrat.fin))


def _compose_prestataire(plume: Plume, contrat: Contrat) -> PartieContrat:
    fiche = contrat.emetteur
    identity = " ".join(plume.compose_pied())
    nom = plume.identite(fiche)
    # The name stands above already: what follows it is enough.
    rest = identity.removeprefix(nom).lstrip(", ") if nom and identity != f"{nom}." else ""
    lines = [capitalise(rest)] if rest else []
    if fiche.contact:
        lines.append(plume.m.represente_par.format(plume.text(fiche.contact)))
    return PartieContrat(
        plume.m.le_prestataire, plume.text(fiche.nom) or plume.missing(plume.m.nom_emetteur), tuple(lines)
    )


def _compose_client(plume: Plume, client: Client) -> PartieContrat:
    lines = [*plume.address_lines(client.adresse), plume.text(find_town(client.adresse))]
    siren = client.siren or (client.siret or "")[:9]
    if siren:
        lines.append(f"SIREN{NBSP}{group_siren(siren)}")
    # « Paul Dupont, gérant » signs for the client; a name or a service alone is only whom to write to.
    if client.contact and "," in client.contact:
        lines.append(plume.m.represente_par.format(plume.text(client.contact)))
    return PartieContrat(
        plume.m.le_client,
        plume.text(client.nom) or plume.missing(plume.m.nom_client),
        tuple(line for line in lines if line),
    )


def _list_annexes(plume: Plume, dossier: Dossier, contrat: Contrat) -> tuple[str, ...]:
    found = []
    devis = dossier.devis
    if devis is not None and devis.document is not None:
        numero = devis.document.numero or plume.t.numero_a_attribuer
        found.append(plume.m.annexe_devis.format(numero, plume.day(devis.date)))
    return (*found, *(plume.text(value) for value in contrat.annexes))
