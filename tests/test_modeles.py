"""The words of letters: ours, a project's own over them key by key, and every fault at its line before any letter."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facture.errors import Diagnostic, RefusError
from facture.lettres import MODELES
from facture.modeles import (
    CLES,
    LANGUES,
    MAX_OCTETS,
    RELANCES,
    Emplacement,
    LettreEcrite,
    Modele,
    list_emplacements,
    list_noms,
    list_printed,
    load_modele,
    read_modele,
    write,
)
from facture.projet import Projet, find_projet
from facture.prose import Bloc, to_plain
from facture.sandbox import Valeur

NOMS = (*MODELES, *RELANCES)
VALEURS = {"cause": Valeur("x", "l'orage"), "nouvelle_date": Valeur("x", "18 décembre 2026"), "geste": Valeur("", "")}
"""What the small texts of these tests read of a `report-delai`."""


@pytest.fixture
def projet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Projet:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "facture.toml").write_text("", encoding="utf-8")
    (tmp_path / "modeles").mkdir()
    return find_projet(tmp_path)


def own(projet: Projet, text: str, nom: str = "report-delai") -> None:
    """Write a text of the project."""
    (projet.racine / "modeles" / f"{nom}.yaml").write_text(text, encoding="utf-8")


def compose(texte: str, **values: Valeur) -> LettreEcrite:
    """Write a letter whose French text is given."""
    return write(parse(texte), {**VALEURS, **values})


def parse(texte: str) -> Modele:
    """Read a file of texts that holds this one."""
    lines = "\n".join(f"    {line}" if line else "" for line in texte.split("\n"))
    data = f"fr:\n  objet: Objet\n  appel: Bonjour,\n  texte: |\n{lines}\n  politesse: Cordialement,\n"
    texts, found = read_modele(data.encode(), "m.yaml", "report-delai")
    assert not found, [one.to_text() for one in found]
    return Modele("report-delai", "fr", Path("m.yaml"), texts["fr"])


def plain(parts: tuple[Bloc | Emplacement, ...]) -> list[str]:
    """Return each paragraph, and each place as `[nom]`."""
    return [f"[{part.nom}]" if isinstance(part, Emplacement) else to_plain([part]) for part in parts]


def refused(projet: Projet, nom: str = "report-delai") -> tuple[Diagnostic, ...]:
    with pytest.raises(RefusError) as caught:
        load_modele(nom, "fr", projet)
    return tuple(caught.value.diagnostics)


# --- What we ship ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("langue", LANGUES)
@pytest.mark.parametrize("nom", NOMS)
def test_shipped_texts(nom: str, langue: str, tmp_path: Path) -> None:
    """Every letter has its texts in both languages, and they read only values that it gives."""
    modele = load_modele(nom, langue, Projet(racine=tmp_path))
    assert set(modele.textes) >= set(CLES) - {"suite"}
    assert modele.noms <= list_noms(nom)
    assert modele.emplacements <= list_emplacements(nom)


@pytest.mark.parametrize("nom", MODELES)
def test_shipped_texts_say_what_is_required(nom: str, tmp_path: Path) -> None:
    """What a letter must hold, its text prints, in both languages."""
    for langue in LANGUES:
        modele = load_modele(nom, langue, Projet(racine=tmp_path))
        read = {name.partition(".")[0] for name in modele.noms} | modele.emplacements
        for exigence in MODELES[nom].REQUIS:
            assert {exigence.cle, *exigence.ou} <= read


@pytest.mark.parametrize(
    ("texte", "geste", "printed"),
    [
        ("{{ cause }}", "", {"cause"}),
        ("{{ cause|majuscule }}", "", {"cause"}),
        ("{% if geste %}{{ cause }}{% endif %}", "", {"geste"}),
        ("{% if geste %}{{ cause }}{% endif %}", "x", {"cause"}),
        ("{% if geste %}\n[promesses]\n{% endif %}\n{{ cause }}", "x", {"cause", "promesses"}),
    ],
)
def test_what_is_printed(texte: str, geste: str, printed: set[str]) -> None:
    """A name in a branch that is not taken is not printed; one that is only compared is what it is for."""
    values = {"cause": Valeur("l'orage", "l'orage"), "geste": Valeur(geste, geste)}
    assert list_printed(parse(texte), values) == printed


@pytest.mark.parametrize(("langue", "read"), [("fr-CH", "fr"), ("fr-BE", "fr"), ("fr", "fr"), ("en", "en")])
def test_language(langue: str, read: str, tmp_path: Path) -> None:
    """French of any country reads the French text."""
    assert load_modele("reprise", langue, Projet(racine=tmp_path)).langue == read


# --- A project's own -------------------------------------------------------------------------------------------------


def test_one_key_replaces_one_key(projet: Projet) -> None:
    """A project that only wants its own politesse keeps the rest of ours, and the other language."""
    ours = load_modele("report-delai", "fr", Projet(racine=projet.racine / "none"))
    own(projet, "fr:\n  politesse: Amicalement,\n")
    modele = load_modele("report-delai", "fr", projet)
    assert modele.textes["politesse"].gabarit.source == "Amicalement,"
    assert modele.textes["texte"] == ours.textes["texte"]
    assert modele.fichier == projet.racine / "modeles" / "report-delai.yaml"
    assert load_modele("report-delai", "en", projet).textes["politesse"].gabarit.source == "Kind regards,"


def test_suite_of_ours_stays(projet: Projet) -> None:
    """A key that the project's file lacks comes from ours, whichever it is."""
    own(projet, "fr:\n  texte: Un mot.\n", "relance-1")
    modele = load_modele("relance-1", "fr", projet)
    assert modele.textes["texte"].gabarit.source == "Un mot."
    assert modele.textes["objet"] == load_modele("relance-1", "fr", Projet(racine=projet.racine / "x")).textes["objet"]


