#!/usr/bin/env python3
"""Write what the documentation repeats of the code: keys, diagnostics, mentions, and what commands print.

    python script/build_docs.py            writes what is stale
    python script/build_docs.py --check    writes nothing; exit 1 and their names when some pages are stale

Three pages are wholly generated: docs/reference.md, docs/diagnostics.md and docs/mentions.md. In the other
pages of docs/ and in both READMEs, the commands of `console` blocks are run again and their output replaced.

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
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import WithJsonSchema

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    # Run from a checkout without installing.
    sys.path.insert(0, str(ROOT))

from facture import __version__, cli, documents, droit, projet, rules  # noqa: E402
from facture.codes import CODES, Code, Famille  # noqa: E402
from facture.console import run  # noqa: E402
from facture.documents import FICHES, TYPES, Document, Modele  # noqa: E402
from facture.typo import format_date  # noqa: E402

_HEADER = "<!-- Page produite par script/build_docs.py : ne la modifiez pas à la main. -->\n\n"
_EMPTY = "-"


def build_pages() -> dict[str, str]:
    """Return every page that can go stale, by its path from the root."""
    pages = {
        "docs/reference.md": build_reference(),
        "docs/diagnostics.md": build_diagnostics(),
        "docs/mentions.md": build_mentions(),
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
    (documents.Mot, "texte"),
    (documents.Phrase, "texte"),
    (documents.Phrases, "texte, ou liste de textes"),
    (documents.Identifiant, "texte ; espaces et points sont retirés"),
    (documents.Numero, "texte : lettres, chiffres et `+ - _ /`, 35 au plus"),
    (documents.Jour, "date"),
    (documents.Prix, "nombre, 6 décimales au plus"),
    (documents.Quantite, "nombre, 4 décimales au plus"),
    (documents.Montant, "montant"),
    (documents.MontantSigne, "montant"),
    (documents.Cours, "nombre, 8 décimales au plus"),
    (documents.Taux, "taux en %"),
    (documents.Entier, "nombre entier"),
    (documents.Marque, "`oui`, `non`, ou un texte"),
    (documents.Booleen, "`oui` ou `non`"),
    (documents.Devise, "code de trois lettres"),
    (documents.Pays, "code de deux lettres"),
    (documents.Tva, "taux en %, ou [situation](mentions.md#situations-de-tva)"),
    (documents.Validite, "délai ou date"),
    (documents.Echeance, "délai ou date"),
    (documents.Penalites, "`bce+N`, `legal`, `legal x N` ou `N %`"),
)
"""What each type of the grammar is called; one that is not here has to be an enumeration, a list or a group."""

_FIELDS: dict[tuple[str, str], str] = {
    ("Document", "type"): "`devis`, `facture` ou `avoir`",
    ("Document", "emetteur"): "nom, chemin, ou groupe [emetteur](#emetteur)",
    ("Document", "client"): "nom, chemin, ou groupe [client](#client)",
    ("Document", "clauses"): "liste (admise, pas encore imprimée)",
    ("Document", "conditions"): "texte (admis, pas encore imprimé)",
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
    ("Emetteur", "assurance"): "texte, ou groupe [assurance](#assurance)",
    ("Emetteur", "mediateur"): "texte, ou groupe [mediateur](#mediateur)",
}
"""Where the type of a key alone would say too little."""

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
}
"""Groups of keys: the heading of each, and what it is."""

_CONFIGURATION: dict[str, tuple[str, str]] = {
    "emetteur": ("aucun", "Émetteur des documents qui n'en nomment pas : un nom de `emetteurs/`, ou un chemin."),
    "sortie": ("`sortie`", "Dossier des PDF, depuis le projet."),
    "theme": ("`sobre`", "Thème : un dossier de `themes/`, ou celui de facture. Voir [les thèmes](themes.md)."),
    "couleurs": ("", 'Table `[couleurs]` : `principale` et `secondaire`, en six chiffres ("#1d4e5f").'),
    "bibliotheques": ("aucune", "Dossiers, hors du projet, qu'un document peut lire."),
    "series": ("", "Réservé : séries de numéros, pour une version à venir."),
    "relances": ("", "Réservé, pour une version à venir."),
    "approbations": ("", "Réservé, pour une version à venir."),
}

_TERM = re.compile(r"\s*\((B[TG]-\d+(?:(?:, | et )B[TG]-\d+)*)\)")


def build_reference() -> str:
    """Return the page of every YAML key."""
    if set(_CONFIGURATION) != set(projet._KEYS):
        raise SystemExit(f"facture.toml: {sorted(set(_CONFIGURATION) ^ set(projet._KEYS))} in one list only")
    parts = [_HEADER, "# Référence des clés\n\n", _REFERENCE_INTRO]
    common = set(Document.model_fields)
    parts += ["\n## Tous les documents\n\n", "Clés d'un devis, d'une facture et d'un avoir.\n\n", _fields(Document)]
    words = {
        "devis": "En plus des clés communes. Un devis peut dire ce qu'il demande et ce qu'il promet.",
        "facture": "En plus des clés communes.",
        "avoir": "En plus des clés communes. Les montants d'un avoir sont positifs.",
    }
    for kind, model in TYPES.items():
        parts += [f"\n## {kind}\n\n", words[kind], "\n\n", _fields(model, without=common)]
    fiches = {"emetteur": "Celui qui vend", "client": "Celui qui achète"}
    for kind, model in FICHES.items():
        parts += [f"\n## {kind}\n\n", _FICHE.format(fiches[kind], kind), _fields(model)]
    parts.append("\n## Groupes de clés\n")
    for model in _nested_models():
        if model.__name__ not in _GROUPES:
            raise SystemExit(f"the group {model.__name__} has no French words in script/build_docs.py")
        title, words_of_group = _GROUPES[model.__name__]
        parts += [f"\n### {title}\n\n", words_of_group, "\n\n", _fields(model)]
    parts.append(_REFERENCE_CATALOGUE)
    parts.append(_table(("Clé", "Défaut", "Ce que c'est"), [(f"`{key}`", *row) for key, row in _CONFIGURATION.items()]))
    return "".join(parts)


_REFERENCE_INTRO = """\
Toutes les clés qu'un fichier YAML peut contenir. Les mêmes sont dans le schéma JSON que `facture schema devis`
imprime et que `facture init` pose à côté de vos fichiers : un éditeur qui le lit complète et vérifie à mesure.

