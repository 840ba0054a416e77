#!/usr/bin/env python3
"""Write what the documentation repeats of the code: keys, commands, diagnostics, law, and what commands print.

    python script/build_docs.py            writes what is stale
    python script/build_docs.py --check    writes nothing; exit 1 and their names when some pages are stale

Five pages are wholly generated: reference.md, commandes.md, diagnostics.md, mentions.md and regles.md, in docs/. In its
other pages and in both READMEs, the commands of `console` blocks are run again and their output replaced.

Why generated: a key that exists and is not documented, or the other way round, is a lie that nobody sees, and an
output copied by hand is one soon. What the code cannot say in French (the title of a group of keys, the words of a
type) is in this file, and a missing entry is an error.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import glob
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import click
from pydantic import WithJsonSchema

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    # Run from a checkout without installing.
    sys.path.insert(0, str(ROOT))

from facture import __version__, cli, droit, grammaire, projet  # noqa: E402
from facture.bibliotheques import FicheModele, Manifeste  # noqa: E402
from facture.bilans import Bilan  # noqa: E402
from facture.clauses import FAITS, PUBLICS, Clause, Id, Ids, Noms, Scalaire  # noqa: E402
from facture.codes import CODES, Code, Famille  # noqa: E402
from facture.console import run, speak_french, today_or  # noqa: E402
from facture.documents import FICHES, TEXTES, TYPES, Document, PorteClauses  # noqa: E402
from facture.grammaire import Modele  # noqa: E402
from facture.lettres import MODELES, Courrier, Lettre, Niveau, NomModele, Relance  # noqa: E402
from facture.mentions import list_remplacables  # noqa: E402
from facture.taux import NOMS  # noqa: E402
from facture.typo import format_date  # noqa: E402

_HEADER = "<!-- Page produite par script/build_docs.py : ne la modifiez pas à la main. -->\n\n"
_EMPTY = "-"


def build_pages() -> dict[str, str]:
    """Return every page that can go stale, by its path from the root."""
    pages = {
        "docs/reference.md": build_reference(),
        "docs/commandes.md": build_commandes(),
        "docs/diagnostics.md": build_diagnostics(),
        "docs/mentions.md": build_mentions(),
        "docs/regles.md": build_regles(),
    }
    for path in list_written_pages():
        name = path.relative_to(ROOT).as_posix()
        if name not in pages:
            pages[name] = run_commands(path.read_text(encoding="utf-8"))
    return pages


def list_written_pages() -> list[Path]:
    """Return the pages for users: both READMEs and docs/*.md."""
    return [ROOT / "README.md", ROOT / "README.fr.md", *sorted((ROOT / "docs").glob("*.md"))]


def list_stale() -> dict[str, str]:
    """Return what should be in each page that is missing or differs from what the code says."""
    stale = {}
    for name, text in build_pages().items():
        path = ROOT / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale[name] = text
    return stale


# --- Markdown --------------------------------------------------------------------------------------------------------


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").strip() or _EMPTY


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _list_words(words: Sequence[str], last: str = "ou") -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def _day(value: dt.date | None) -> str:
    return format_date(value, "fr") if value is not None else ""


# --- reference.md ----------------------------------------------------------------------------------------------------

_TYPES: tuple[tuple[Any, str], ...] = (
    (grammaire.Mot, "texte"),
    (grammaire.Phrase, "texte"),
    (grammaire.Phrases, "texte, ou liste de textes"),
    (grammaire.Identifiant, "texte ; espaces et points sont retirés"),
    (grammaire.Numero, "texte : lettres, chiffres et `+ - _ /`, 35 au plus"),
    (grammaire.Jour, "date"),
    (grammaire.Prix, "nombre, 6 décimales au plus"),
    (grammaire.Quantite, "nombre, 4 décimales au plus"),
    (grammaire.Montant, "montant"),
    (grammaire.MontantSigne, "montant"),
    (grammaire.Cours, "nombre, 8 décimales au plus"),
    (grammaire.Taux, "taux en %"),
    (grammaire.Entier, "nombre entier"),
    (grammaire.Marque, "`oui`, `non`, ou un texte"),
    (grammaire.Booleen, "`oui` ou `non`"),
    (grammaire.Devise, "code de trois lettres"),
    (grammaire.Pays, "code de deux lettres"),
    (grammaire.Tva, "taux en %, ou [situation](mentions.md#situations-de-tva)"),
    (grammaire.Validite, "délai ou date"),
    (grammaire.Echeance, "délai ou date"),
    (grammaire.Penalites, "`bce+N`, `legal`, `legal x N` ou `N %`"),
    (grammaire.Version, "nombre entier, à partir de 1"),
    (grammaire.RenvoiClause, "[clause nommée](#nommer-une-clause)"),
    (Id, "minuscules, chiffres et tirets"),
    (Ids, "liste de [clauses nommées](#nommer-une-clause)"),
    (Noms, "texte, ou liste de textes"),
    (Scalaire, "valeur du type de la variable"),
    (Niveau, "1, 2, 3 ou 4"),
    (NomModele, "nom d'un [modèle](courriers.md)"),
)
"""What each type of the grammar is called; one that is not here has to be an enumeration, a list or a group."""

_FIELDS: dict[tuple[str, str], str] = {
    ("Document", "type"): "`devis`, `facture` ou `avoir`",
    ("Document", "emetteur"): "nom, chemin, ou groupe [emetteur](#emetteur)",
    ("Document", "client"): "nom, chemin, ou groupe [client](#client)",
    ("Conditions", "type"): "`conditions`",
    ("Conditions", "emetteur"): "nom, chemin, ou groupe [emetteur](#emetteur)",
    ("Contrat", "type"): "`contrat`",
    ("Contrat", "emetteur"): "nom, chemin, ou groupe [emetteur](#emetteur)",
    ("Contrat", "client"): "nom, chemin, ou groupe [client](#client)",
    ("Contrat", "devis"): "nom, chemin, ou les clés d'un [devis](#devis)",
    ("Devis", "conditions"): "nom, chemin, ou les clés de [conditions](#conditions)",
    ("Facture", "conditions"): "nom, chemin, ou les clés de [conditions](#conditions)",
    ("PorteClauses", "clauses"): "liste de [clauses nommées](#nommer-une-clause), ou groupe [clauses](#clauses)",
    ("Selection", "themes"): "texte, ou liste de textes",
    ("Selection", "avec"): "liste de [clauses nommées](#nommer-une-clause), avec leurs valeurs",
    ("Selection", "sans"): "liste de [clauses nommées](#nommer-une-clause)",
    ("Clause", "texte"): "texte ([Markdown](ecrire-une-clause.md#mettre-en-forme), 20 000 caractères au plus)",
    ("Clause", "variables"): "groupe : un nom, puis un groupe [variable](#variable)",
    ("Clause", "droit"): "texte, ou liste de textes ou de groupes [droit](#droit)",
    ("Clause", "quand"): "[condition](ecrire-une-clause.md#quand)",
    ("Variable", "valeurs"): "liste de textes",
    ("Bilan", "type"): "`bilan`",
    ("Souci", "cout"): "durée (`12 h`, `1,5 jour`, `2 semaines`) ou montant (`450 €`)",
    ("Document", "lignes"): "liste de [lignes](#ligne) et de [sections](#section)",
    ("Document", "remise"): "`5 %`, montant, ou groupe [remise](#remise)",
    ("Ligne", "remise"): "`10 %`, montant, ou groupe [remise](#remise)",
    ("Ligne", "designation"): "texte",
    ("Ligne", "unite"): "texte de 20 caractères au plus",
    ("Devis", "acompte"): "`30 %`, montant TTC, ou groupe [part](#part)",
    ("Tranche", "part"): "`30 %`, montant TTC, ou groupe [part](#part)",
    ("Paiement", "escompte"): "`néant`, ou groupe [escompte](#escompte)",
    ("Paiement", "base_jours"): "`365`, `366` ou `360`",
    ("AcompteVerse", "tva"): "groupe : taux, puis montant",
    ("Adresse", "complement"): "texte, ou liste de textes",
    ("Lettre", "type"): "`relance` ou `courrier`",
    ("Lettre", "emetteur"): "nom, chemin, ou groupe [emetteur](#emetteur)",
    ("Lettre", "client"): "nom, chemin, ou groupe [client](#client)",
    ("Relance", "factures"): "texte, ou liste de textes",
    ("Emetteur", "assurance"): "texte, ou groupe [assurance](#assurance)",
    ("Emetteur", "mediateur"): "texte, ou groupe [mediateur](#mediateur)",
}
"""Where the type of a key alone would say too little."""

_DEMANDEES = {
    *(("Clause", name) for name in ("id", "titre", "texte")),
    *(("Bilan", name) for name in ("document", "date")),
    ("Souci", "souci"),
}
"""Keys that their reader asks for, though the grammar does not."""

_CHOIX = frozenset(PorteClauses.model_fields)

_GROUPES: dict[str, tuple[str, str]] = {
    "Ligne": ("ligne", "Une ligne du tableau : facturée, offerte ou en option."),
    "Section": ("section", "Un groupe de lignes sous un titre, avec son sous-total. Un seul niveau."),
    "Remise": ("remise", "Sur une ligne ou sur l'ensemble : un taux ou un montant, jamais les deux."),
    "Part": ("part", "Un taux ou un montant, jamais les deux."),
    "Periode": ("periode", "Deux jours, tous deux compris."),
    "Promesse": ("promesse", "Ce qui est dû au client, et pour quand. Imprimé sur le devis."),
    "EtapePromesse": ("historique", "Une date précédente d'une promesse."),
    "Paiement": ("paiement", "Quand et comment payer, et ce qu'un retard coûte."),
    "Escompte": ("escompte", "Pour un paiement en avance ; n'est jamais déduit du total."),
    "Tranche": ("echeancier", "Un paiement parmi plusieurs : tous en taux, ou tous en montants."),
    "AcompteVerse": ("acomptes_verses", "Un acompte déjà facturé, repris sur la facture de solde."),
    "Reglement": ("reglements", "Un paiement reçu. Daté du jour du document ou d'avant, il est déduit du net à payer."),
    "Travaux": ("travaux", "Ce que dit un devis de travaux chez un particulier (arrêté du 24 janvier 2017)."),
    "CoursEur": ("cours_eur", "Le cours qui donne la TVA en euros (CGI art. 289)."),
    "RenvoiFacture": ("facture et facture_rectifiee", "Une facture nommée par un autre document."),
    "Controle": ("controle", "Les totaux attendus : ils sont comparés à ceux qui sont calculés."),
    "Adresse": ("adresse", "Une adresse postale."),
    "Assurance": ("assurance", "L'assurance professionnelle à nommer (C. assur. art. L243-2)."),
    "Mediateur": ("mediateur", "Le médiateur de la consommation (C. conso. art. L616-1)."),
    "Selection": ("clauses", "Quelles clauses : un modèle, des thèmes, des noms, moins quelques-unes."),
    "Variable": ("variable", "Ce qu'une clause laisse à compléter."),
    "Droit": ("droit", "Un texte de loi sur lequel une clause repose. Jamais imprimé."),
    "Origine": ("origine", "La mission qui a appris une clause. Jamais imprimée."),
    "Suspension": ("suspension", "Ce qui s'arrête sans paiement (C. civ. art. 1219)."),
    "Precedente": ("precedentes", "Une relance déjà envoyée."),
    "Tarif": ("tarifs", "Un prix qui change."),
    "Geste": ("geste", "Ce qui est offert pour réparer un désagrément, à sa vraie valeur."),
    "Engagement": ("promesse d'un report", "Ce qui était promis, et pour quand."),
    "FactureImpayee": ("factures d'une suspension", "Une facture impayée."),
    "DerniereFacture": ("derniere_facture", "La facture qui solde le compte."),
    "Souci": ("soucis", "Ce qui s'est mal passé, et ce qu'on en a fait."),
}
"""Groups of keys: the heading of each, and what it is."""

_CONFIGURATION: dict[str, tuple[str, str]] = {
    "emetteur": ("aucun", "Émetteur des documents qui n'en nomment pas : un nom de `emetteurs/`, ou un chemin."),
    "sortie": ("`sortie`", "Dossier des PDF, depuis le projet."),
    "theme": ("`sobre`", "Thème : un dossier de `themes/`, ou celui de facture. Voir [les thèmes](themes.md)."),
    "couleurs": ("", 'Table `[couleurs]` : `principale` et `secondaire`, en six chiffres ("#1d4e5f").'),
    "bibliotheques": ("aucune", "Table `[bibliotheques]` : [vos bibliothèques](#bibliotheques) de clauses."),
    "series": ("", "Réservé : séries de numéros, pour une version à venir."),
    "relances": (
        ", ".join(f"`{name} = {value}`" for name, value in projet.RELANCES.items()),
        "Table `[relances]` : à combien de jours de retard part chaque niveau, jours laissés pour payer, promesses "
        "d'une même semaine au-delà desquelles prévenir. Voir [relancer sans se fâcher](relancer-sans-se-facher.md).",
    ),
    "approbations": ("", "Réservé, pour une version à venir."),
}

_MANIFESTE = {
    "titre": "Titre de la bibliothèque.",
    "licence": "Licence de ses clauses, pour information : chaque clause dit la sienne.",
    "themes": "Groupe : un thème, puis son titre. Leur ordre est celui des chapitres imprimés.",
}
_MODELE = {
    "titre": "Titre des conditions générales qui en sont faites.",
    "aide": "Pour qui choisit le modèle.",
    "clauses": "Liste de [clauses nommées](#nommer-une-clause), avec des valeurs s'il le faut.",
}
"""Keys of the two files of a library that are not clauses."""

_FAITS: dict[str, str] = {
    "client.nom": "nom du client",
    "client.qualite": "`professionnel`, `particulier` ou `public`",
    "client.pays": "code du pays, `FR` s'il n'est pas dit",
    "client.ville": "ville de son adresse",
    "emetteur.nom": "nom de l'émetteur",
    "emetteur.forme_juridique": "`EI`, `SASU`…",
    "emetteur.adresse": "son adresse, sur une ligne",
    "emetteur.ville": "ville de son adresse",
    "emetteur.pays": "code du pays",
    "emetteur.rcs": "ville du greffe",
    "emetteur.siren": "SIREN, ou les neuf premiers chiffres du SIRET",
    "emetteur.email": "courriel",
    "emetteur.telephone": "téléphone",
    "emetteur.site": "site",
    "emetteur.regime_tva": "`franchise`, `reel` ou `debits`",
    "emetteur.assurance": "assureur, adresse et couverture, en une phrase",
    "emetteur.mediateur": "médiateur de la consommation, en une phrase",
    "document.type": "`devis`, `facture`, `conditions` ou `contrat`",
    "document.numero": "numéro",
    "document.date": "« 22 novembre 2026 »",
    "document.objet": "objet",
    "document.langue": "`fr`, `en`…",
    "document.devise": "`EUR`…",
    "document.nature": "`bien`, `service` ou `mixte`",
    "document.total_ht": "« 1 539,00 € »",
    "document.total_ttc": "« 1 846,80 € »",
    "document.validite": "dernier jour d'un devis",
    "document.acompte": "acompte demandé par un devis, « 30 % » ; vide s'il n'y en a pas",
    "document.offerts": "vrai si une ligne est offerte",
    "document.options": "vrai si une ligne est en option",
    "document.promesses": "vrai si le document promet quelque chose",
    "document.travaux": "vrai si le devis a un groupe `travaux`",
    "paiement.echeance": "« à 30 jours de la date de facture », « à réception »",
    "paiement.penalites": "« au taux de 12 % l'an », « à trois fois le taux d'intérêt légal »…",
    "paiement.penalites_base": "`bce`, `legal` ou `fixe`",
    "paiement.escompte": "« aucun escompte n'est accordé pour paiement anticipé »…",
    "paiement.moyens": "« par virement », « par chèque ou en espèces »",
    "paiement.indemnite": "« 40 € »",
}
"""What a text or a `quand` may read of the document, in words."""

_TERM = re.compile(r"\s*\((B[TG]-\d+(?:(?:, | et )B[TG]-\d+)*)\)")


def build_reference() -> str:
    """Return the page of every YAML key."""
    _require_same("facture.toml", _CONFIGURATION, projet._KEYS)
    _require_same("bibliotheque.yaml", _MANIFESTE, Manifeste.model_fields)
    _require_same("modeles/*.yaml", _MODELE, FicheModele.model_fields)
    _require_same("facts", _FAITS, [f"{group}.{name}" for group, names in FAITS.items() for name in names])
    parts = [_HEADER, "# Référence des clés\n\n", _REFERENCE_INTRO]
    common = set(Document.model_fields)
    parts += ["\n## Tous les documents\n\n", "Clés d'un devis, d'une facture et d'un avoir.\n\n", _fields(Document)]
    words = {
        "devis": "En plus des clés communes. Un devis peut dire ce qu'il demande et ce qu'il promet.",
        "facture": "En plus des clés communes.",
        "avoir": "En plus des clés communes. Les montants d'un avoir sont positifs.",
        "conditions": "Des conditions générales : `conditions/NOM.yaml`. Voir [conditions et contrats]"
        "(conditions-et-contrats.md).",
        "contrat": "Un contrat de prestation, avec ou sans devis. Voir [conditions et contrats]"
        "(conditions-et-contrats.md#le-contrat).",
    }
    for kind, model in {**TYPES, **TEXTES}.items():
        shared = common if kind in TYPES else ()
        parts += [f"\n## {kind}\n\n", words[kind], "\n\n", _fields(model, without=shared)]
    parts += ["\n## relance\n\n", _REFERENCE_RELANCE, _fields(Relance)]
    parts += ["\n## courrier\n\n", _REFERENCE_COURRIER, _fields(Courrier)]
    for name, letter in MODELES.items():
        parts += [f"\n### courrier {name}\n\n", _list_needed(letter), _fields(letter, without=Courrier.model_fields)]
    fiches = {"emetteur": "Celui qui vend", "client": "Celui qui achète"}
    for kind, model in FICHES.items():
        parts += [f"\n## {kind}\n\n", _FICHE.format(fiches[kind], kind), _fields(model)]
    parts.append("\n## Groupes de clés\n")
    roots = [*TYPES.values(), *TEXTES.values(), Relance, *MODELES.values(), *FICHES.values()]
    parts += _groups(roots, without=FICHES.values())
    parts += [_REFERENCE_CLAUSE, _fields(Clause), *_groups([Clause])]
    parts += ["\n### Ce qu'une clause peut lire\n\n", _REFERENCE_FAITS]
    parts.append(_table(("Nom", "Ce que c'est"), [(f"`{name}`", words) for name, words in _FAITS.items()]))
    parts += [_REFERENCE_BIBLIOTHEQUE, _keys(_MANIFESTE), _REFERENCE_MODELE, _keys(_MODELE)]
    parts += ["\n## bilan\n\n", _REFERENCE_BILAN, _fields(Bilan), *_groups([Bilan])]
    parts.append(_REFERENCE_CATALOGUE)
    parts.append(_table(("Clé", "Défaut", "Ce que c'est"), [(f"`{key}`", *row) for key, row in _CONFIGURATION.items()]))
    parts.append(_REFERENCE_BIBLIOTHEQUES)
    return "".join(parts)


def _list_needed(letter: type[Lettre]) -> str:
    """Return the sentence that names the keys a letter cannot do without."""
    keys = [" ou ".join(f"`{key}`" for key in (item.cle, *item.ou)) for item in letter.REQUIS]
    return f"Demandées : {_list_words(keys, 'et')}.\n\n"


def _require_same(what: str, described: Iterable[str], known: Iterable[str]) -> None:
    if difference := set(described) ^ set(known):
        raise SystemExit(f"{what}: {sorted(difference)} known to one of the code and script/build_docs.py only")


def _keys(rows: Mapping[str, str]) -> str:
    return _table(("Clé", "Ce que c'est"), [(f"`{key}`", words) for key, words in rows.items()])


def _groups(roots: Sequence[type[Modele]], without: Iterable[type[Modele]] = ()) -> list[str]:
    """Return the headings and tables of every group of keys below some models."""
    parts: list[str] = []
    for model in _nested_models(roots, without):
        if model.__name__ not in _GROUPES:
            raise SystemExit(f"the group {model.__name__} has no French words in script/build_docs.py")
        title, words = _GROUPES[model.__name__]
        parts += [f"\n### {title}\n\n", words, "\n\n", _fields(model)]
    return parts


_REFERENCE_INTRO = """\
Toutes les clés qu'un fichier YAML peut contenir. Les mêmes sont dans le schéma JSON que `facture schema devis`
imprime et que `facture init` pose à côté de vos fichiers : un éditeur qui le lit complète et vérifie à mesure.

Une clé inconnue est refusée ([F203](diagnostics.md#f203)). Presque toutes sont facultatives pour la grammaire ; ce
qui doit être là dépend du document. Toujours : `type`, `lignes`, et pour chaque ligne une désignation, un prix et un
taux de TVA ou une situation. Pour un document numéroté : en plus, ce que demandent [les règles
L](diagnostics.md#l--la-loi-et-les-mentions). Des conditions et un contrat n'ont pas de lignes : ils demandent des
clauses.

Comment s'écrivent les valeurs :

- nombre : `1234.56` ou `1234,56`, sans espace ni symbole ; entre accolades, un point, ou des guillemets ;
- montant : un nombre, avec au plus les décimales de la devise (deux pour l'euro) ;
- taux : `20`, `20 %` ou `5,5` ; pour une remise ou une part, `10 %` est un taux et `10` un montant ;
- date : `2026-11-22` ;
- délai : `30 jours`, `1 mois` pour une validité ; `30 jours`, `45 jours fin de mois`, `fin de mois 45 jours`, `30
  jours fin de mois le 10`, `à réception` pour une échéance ; ou une date ;
- oui ou non : `oui`, `non`, `true`, `false`, `yes`, `no` ;
- les codes restent du texte : `code_postal: 01000` garde son zéro.
"""

_FICHE = """\
{0} : `{1}s/NOM.yaml`, ou les mêmes clés dans le document. Une fiche peut partir d'une autre, par une clé
`{1}: NOM`, et n'en changer que quelques clés.

"""

_REFERENCE_RELANCE = """\
Une relance d'impayé : `relances/NOM.yaml`, que `facture remind` écrit. Elle nomme ses factures ; les parties, les
sommes, les taux en viennent. Demandées : `niveau` et `factures`, et `suspension` au niveau 3. Voir [relancer sans se
fâcher](relancer-sans-se-facher.md).

"""

_REFERENCE_COURRIER = """\
Un courrier : `courriers/NOM.yaml`, que `facture new courrier --modele NOM` écrit. `modele` dit laquelle des neuf
lettres ; chacune a ses clés, en plus de celles-ci. Voir [les courriers](courriers.md).

"""

_REFERENCE_CATALOGUE = """
## catalogue

Un fichier `catalogue/*.yaml` du projet contient des articles : un nom, puis toute clé d'une [ligne](#ligne). Une
ligne de document écrit `article: NOM` ; ce qu'elle dit elle-même l'emporte.

## taux.yaml

À la racine du projet, facultatif : des taux d'intérêt qu'une version de facture ne connaît pas encore, ou que vous
corrigez. Une ligne par semestre ; `bce`, `legal` ou `legal-particuliers`, puis son premier jour.

```yaml
bce 2027-01-01: {valeur: 2.65, source: https://www.ecb.europa.eu, verifie_le: 2027-01-04}
```

## mentions.yaml

À la racine du projet, facultatif : vos propres mots pour les mentions de la loi, depuis un jour. Voir
[mentions.yaml](mentions.md#vos-propres-mots).

```yaml
tva-franchise: {fr: "TVA non applicable, art. 293 B du CGI", jusqu_au: 2028-06-30}
```

## facture.toml

Le fichier qui marque un projet, en TOML. Une clé inconnue est refusée ([F291](diagnostics.md#f291)).

"""

_REFERENCE_CLAUSE = """
## Nommer une clause

| Vous écrivez | Ce qui est pris |
| --- | --- |
| `revisions-comprises` | la version que `facture.lock` épingle, sinon la courante de la bibliothèque la plus proche |
| `revisions-comprises@1` | la version 1, dans la bibliothèque la plus proche qui l'a |
| `equipe:revisions-comprises` | la version courante de la bibliothèque `equipe` |
| `equipe:revisions-comprises@1` | cette version, de cette bibliothèque |
| `revisions-comprises: {series: 3}` | une clause et ses valeurs, dans une liste |

De la plus proche à la plus lointaine : le dossier `clauses/` du projet (`projet`), les bibliothèques de `facture.toml`
dans leur ordre, celle livrée avec le programme (`facture`).

## clause

Une clause : `clauses/ID.yaml`. `id`, `titre` et `texte` sont demandés. Comment l'écrire : [écrire une
clause](ecrire-une-clause.md). Son schéma : `facture schema clause`.

"""

_REFERENCE_FAITS = """\
Dans son texte et dans son `quand`, en plus de ses variables. Des conditions imprimées seules ne connaissent que
`emetteur`, `paiement` et `client.qualite`.

"""

_REFERENCE_BIBLIOTHEQUE = """
## bibliotheque.yaml

À la racine d'une bibliothèque, facultatif.

"""

_REFERENCE_MODELE = """
## modeles

`modeles/NOM.yaml` d'une bibliothèque : les clauses de conditions générales, dans leur ordre. Celles qui s'adressent à
un autre public que le client n'en sont pas.

"""

_REFERENCE_BILAN = """\
`bilans/NUMERO.yaml`, écrit par `facture bilan`. Une journée compte sept heures, une semaine cinq jours.

"""

_REFERENCE_BIBLIOTHEQUES = """
### bibliotheques

```toml
[bibliotheques.equipe]
git = "https://exemple.example/clauses.git"
ref = "main"
```

| Clé | Ce que c'est |
| --- | --- |
| `dossier` | un dossier, depuis le projet |
| `git` | un dépôt git : adresse, ou chemin depuis le projet |
| `ref` | avec `git` : branche, étiquette ou commit ; absente, la branche que le dépôt propose |
| `sous` | avec `git` : dossier des clauses dans le dépôt |
| `paquet` | un paquet Python installé, qui déclare un point d'entrée du groupe `facture.clauses` |

Une seule des clés `dossier`, `git` et `paquet`. `[bibliotheques]`, puis `commune = "../clauses-communes"`, nomme aussi
un dossier. Les noms `projet` et `facture` sont pris.

## facture.lock

Écrit par `facture library add` et `facture library update`, à garder dans git. Pour chaque bibliothèque, son adresse
et le commit lu ; pour chaque clause que les documents demandent, la bibliothèque, la version et l'empreinte de ce
qu'elle dit. S'il est abîmé, il est refusé ([C522](diagnostics.md#c522)).
"""


def _fields(model: type[Modele], without: Iterable[str] = ()) -> str:
    hints = get_type_hints(model, include_extras=True)
    skipped = set(without)
    # What a document says of itself, then the clauses that it chooses.
    names = sorted(model.model_fields, key=lambda name: issubclass(model, PorteClauses) and name in _CHOIX)
    rows = []
    for name in names:
        if name in skipped:
            continue
        field = model.model_fields[name]
        description = field.description or ""
        found = _TERM.search(description)
        terms = re.findall(r"B[TG]-\d+", found[1]) if found else []
        if len(terms) == 2 and model.__name__ in ("Emetteur", "Client"):
            # A key of both parties gives the seller's term, then the buyer's.
            terms = [terms[0] if model.__name__ == "Emetteur" else terms[1]]
        rows.append(
            (
                f"`{field.alias or name}`",
                _describe_field(model, name, hints[name]),
                _describe_default(
                    field.get_default(call_default_factory=True),
                    required=field.is_required() or (model.__name__, name) in _DEMANDEES,
                ),
                _TERM.sub("", description),
                ", ".join(terms),
            )
        )
    heads = ("Clé", "Type", "Défaut", "Ce que c'est", "EN 16931")
    kept = len(heads) if any(row[-1] for row in rows) else len(heads) - 1
    return _table(heads[:kept], [row[:kept] for row in rows])


def _describe_field(model: type[Modele], name: str, annotation: Any) -> str:
    for owner in model.__mro__:
        words = _FIELDS.get((owner.__name__, name))
        if words:
            return words
    words = _describe_type(annotation)
    if not words:
        raise SystemExit(f"the type of {model.__name__}.{name} has no French words in script/build_docs.py")
    return words


def _describe_type(annotation: Any) -> str:
    for known, words in _TYPES:
        if annotation == known:
            return words
    if get_origin(annotation) in (Union, UnionType):
        choices = [part for part in get_args(annotation) if part is not type(None)]
        return _describe_type(choices[0]) if len(choices) == 1 else ""
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        for item in metadata:
            if isinstance(item, WithJsonSchema):
                return _describe_enumeration(item.json_schema or {})
        return _describe_type(inner)
    if get_origin(annotation) is tuple:
        inner = _describe_type(get_args(annotation)[0])
        return "liste de " + inner.removeprefix("groupe ") if inner else ""
    if isinstance(annotation, type) and issubclass(annotation, Modele):
        title = _GROUPES[annotation.__name__][0]
        return f"groupe [{title}](#{_slug(title)})"
    return ""


def _describe_enumeration(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return _list_words([f"`{value}`" for value in schema["enum"]])
    for alternative in schema.get("anyOf", ()):
        if "enum" in alternative:
            return "une valeur ou une liste : " + _describe_enumeration(alternative)
    return ""


def _describe_default(value: object, *, required: bool) -> str:
    if required:
        return "obligatoire"
    if value is None or value == () or value == {} or isinstance(value, Modele):
        return ""
    if isinstance(value, bool):
        return "`oui`" if value else "`non`"
    if isinstance(value, Decimal | str | int):
        return f"`{value}`"
    if value == PUBLICS:
        return "`tous`"
    raise SystemExit(f"the default {value!r} has no French words in script/build_docs.py")


def _nested_models(roots: Sequence[type[Modele]], without: Iterable[type[Modele]]) -> list[type[Modele]]:
    """Return every group of keys below some models, in the order of `_GROUPES`, which is that of a document."""
    found: dict[str, type[Modele]] = {}
    skipped = set(without)
    queue: list[type[Modele]] = list(roots)
    while queue:
        model = queue.pop(0)
        for annotation in get_type_hints(model, include_extras=True).values():
            for inner in _models_in(annotation):
                if inner not in skipped and inner.__name__ not in found:
                    found[inner.__name__] = inner
                    queue.append(inner)
    order = list(_GROUPES)
    return sorted(found.values(), key=lambda model: order.index(model.__name__) if model.__name__ in order else 99)


def _models_in(annotation: Any) -> Iterator[type[Modele]]:
    if isinstance(annotation, type) and issubclass(annotation, Modele):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def _slug(title: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


# --- commandes.md ----------------------------------------------------------------------------------------------------

_COMMANDES_INTRO = """\
# Commandes

Ce que dit l'aide de chaque commande, `facture COMMANDE --help`. Les résultats vont sur la sortie standard, le reste
sur la sortie d'erreur. Codes de sortie : 0 bien, 1 constats dans les documents, 2 usage ou configuration, 3 fichier
introuvable, 4 refusé, 70 erreur interne.

"""


def build_commandes() -> str:
    """Return the page of every command, from the help that each prints."""
    speak_french()
    leaves = list(_iter_commands(cli.cli, "facture"))
    rows = [(f"[`{name}`](#{_slug(name)})", _summarise(command)) for name, command in leaves]
    parts = [_HEADER, _COMMANDES_INTRO, _table(("Commande", "Ce qu'elle fait"), rows)]
    for name, command in leaves:
        parts.append(f"\n## {name}\n\n{_describe_command(name, command)}")
    return "".join(parts)


def _iter_commands(group: click.Group, name: str) -> Iterator[tuple[str, click.Command]]:
    for child, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _iter_commands(command, f"{name} {child}")
        else:
            yield f"{name} {child}", command


def _summarise(command: click.Command) -> str:
    return " ".join((command.help or "").split("\n\n")[0].split())


def _describe_command(name: str, command: click.Command) -> str:
    context = click.Context(command, info_name=name)
    usage = " ".join([name, *command.collect_usage_pieces(context)])
    said = [" ".join(paragraph.split()) for paragraph in (command.help or "").split("\n\n")]
    records = [param.get_help_record(context) for param in command.params if isinstance(param, click.Option)]
    rows = [(f"`{record[0]}`", " ".join(record[1].split())) for record in records if record is not None]
    parts = [f"```text\n{usage}\n```\n", *(f"\n{paragraph}\n" for paragraph in said)]
    if rows:
        parts.append("\n" + _table(("Option", "Ce que c'est"), rows))
    if exemples := getattr(command, "exemples", ()):
        width = max(len(exemple.partition("  ")[0]) for exemple in exemples)
        shown = [(exemple.partition("  ")[0], exemple.partition("  ")[2].strip()) for exemple in exemples]
        lines = [f"{typed.ljust(width)}  {aim}".rstrip() for typed, aim in shown]
        parts.append("\n```text\n" + "\n".join(lines) + "\n```\n")
    return "".join(parts)


# --- diagnostics.md --------------------------------------------------------------------------------------------------

_DIAGNOSTICS_INTRO = """\
# Diagnostics

Chaque constat porte un code, qui ne change jamais de sens. `facture explain F203` imprime la même explication dans le
terminal.

```text
devis.yaml:14:7: erreur F203: lignes[2].prix_unitare : clé inconnue ; vouliez-vous « prix_unitaire » ?
```

Le fichier, la ligne et la colonne (à partir de 1), la gravité, le code, le chemin dans le document (indices à partir
de 0), ce qui ne va pas ; puis un conseil et la loi quand il y en a une. Toutes les erreurs d'un fichier sont dites en
une fois.

Une **erreur** refuse le document. Un **avertissement** le laisse passer, sauf avec `--strict`. Un document sans
`numero` est un brouillon : ce qui n'y est pas encore complet n'est qu'un avertissement ({draft}).

Quand toutes les erreurs demandent le même code de sortie, c'est celui de la commande ; des erreurs de codes
différents donnent 1, sauf 2 (configuration), qui l'emporte.

"""


def build_diagnostics() -> str:
    """Return the page of every diagnostic code."""
    draft = list_draft_codes()
    parts = [
        _HEADER,
        _DIAGNOSTICS_INTRO.format(draft=_list_words([f"[{code}](#{code.lower()})" for code in draft], "et")),
    ]
    rows = [
        (f"[{entry.code}](#{entry.code.lower()})", entry.titre, str(entry.severity), str(entry.exit_code))
        for entry in CODES.values()
    ]
    parts.append(_table(("Code", "Constat", "Gravité", "Sortie"), rows))
    for family in Famille:
        parts.append(f"\n## {family.name} : {family.value}\n")
        parts += [
            _describe_code(entry, in_draft=entry.code in draft)
            for entry in CODES.values()
            if entry.code[0] == family.name
        ]
    return "".join(parts)


_DRAFT_WORDS = (
    r"\.incomplete\(\s*\"([A-Z]\d{3})\"",
    r"finding\(\"([A-Z]\d{3})\"[^\n]*\n[^\n]*\.as_warning\(\) if [^\n]*is_draft",
)
"""How the code says that a finding is one of completeness."""


def list_draft_codes() -> list[str]:
    """Return the codes of completeness: errors once the document is numbered, warnings before.

    Why read in the source: which rule is one of completeness is said where it speaks, by the function it calls, and a
    second list would go stale.
    """
    source = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "facture").glob("*.py")))
    found = [re.findall(words, source) for words in _DRAFT_WORDS]
    if not all(found):
        raise SystemExit("no rule of completeness found in facture/*.py")
    return sorted({code for codes in found for code in codes})


def _say_severity(entry: Code, *, in_draft: bool) -> str:
    return f"{entry.severity}, avertissement sur un brouillon" if in_draft else str(entry.severity)


def _describe_code(entry: Code, *, in_draft: bool) -> str:
    severity = _say_severity(entry, in_draft=in_draft)
    lines = [
        f"\n### {entry.code}\n",
        f"**{entry.titre[:1].upper()}{entry.titre[1:]}** ({severity}, sortie {entry.exit_code}).",
        entry.explication,
    ]
    facts = []
    if entry.advice:
        facts.append(f"- Conseil : {entry.advice}.")
    if entry.law:
        facts.append(f"- Loi : {entry.law}.")
    return "\n".join(lines) + "\n" + ("\n" + "\n".join(facts) + "\n" if facts else "")


# --- mentions.md -----------------------------------------------------------------------------------------------------

_FACTS = {
    "type": {"devis": "devis", "facture": "facture", "avoir": "avoir"},
    "nature": {"service": "prestation de services", "bien": "livraison de biens", "mixte": "biens et services"},
    "public": {"professionnel": "client professionnel", "public": "acheteur public", "particulier": "particulier"},
    "regime": {"debits": "`regime_tva: debits`"},
    "acompte": {"oui": "acompte demandé"},
    "escompte": {"oui": "escompte prévu", "non": "pas d'escompte"},
    "penalites": {"bce": "pénalités `bce+N`", "legal": "pénalités `legal x N`", "fixe": "pénalités `N %`"},
    "a_payer": {"oui": "reste à payer"},
    "association_agreee": {"oui": "`association_agreee: oui`"},
    "assurance": {"oui": "`assurance` de l'émetteur"},
    "mediateur": {"oui": "`mediateur` de l'émetteur"},
}
"""The facts that call for a mention, in words."""

_MENTIONS_INTRO = """\
# Mentions et situations de TVA

Ce que la loi fixe est une table datée (`facture/droit/`) : un texte, le jour depuis lequel il vaut, sa source, et
quand elle a été vérifiée. Une mention s'imprime si la date du document est dans ses dates ; [vos propres
mots](#vos-propres-mots) peuvent la remplacer. Ce que la loi demande à un document, constat par constat :
[les règles](regles.md). Rien de ceci n'est un conseil juridique.

## Situations de TVA

Une ligne sans TVA française nomme sa situation : `tva: franchise`. Le texte est imprimé sur la page. « Catégorie » et
« VATEX » sont les codes que la facture électronique écrit (EN 16931, BT-118 et BT-121).

"""


_TERRITOIRES = {"metropole": "métropole", "corse": "Corse", "outre-mer": "outre-mer"}

_MENTIONS_TAUX_TVA = """
## Taux de TVA

Ceux qu'une facture peut porter, avec les dates où ils s'appliquent. Un autre taux est refusé
([L479](diagnostics.md#l479)) ; celui d'une autre époque ou d'un autre lieu donne un avertissement
([L480](diagnostics.md#l480), [L481](diagnostics.md#l481)). Un taux plus ancien que les premiers documents est daté du
1er janvier 1990 ; les autres dates d'avant 2014 n'ont pas été relues.

"""


def build_mentions() -> str:
    """Return the page of the tables of law."""
    parts = [_HEADER, _MENTIONS_INTRO]
    rows = [
        (
            f"`{row['nom']}`" + (f" ({_VARIANTES[row['variante']]})" if row.get("variante") else ""),
            row["texte"]["fr"],
            row["categorie"],
            row["vatex"],
            row["loi"],
            _day(row["depuis"]),
            _day(row["jusqu_au"]),
        )
        for row in droit.load_table("situations")
    ]
    parts.append(_table(("Situation", "Texte imprimé", "Catégorie", "VATEX", "Loi", "Depuis", "Jusqu'au"), rows))
    parts.append("\nEn anglais (`langue: en`) :\n\n")
    parts += [
        f"- `{row['nom']}`"
        + (f" ({_VARIANTES[row['variante']]})" if row.get("variante") else "")
        + f" : {row['texte']['en']}\n"
        for row in droit.load_table("situations")
    ]
    parts.append(_MENTIONS_CIBS)
    rows = [
        (row["ancien"], row["nouveau"], _day(row["depuis"]), row["source"], _day(row["verifie_le"]))
        for row in droit.load_table("concordances")
    ]
    parts.append(_table(("Du CGI", "Au CIBS", "Depuis", "Source", "Vérifiée le"), rows))
    parts.append(
        "\n## Mentions\n\nDans l'ordre de la page. Les valeurs entre accolades sont remplies par le programme.\n"
    )
    for row in droit.load_table("mentions"):
        parts.append(f"\n### {row['id']}\n\n> {row['texte']['fr']}\n\n")
        facts = [
            f"Quand : {_describe_facts(row['si'])}.",
            f"Loi : {row['loi']}." if row["loi"] else "",
            f"Depuis le {_day(row['depuis'])}" + (f", jusqu'au {_day(row['jusqu_au'])}." if row["jusqu_au"] else "."),
            f"Source : {row['source']} ; vérifiée le {_day(row['verifie_le'])}.",
            f"En anglais : {row['texte']['en']}",
        ]
        parts += [f"- {fact}\n" for fact in facts if fact]
    valeurs = {name: item.valeurs for name, item in list_remplacables().items() if item.valeurs}
    rows = [(f"`{name}`", ", ".join(f"`{{{value}}}`" for value in sorted(held))) for name, held in valeurs.items()]
    parts += [_MENTIONS_PROPRES, _table(("Mention", "Valeurs"), rows)]
    parts.append("\n## Chiffres fixés par la loi\n\n")
    rows = [
        (
            row["nom"],
            f"{row['valeur']} {row['unite']}",
            row["loi"],
            _day(row["depuis"]),
            _day(row["jusqu_au"]),
            row["source"],
        )
        for row in droit.load_table("seuils")
    ]
    parts.append(_table(("Nom", "Valeur", "Loi", "Depuis", "Jusqu'au", "Source"), rows))
    parts.append(_MENTIONS_RELANCES)
    for row in droit.load_table("textes"):
        parts.append(f"- **{row['id']}** : {row['texte']['fr']} Loi : {row['loi']}. Source : {row['source']}.\n")
    parts.append(_MENTIONS_TAUX)
    by_name: dict[str, list[tuple[str, ...]]] = {}
    for row in droit.load_table("taux"):
        cells = (
            f"{_day(row['depuis'])} au {_day(row['jusqu_au'])}",
            f"{row['valeur'].replace('.', ',')} %",
            row["source"],
        )
        by_name.setdefault(row["taux"], []).append(cells)
    for name, lines in by_name.items():
        parts += [f"\n### {name}\n\n{capitalize_first(NOMS[name])}.\n\n", _table(("Du", "Taux", "Source"), lines)]
    parts.append(_MENTIONS_TAUX_TVA)
    rows = [
        (
            f"{row['taux'].replace('.', ',')} %",
            _list_words([_TERRITOIRES[name] for name in row["territoires"]], "et"),
            row["loi"],
            _day(row["depuis"]),
            _day(row["jusqu_au"]),
            row["source"],
        )
        for row in droit.load_table("taux_tva")
    ]
    parts.append(_table(("Taux", "Où", "Loi", "Depuis", "Jusqu'au", "Source"), rows))
    parts.append("\n## Sources\n\n")
    rows = [
        (
            f"`{row['nom']}`" + (f" ({_VARIANTES[row['variante']]})" if row.get("variante") else ""),
            row["source"],
            _day(row["verifie_le"]),
        )
        for row in droit.load_table("situations")
    ]
    rows += [(f"`{row['nom']}`", row["source"], _day(row["verifie_le"])) for row in droit.load_table("seuils")]
    parts.append(_table(("Situation ou chiffre", "Source", "Vérifiée le"), rows))
    return "".join(parts)


_MENTIONS_CIBS = """
### Du CGI au CIBS

La TVA passe du code général des impôts (CGI) au code des impositions sur les biens et services (CIBS) le 1er janvier
2027. Les références au CGI restent admises sur les factures jusqu'au 30 juin 2028 : jusque-là, ce sont elles qui
s'impriment. Ensuite, une situation dont le texte n'est pas à jour est un avertissement
([L435](diagnostics.md#l435)) : donnez le nouveau texte dans [mentions.yaml](#vos-propres-mots), ou mettez
le programme à jour. Le texte de remplacement de la franchise n'était pas fixé à la date de ces tables.

Seules ces correspondances ont été lues ; aucune autre n'est supposée.

"""

_MENTIONS_PROPRES = """
## Vos propres mots

Un fichier `mentions.yaml` à la racine du projet, facultatif, remplace le texte d'une mention, sans changer ce qui
l'appelle : une mention que la loi demande ne disparaît pas parce qu'elle est dite autrement.

```yaml
nature-service: "Nature de l'opération : prestation de services informatiques."
indemnite-professionnel: "En cas de retard, {indemnite} sont dus pour frais de recouvrement (C. com. art. D. 441-5)."
tva-franchise:
  fr: TVA non applicable, article L. 223-3 du code des impositions sur les biens et services
  en: VAT not applicable, article L. 223-3 of the French CIBS
  loi: CIBS art. L. 223-3
  depuis: 2028-07-01
```

Le texte de la franchise est ici celui qu'impots.gouv.fr annonçait le 21 mai 2026, d'après une source secondaire :
vérifiez-le avant de l'employer.

La clé est le nom d'une mention ci-dessus, ou `tva-` et le nom d'une situation ; `tva-autoliquidation-interne` et
`tva-autoliquidation-ue` en disent une variante, et `tva-autoliquidation` les deux. Après elle :

- un texte, en français ;
- ou un groupe : `fr`, `en` (l'un au moins ; l'autre langue garde notre texte), `loi`, et les dates `depuis` et
  `jusqu_au`, comprises. Sans date, le texte vaut toujours. Sans `loi`, la mention garde la sienne tant qu'elle a
  cours ;
- ou une liste de groupes, un par période.

Un texte a 1000 caractères au plus, et dit tout ce que disait la mention. Ses valeurs entre accolades restent donc
entre accolades, parce qu'elles changent d'un document à l'autre ; seule l'indemnité, que la loi fixe, peut être écrite
en chiffres (`40 €`). Une accolade à imprimer se double. Un nom inconnu ([L436](diagnostics.md#l436)), une valeur
inconnue ([L437](diagnostics.md#l437)) ou perdue ([L438](diagnostics.md#l438)), des dates qui se contredisent
([L439](diagnostics.md#l439)) sont refusés tous à la fois, à leur ligne, et aucun document du projet ne s'imprime
avant. `facture check` juge ce fichier avec les autres.

Les valeurs de chaque mention ; les autres n'en ont pas :

"""

_MENTIONS_RELANCES = """
## Textes cités par les relances

Chacun s'imprime si les faits l'appellent : qualité du client, intérêts réclamés, paiement partiel, niveau.

"""

_MENTIONS_TAUX = """
## Taux d'intérêt

Par semestre, comme `facture rates` les montre. Un semestre absent n'est jamais supposé : `taux.yaml` l'ajoute.
Le taux de la BCE est celui du 1er janvier ou du 1er juillet ; une décision prise entre-temps ne compte qu'au
semestre
suivant (C. com. art. L441-10, II).
"""


# --- regles.md -------------------------------------------------------------------------------------------------------

_CHAPITRES = {
    "Identité des parties": (
        *("L401", "L402", "L403", "L405", "L406", "L407", "L408", "L409", "L411", "L420", "L421", "L493", "L498"),
    ),
    "TVA": (
        *(
            "L404",
            "L413",
            "L422",
            "L427",
            "L428",
            "L431",
            "L433",
            "L435",
            "L472",
            "L473",
            "L474",
            "L475",
            "L476",
            "L477",
        ),
        *("L478", "L479", "L480", "L481", "L499"),
    ),
    "Paiement": ("L410", "L412", "L423", "L424", "L426", "L491", "L492"),
    "Devis, travaux et consommateurs": (
        *("L414", "L445", "L482", "L483", "L484", "L485", "L486", "L487", "L488", "L489", "L490"),
    ),
    "Cadeaux": ("L429",),
    "Acomptes, avoirs et numéros": (*("L415", "L430", "L440", "L448", "L449", "L494", "L495", "L496", "L497"),),
    "Retard de paiement": ("L432", "L434", "L441", "L443", "L446", "L450", "L454", "L456"),
    "Courriers": ("L463", "L465", "L469"),
}
"""Rules by subject, in the order of the page."""
_AUTRES = "Autres règles"

_REGLES_INTRO = """\
# Les règles de droit

Ce que la loi demande à un document, et le constat qui le dit quand il y manque. `facture check` et `facture render`
les appliquent toutes. Cette table (`facture/droit/regles.yaml`) dit aussi depuis quand la version lue vaut, où elle a
été lue, et quand. Un texte sans source est connu de mémoire : il est dit sans numéro d'article, et le constat n'en
montre pas. Aucun juriste ne l'a relue ; rien de ceci n'est un conseil juridique.

Ce que la loi fait imprimer : [mentions et situations de TVA](mentions.md). Tous les constats :
[diagnostics](diagnostics.md).
"""


def build_regles() -> str:
    """Return the page of the rules of law, by subject; a rule whose subject nobody gave comes last."""
    draft = list_draft_codes()
    regles = {regle.code: regle for regle in droit.list_regles()}
    named = {code for codes in _CHAPITRES.values() for code in codes}
    _require_same("rules", named, named & set(regles))
    chapters = {**_CHAPITRES, _AUTRES: tuple(code for code in regles if code not in named)}
    parts = [_HEADER, _REGLES_INTRO]
    for title, codes in chapters.items():
        rows = [
            (
                regles[code].point,
                f"[{code}](diagnostics.md#{code.lower()})",
                CODES[code].titre,
                _say_severity(CODES[code], in_draft=code in draft),
                regles[code].texte,
                _day(regles[code].depuis) + (f", jusqu'au {_day(last)}" if (last := regles[code].jusqu_au) else ""),
                regles[code].source or "de mémoire, non vérifié",
                _day(regles[code].verifie_le),
            )
            for code in codes
        ]
        if rows:
            heads = ("Règle", "Code", "Constat", "Gravité", "Texte", "Depuis", "Source", "Vérifiée le")
            parts += [f"\n## {title}\n\n", _table(heads, rows)]
    return "".join(parts)


def capitalize_first(text: str) -> str:
    """Return a text with a capital; the rest is left as it is."""
    return text[:1].upper() + text[1:]


_VARIANTES = {"interne": "client français", "ue": "client de l'Union européenne"}


def _describe_facts(conditions: dict[str, list[Any]]) -> str:
    phrases = []
    for name, values in conditions.items():
        words = [_FACTS[name]["oui" if value is True else "non" if value is False else str(value)] for value in values]
        phrases.append(_list_words(words))
    return ", ".join(phrases)


# --- Commands shown in pages ------------------------------------------------------------------------------------------

JOUR = dt.date(2026, 11, 22)
"""Today, for the commands of the documentation."""

_VERSIONNE = {
    # The same commits everywhere, and nothing of the person who runs this.
    **{f"GIT_{role}_NAME": "Atelier" for role in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{role}_EMAIL": "atelier@exemple.example" for role in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{role}_DATE": "2026-11-22T12:00:00+01:00" for role in ("AUTHOR", "COMMITTER")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}
_BLOCK = re.compile(r"^```(?P<langage>\w+)\n(?P<texte>.*?)^```$", re.MULTILINE | re.DOTALL)
_STEP = re.compile(rf"{_BLOCK.pattern}|^<!-- (?P<cache>\$ [^\n]+) -->$", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"# ([\w./-]+\.(?:yaml|toml))(, fautif)?\n")
_PROSE = re.compile(r"<!-- ([\w./-]+\.md) -->\n")


@dataclass(frozen=True)
class Bloc:
    """A fenced block of a page.

    Attributes:
        langage: word after the fence: `yaml`, `toml`, `markdown`, `console`, `text`, `sh`.
        fichier: file that the block is, from its first line: `# devis.yaml`, or `<!-- texte.md -->` which is not part
            of it; "" for none.
        fautif: True when the page says that the file is wrong: `# devis.yaml, fautif`.
    """

    langage: str
    texte: str
    fichier: str = ""
    fautif: bool = False


def list_blocks(text: str) -> list[Bloc]:
    """Return the fenced blocks of a page, in order."""
    return [_read_block(found) for found in _BLOCK.finditer(text)]


def _read_block(found: re.Match[str]) -> Bloc:
    langage, texte = found["langage"], found["texte"]
    if langage == "markdown":
        named = _PROSE.match(texte)
        return Bloc(langage, texte[named.end() :] if named else texte, named[1] if named else "")
    named = _NAMED.match(texte) if langage in ("yaml", "toml") else None
    return Bloc(langage, texte, named[1] if named else "", bool(named and named[2]))


def run_commands(text: str, judge: Callable[[Bloc], None] = lambda block: None) -> str:
    """Return a page where each `console` block shows what its commands print now.

    A page is run from top to bottom in an empty folder: a block that names its file is written, then `$ facture …`,
    `$ git …`, `$ cat …`, `$ rm …`, `$ cd …` and `$ echo $?` are run in order. Any other command is left with what the
    page says of it. A comment `<!-- $ facture … -->` is a command that the reader need not see.

    Args:
        judge: is given each block, in order, in the folder as the page has made it.
    """
    if "$ git " in text and shutil.which("git") is None:
        return text
    with tempfile.TemporaryDirectory() as folder, _stopped_clock(folder), contextlib.chdir(folder):
        os.mkdir("papiers")
        os.chdir("papiers")
        shell = _Shell()

        def refresh(found: re.Match[str]) -> str:
            if found["cache"]:
                shell.play(found["cache"])
                return found[0]
            block = _read_block(found)
            if block.fichier:
                target = Path(block.fichier)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(block.texte, encoding="utf-8")
            judge(block)
            if block.langage != "console":
                return found[0]
            return f"```console\n{shell.play(block.texte)}```"

        return _STEP.sub(refresh, text)


@contextlib.contextmanager
def _stopped_clock(folder: str) -> Iterator[None]:
    """Run commands on one day, with one width, and with a cache of libraries that nobody else has."""
    # Each module of commands has it under its own name.
    clocks = [
        module for name, module in sys.modules.items() if name.startswith("facture.c") and hasattr(module, "today_or")
    ]
    environment = dict(os.environ)
    for module in clocks:
        vars(module)["today_or"] = lambda given: given or JOUR
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        del os.environ[name]
    os.environ.update(_VERSIONNE, COLUMNS="100", FACTURE_CACHE=os.path.join(folder, "cache"))
    try:
        yield
    finally:
        for module in clocks:
            vars(module)["today_or"] = today_or
        os.environ.clear()
        os.environ.update(environment)


def _split_command(part: str) -> tuple[str, str]:
    """Return a command, which goes on after a line that ends with a backslash, and what it printed."""
    found = re.match(r"(?:[^\n]*\\\n)*[^\n]*", part)
    command = found[0] if found else part
    return command, part[len(command) + 1 :]


class _Shell:
    """The few commands that a page may run, and the status of the last one."""

    def __init__(self) -> None:
        self.status = 0

    def play(self, transcript: str) -> str:
        shown = []
        for part in re.split(r"^(?=\$ )", transcript, flags=re.MULTILINE):
            command, said = _split_command(part)
            words = shlex.split(command.removeprefix("$ ").replace("\\\n", " "))
            if command.startswith("$ facture "):
                said = self._facture(words[1:])
            elif command.startswith("$ git "):
                said = self._git(words[1:])
            elif command.startswith("$ cat "):
                said = Path(words[1]).read_text(encoding="utf-8")
            elif command.startswith("$ rm "):
                for name in words[1:]:
                    Path(name).unlink()
                said = ""
            elif command.startswith("$ cd "):
                os.chdir(words[1])
                said = ""
            elif command == "$ echo $?":
                said = f"{self.status}\n"
            shown.append(f"{command}\n{said}" if command else part)
        return "".join(shown)

    def _git(self, words: Sequence[str]) -> str:
        done = subprocess.run(
            ["git", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        self.status = done.returncode
        return done.stdout.decode()

    def _facture(self, words: Sequence[str]) -> str:
        arguments: list[str] = []
        for word in words:
            arguments += sorted(glob.glob(word)) if "*" in word else [word]
        # One stream for both, as on a terminal.
        stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
        before = sys.argv
        sys.argv = ["facture", *arguments]
        try:
            with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
                self.status = run(cli.cli, __version__)
        finally:
            sys.argv = before
        said = stream.buffer.getvalue().decode()  # type: ignore[attr-defined]
        if self.status == 70:
            raise SystemExit(f"facture {shlex.join(words)}: a bug of ours\n{said}")
        lines = [line.rstrip() for line in said.splitlines()]
        return "\n".join(lines).rstrip("\n") + "\n" if lines else ""


# --- Command ---------------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages, or say which are stale."""
    parser = argparse.ArgumentParser(description="Write what the documentation repeats of the code.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a page is stale")
    options = parser.parse_args(arguments)
    stale = list_stale()
    for name, text in stale.items():
        if options.check:
            print(f"{name} is stale: run script/build_docs.py", file=sys.stderr)
        else:
            (ROOT / name).write_text(text, encoding="utf-8")
            print(name)
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