def test_comments_alone_are_refused(projet: Projet) -> None:
    """A file where all is commented out says that it is empty, rather than seeming to replace our texts."""
    own(projet, "# fr:\n#   objet: x\n")
    assert {found.code[0] for found in refused(projet)} == {"Y"}


FAUTES = [
    ("fr:\n  objt: Retard\n", "F245", 2, 3, "objet"),
    ("de:\n  objet: Verzug\n", "F245", 1, 1, "clé inconnue"),
    ("fr: Bonjour\n", "F245", 1, 5, "groupe de clés"),
    ("fr:\n  objet: [a, b]\n", "F245", 2, 10, "un texte"),
    ("fr:\n  objet:\n", "F245", 2, 9, "texte vide"),
    ("fr:\n  texte: |\n    Bonjour.\n\n    La {{ caus }} du retard.\n", "F246", 5, 5, "« cause »"),
    ("fr:\n  texte: |\n    {{ promesse.pourquoi }}\n", "F246", 3, 5, "promesse.pourquoi"),
    ("fr:\n  texte: |\n    {{ tarifs }}\n", "F246", 3, 5, "tarifs"),
    ("fr:\n  texte: |\n    Voici.\n\n    [tarifs]\n", "F247", 5, 5, "[tarifs]"),
    ("fr:\n  texte: |\n    Voici [promesses] en ligne.\n", "F247", 3, 5, "au milieu"),
    ("fr:\n  objet: '[promesses]'\n", "F247", 2, 11, "pas sa place"),
    ("fr:\n  texte: |\n    Bonjour.\n\n    # Titre\n", "F248", 5, 5, "titre"),
    ("fr:\n  texte: |\n    Un <b>mot</b>.\n", "F248", 3, 5, "HTML"),
    ("fr:\n  texte: |\n    [ici](http://exemple.fr)\n", "F248", 3, 5, "lien"),
    ("fr:\n  texte: |\n    Bonjour.\n    Voir [[acompte]].\n", "F248", 4, 5, "clause"),
    ("fr:\n  appel: |\n    Bonjour,\n\n    Madame,\n", "F248", 3, 5, "un paragraphe"),
    ("fr:\n  texte: |\n    Un.\n    {% for a in b %}x{% endfor %}\n", "F249", 4, 5, "boucle"),
    ("fr:\n  texte: |\n    {% if cause %}\n    Sans fin.\n", "F249", 3, 5, "endif"),
    ("fr:\n  texte: |\n    {{ cause.__class__ }}\n", "F249", 3, 5, ""),
    ("fr:\n  texte: |\n    {{ 9 * 9 }}\n", "F249", 3, 5, ""),
]