Une clé inconnue est refusée ([F203](diagnostics.md#f203)). Presque toutes sont facultatives pour la grammaire ; ce
qui doit être là dépend du document. Toujours : `type`, `lignes`, et pour chaque ligne une désignation, un prix et un
taux de TVA ou une situation. Pour un document numéroté : en plus, ce que demandent [les règles
L](diagnostics.md#l--la-loi-et-les-mentions).

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

_REFERENCE_CATALOGUE = """
## catalogue

Un fichier `catalogue/*.yaml` du projet contient des articles : un nom, puis toute clé d'une [ligne](#ligne). Une
ligne de document écrit `article: NOM` ; ce qu'elle dit elle-même l'emporte.

## facture.toml

Le fichier qui marque un projet, en TOML. Une clé inconnue est refusée ([F291](diagnostics.md#f291)).

"""


def _fields(model: type[Modele], without: Iterable[str] = ()) -> str:
    hints = get_type_hints(model, include_extras=True)
    skipped = set(without)
    rows = []
    for name, field in model.model_fields.items():
        if name in skipped:
            continue
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
                _describe_default(field.get_default(call_default_factory=True), required=field.is_required()),
                _TERM.sub("", description),
                ", ".join(terms),
            )
        )
    return _table(("Clé", "Type", "Défaut", "Ce que c'est", "EN 16931"), rows)


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
    if isinstance(value, Decimal | str):
        return f"`{value}`"
    raise SystemExit(f"the default {value!r} has no French words in script/build_docs.py")


def _nested_models() -> list[type[Modele]]:
    """Return every group of keys, in the order of `_GROUPES`, which is that of a document."""
    found: dict[str, type[Modele]] = {}
    queue: list[type[Modele]] = [*TYPES.values(), *FICHES.values()]
    while queue:
        model = queue.pop(0)
        for annotation in get_type_hints(model, include_extras=True).values():
            for inner in _models_in(annotation):
                if inner not in FICHES.values() and inner.__name__ not in found:
                    found[inner.__name__] = inner
                    queue.append(inner)
    order = list(_GROUPES)
    unknown = [name for name in order if name not in found]
    if unknown:
        raise SystemExit(f"script/build_docs.py describes groups that no document has: {unknown}")
    return sorted(found.values(), key=lambda model: order.index(model.__name__) if model.__name__ in order else 99)


def _models_in(annotation: Any) -> Iterator[type[Modele]]:
    if isinstance(annotation, type) and issubclass(annotation, Modele):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def _slug(title: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


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


def list_draft_codes() -> list[str]:
    """Return the codes of completeness: errors once the document is numbered, warnings before.

    Why read in the source: which rule is one of completeness is said where it speaks, by the function it calls, and a
    second list would go stale.
    """
    source = Path(rules.__file__).read_text(encoding="utf-8")
    found = sorted(set(re.findall(r"\.incomplete\(\s*\"([A-Z]\d{3})\"", source)))
    if not found:
        raise SystemExit("no rule of completeness found in facture/rules.py")
    return found


def _describe_code(entry: Code, *, in_draft: bool) -> str:
    severity = f"{entry.severity}, avertissement sur un brouillon" if in_draft else str(entry.severity)
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
quand elle a été vérifiée. Une mention s'imprime si la date du document est dans ses dates. Rien de ceci n'est un
conseil juridique.

Les références au code général des impôts (CGI) restent admises sur les factures jusqu'au 30 juin 2028, bien que la
TVA passe au code des impositions sur les biens et services le 1er janvier 2027.

## Situations de TVA

Une ligne sans TVA française nomme sa situation : `tva: franchise`. Le texte est imprimé sur la page. « Catégorie » et
« VATEX » sont les codes de la norme EN 16931 (BT-118, BT-121) pour la facture électronique, que cette version n'écrit
pas encore.

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

_BLOCK = re.compile(r"^```(?P<langage>\w+)\n(?P<texte>.*?)^```$", re.MULTILINE | re.DOTALL)
_STEP = re.compile(rf"{_BLOCK.pattern}|^<!-- (?P<cache>\$ [^\n]+) -->$", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"# ([\w./-]+\.(?:yaml|toml))(, fautif)?\n")


@dataclass(frozen=True)
class Bloc:
    """A fenced block of a page.

    Attributes:
        langage: word after the fence: `yaml`, `toml`, `console`, `text`, `sh`.
        fichier: file that the block is, from its first line `# devis.yaml`; "" for none.
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
    named = _NAMED.match(found["texte"]) if found["langage"] in ("yaml", "toml") else None
    return Bloc(found["langage"], found["texte"], named[1] if named else "", bool(named and named[2]))


def run_commands(text: str) -> str:
    """Return a page where each `console` block shows what its commands print now.

    A page is run from top to bottom in an empty folder: a block that names its file is written, then `$ facture …`,
    `$ cd …` and `$ echo $?` are run in order. Any other command is left with what the page says of it. A comment
    `<!-- $ facture … -->` is a command that the reader need not see.
    """
    if "```console\n" not in text:
        return text
    with tempfile.TemporaryDirectory() as folder, _stopped_clock(), contextlib.chdir(folder):
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
            if block.langage != "console":
                return found[0]
            return f"```console\n{shell.play(block.texte)}```"

        return _STEP.sub(refresh, text)


@contextlib.contextmanager
def _stopped_clock() -> Iterator[None]:
    before, columns = cli.today_or, os.environ.get("COLUMNS")
    cli.today_or = lambda given: given or JOUR
    os.environ["COLUMNS"] = "100"
    try:
        yield
    finally:
        cli.today_or = before
        if columns is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = columns


class _Shell:
    """The few commands that a page may run, and the status of the last one."""

    def __init__(self) -> None:
        self.status = 0

    def play(self, transcript: str) -> str:
        shown = []
        for part in re.split(r"^(?=\$ )", transcript, flags=re.MULTILINE):
            command, _, said = part.partition("\n")
            words = shlex.split(command.removeprefix("$ "))
            if command.startswith("$ facture "):
                said = self._facture(words[1:])
            elif command.startswith("$ cd "):
                os.chdir(words[1])
                said = ""
            elif command == "$ echo $?":
                said = f"{self.status}\n"
            shown.append(f"{command}\n{said}" if command else part)
        return "".join(shown)

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