@pytest.mark.parametrize(
    ("text", "code", "line", "column", "said"), FAUTES, ids=[f"{code}-{i}" for i, (_, code, *_) in enumerate(FAUTES)]
)
def test_faults_are_located(projet: Projet, text: str, code: str, line: int, column: int, said: str) -> None:
    """Each fault of a text is one finding at its line, in the project's file."""
    own(projet, text)
    (found,) = refused(projet)
    assert (found.code, found.position.line, found.position.column) == (code, line, column), found.to_text()
    assert found.position.file.endswith("modeles/report-delai.yaml")
    assert said in found.message


def test_every_fault_at_once(projet: Projet) -> None:
    """All the faults of a file are said in one go."""
    own(projet, "fr:\n  objt: x\n  appel: '{{ qui }}'\n  texte: |\n    # Titre\nit:\n  objet: x\n")
    assert sorted(found.code for found in refused(projet)) == ["F245", "F245", "F246", "F248"]


def test_too_large(projet: Projet) -> None:
    """A text of a hundred thousand characters is no letter."""
    own(projet, "# " + "x" * MAX_OCTETS)
    assert [found.code for found in refused(projet)] == ["F245"]


def test_outside_the_project(projet: Projet, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A link out of the project is not followed."""
    outside = tmp_path_factory.mktemp("ailleurs") / "secret.yaml"
    outside.write_text("fr:\n  objet: secret\n", encoding="utf-8")
    (projet.racine / "modeles" / "report-delai.yaml").symlink_to(outside)
    (found,) = refused(projet)
    assert found.code == "F245"
    assert "secret" not in found.message


def test_not_utf8(projet: Projet) -> None:
    """A file saved in an old encoding is named, never guessed."""
    (projet.racine / "modeles" / "report-delai.yaml").write_bytes("fr:\n  objet: Décalé\n".encode("latin-1"))
    assert [found.code for found in refused(projet)] == ["Y101"]


# --- Writing ---------------------------------------------------------------------------------------------------------


def test_values_and_marks() -> None:
    """Values take their place, bold is kept, and the page has the signs of French print."""
    (bloc,) = compose("À cause de **{{ cause }}** : le {{ nouvelle_date }}.").corps
    assert isinstance(bloc, Bloc)
    assert to_plain([bloc]) == "À cause de l’orage\u00a0: le 18 décembre 2026."
    assert [(run.texte, run.style) for run in bloc.morceaux][1] == ("l’orage", "fort")


@pytest.mark.parametrize(
    ("texte", "expected"),
    [
        ("Un.\n\n{% if geste %}\nDeux.\n\n{% endif %}\nTrois.", ["Un.", "Trois."]),
        ("Un.\n\n{% if geste %}Deux.{% endif %}\n\nTrois.", ["Un.", "Trois."]),
        ("Un.\n\n[promesses]\n\nDeux.", ["Un.", "[promesses]", "Deux."]),
        ("Un :\n[promesses]\nDeux.", ["Un\u00a0:", "[promesses]", "Deux."]),
        ("[promesses]  \n  [promesses]", ["[promesses]", "[promesses]"]),
        ("{% if geste %}\n[promesses]\n{% endif %}\nUn.", ["Un."]),
        ("{% if cause %}\n[promesses]\n{% endif %}\nUn.", ["[promesses]", "Un."]),
        ("Un \\[promesses\\].", ["Un [promesses]."]),
        ("- un\n- deux\n\nFin.", ["- un", "- deux", "Fin."]),
    ],
)
def test_paragraphs_and_places(texte: str, expected: list[str]) -> None:
    """A condition that removes a paragraph leaves no trace of it; a place stands where its line stood."""
    assert plain(compose(texte).corps) == expected


HOSTILES = [
    "**gras** et *italique*",
    "# Titre",
    "<b>html</b> <script>alert(1)</script>",
    "{{ cause }} {% if x %} {# rien #}",
    "[promesses]",
    "[lien](http://exemple.fr) ![image](x.png)",
    "`code` ~~barré~~ [[acompte]]",
    "1. une\n2. deux\n\n[promesses]\n\n> citation",
    "\\* & &amp; &nbsp; | --- |",
    "« déjà » : 12 % ; « fin » ?",
]


@pytest.mark.parametrize("value", HOSTILES)
def test_hostile_values_print_as_typed(value: str) -> None:
    """No value adds a paragraph, a place, a mark or a tag: it prints as it was typed, spaces of a line apart."""
    (bloc,) = compose("Avant {{ cause }} après.", cause=Valeur(value, value)).corps
    printed = to_plain([bloc]) if isinstance(bloc, Bloc) else ""
    assert strip(printed) == strip(f"Avant {value} après.")


def strip(text: str) -> str:
    """Return a text without its spaces, nor the marks that print changes on purpose."""
    return "".join(text.split()).replace("’", "'").replace("…", "...")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Co", "Cn", "Cf", "Zl", "Zp"]), max_size=60))
def test_any_value_is_one_run(value: str) -> None:
    """Whatever is typed, a value stays one paragraph and loses no letter."""
    parts = compose("« {{ cause }} »", cause=Valeur(value, value)).corps
    assert len(parts) == 1
    letters = [character for character in value if character.isalnum()]
    printed = [character for character in "".join(plain(parts)) if character.isalnum()]
    assert printed == letters


@pytest.mark.parametrize(
    ("value", "printed"),
    [("Vraiment ?", "Vraiment\u202f?"), ("Non !", "Non\u202f!"), ("À suivre…", "À suivre…"), ("v2.0", "v2.0.")],
)
def test_one_sign_ends_a_sentence(value: str, printed: str) -> None:
    """The full stop of a text does not follow a value's own mark."""
    assert plain(compose("{{ cause }}.", cause=Valeur(value, value)).corps) == [printed]


def test_missing_value_is_a_finding() -> None:
    """A value that nobody gave stops the letter at the line that reads it."""
    with pytest.raises(RefusError) as caught:
        compose("Un.\n\nDeux {{ devis }}.")
    (found,) = caught.value.diagnostics
    assert (found.code, found.position.line) == ("F246", 7)
    assert "devis" in found.message


def test_comparison_that_cannot_be_is_a_finding() -> None:
    """A date compared with a word is named at its line, not a crash."""
    with pytest.raises(RefusError) as caught:
        compose("{% if cause > 3 %}x{% endif %}")
    (found,) = caught.value.diagnostics
    assert (found.code, found.position.line) == ("F249", 5)


def test_objet_is_a_title(projet: Projet) -> None:
    """An objet starts with a capital and ends without a full stop, whatever value it begins with."""
    own(projet, "fr:\n  objet: '{{ cause }}.'\n  appel: A\n  texte: T\n  suite: S\n  politesse: P\n")
    ecrite = write(load_modele("report-delai", "fr", projet), VALEURS)
    assert ecrite.objet == "L’orage"
    assert (ecrite.appel, plain(ecrite.corps), plain(ecrite.suite), ecrite.politesse) == ("A", ["T"], ["S"], "P")


def test_english_keeps_its_signs(projet: Projet) -> None:
    """French signs are for French texts."""
    own(projet, 'en:\n  objet: O\n  appel: A\n  texte: "It\'s late : {{ cause }}"\n  suite: S\n  politesse: P\n')
    assert plain(write(load_modele("report-delai", "en", projet), VALEURS).corps) == ["It's late : l'orage"]
