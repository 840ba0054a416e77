"""Libraries in git repositories: what is brought into the cache, what is refused, and what needs no network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from facture import depots
from facture.depots import DepotInaccessible, fetch, find_cache, find_cached, resolve_adresse, resolve_ref, show_adresse

GIT = shutil.which("git")
needs_git = pytest.mark.skipif(GIT is None, reason="git n'est pas installé")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of our own, a home without configuration."""
    monkeypatch.setenv("FACTURE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "cache"


@pytest.fixture
def depot(tmp_path: Path) -> Path:
    """A repository with one commit on `main`, which holds `a.yaml`."""
    folder = tmp_path / "amont"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder, {"a.yaml": "id: a\n", "modeles/m.yaml": "titre: M\n", "LISEZMOI.md": "# Notes\n"})
    return folder


def git(folder: Path, *arguments: str) -> str:
    settings = ("-c", "user.name=Essai", "-c", "user.email=essai@exemple.fr", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", *settings, *arguments], cwd=folder, check=True, capture_output=True, text=True, encoding="utf-8"
    )
    return done.stdout.strip()


def commit(folder: Path, files: dict[str, str]) -> str:
    """Write files, record them, and return the commit."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "étape")
    return git(folder, "rev-parse", "HEAD")


def list_files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def refuse(call: Callable[[], object]) -> str:
    with pytest.raises(DepotInaccessible) as caught:
        call()
    assert caught.value.exit_code == 3
    return str(caught.value)


# --- What is brought


@needs_git
def test_a_commit_comes_with_its_yaml_and_nothing_else(depot: Path) -> None:
    """Only the YAML of the commit is kept, as it is in the repository; a notice, a script, a picture are not."""
    commit(depot, {"b.yaml": "id: b\r\n", "installer.sh": "rm -rf /\n", "sous/c.yml": "id: c\n"})
    sha, folder = fetch(str(depot), "")
    assert sha == git(depot, "rev-parse", "HEAD")
    assert list_files(folder) == ["a.yaml", "b.yaml", "modeles/m.yaml"]
    assert (folder / "b.yaml").read_bytes() == b"id: b\r\n"


@needs_git
@pytest.mark.parametrize(
    ("ref", "which"),
    [
        ("", "second"),
        ("main", "second"),
        ("refs/heads/main", "second"),
        ("v1", "first"),
        ("signee", "first"),
        ("equipe/essai", "third"),
        ("<sha>", "first"),
        ("<début>", "first"),
    ],
    ids=lambda value: value or "vide",
)
def test_a_reference_is_a_branch_a_tag_or_a_commit(depot: Path, ref: str, which: str) -> None:
    """Each way of naming a commit gives that commit; an annotated tag, the commit it stands for."""
    shas = {"first": git(depot, "rev-parse", "HEAD")}
    git(depot, "tag", "v1")
    git(depot, "tag", "--annotate", "--message", "version", "signee")
    shas["second"] = commit(depot, {"a.yaml": "id: a\nversion: 2\n"})
    git(depot, "checkout", "--quiet", "-b", "equipe/essai")
    shas["third"] = commit(depot, {"a.yaml": "id: a\nversion: 3\n"})
    git(depot, "checkout", "--quiet", "main")
    ref = ref.replace("<sha>", shas["first"]).replace("<début>", shas["first"][:8])
    assert resolve_ref(str(depot), ref) == shas[which]
    assert fetch(str(depot), ref)[0] == shas[which]


@needs_git
def test_an_upstream_change_is_seen_and_both_texts_stay(depot: Path) -> None:
    """A reference means something new after a push; the commit that was pinned before is still there."""
    first, before = fetch(str(depot), "main")
    second = commit(depot, {"a.yaml": "id: a\nversion: 2\n"})
    assert resolve_ref(str(depot), "main") == second
    assert fetch(str(depot), "main")[0] == second
    assert find_cached(str(depot), first) == before
    assert (before / "a.yaml").read_text() == "id: a\n"


@needs_git
def test_a_commit_that_no_branch_holds_any_more_is_found_by_its_name(depot: Path) -> None:
    """Upstream rewrote its history; the pinned commit still comes while the server has it."""
    orphan = commit(depot, {"a.yaml": "id: a\nversion: 2\n"})
    git(depot, "reset", "--quiet", "--hard", "HEAD~1")
    sha, folder = fetch(str(depot), orphan)
    assert sha == orphan
    assert (folder / "a.yaml").read_text() == "id: a\nversion: 2\n"


@needs_git
def test_what_was_fetched_needs_neither_network_nor_git(depot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once in the cache, a commit is found with no git on the machine and no repository at the address."""
    sha, folder = fetch(str(depot), "main")
    shutil.rmtree(depot)
    monkeypatch.setenv("PATH", "")
    assert find_cached(str(depot), sha) == folder
    assert fetch(str(depot), sha) == (sha, folder)


@needs_git
def test_nothing_is_in_the_cache_before_a_fetch(depot: Path) -> None:
    """An address never fetched, or a commit that is not one, gives nothing; a path in its place leads nowhere."""
    sha = git(depot, "rev-parse", "HEAD")
    assert find_cached(str(depot), sha) is None
    fetch(str(depot), sha)
    assert find_cached(str(depot), sha) is not None
    for wrong in ("", "main", sha[:12], "../depot.git", "f" * 40):
        assert find_cached(str(depot), wrong) is None


@needs_git
def test_two_addresses_do_not_share_their_commits(depot: Path, tmp_path: Path) -> None:
    """A commit fetched from one address is not there for another one."""
    sha, _ = fetch(str(depot), "main")
    assert find_cached(str(tmp_path / "ailleurs"), sha) is None


@needs_git
def test_fetching_at_the_same_time_gives_the_same_whole_folder(depot: Path, cache: Path) -> None:
    """Eight fetches at once: each gives the commit, and nothing half-written is left behind."""
    commit(depot, {f"c{index}.yaml": f"id: c{index}\n" for index in range(200)})
    results: list[object] = []

    def run() -> None:
        try:
            results.append(fetch(str(depot), "main"))
        except DepotInaccessible as error:
            results.append(error)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sha, folder = fetch(str(depot), "main")
    assert results == [(sha, folder)] * 8
    assert len(list_files(folder)) == 202
    (home,) = (cache / "bibliotheques").iterdir()
    assert sorted(entry.name for entry in home.iterdir()) == sorted([sha, "depot.git"])


# --- What a foreign repository cannot do


@needs_git
def test_links_and_modules_of_a_repository_are_left_out(depot: Path, tmp_path: Path) -> None:
    """A symbolic link and a submodule are not files: neither comes."""
    (tmp_path / "secret.yaml").write_text("mot: de passe\n")
    (depot / "lien.yaml").symlink_to(tmp_path / "secret.yaml")
    (depot / "dossier").symlink_to(tmp_path)
    git(depot, "update-index", "--add", "--cacheinfo", f"160000,{git(depot, 'rev-parse', 'HEAD')},module.yaml")
    commit(depot, {"b.yaml": "id: b\n"})
    _, folder = fetch(str(depot), "main")
    assert list_files(folder) == ["a.yaml", "b.yaml", "modeles/m.yaml"]


@needs_git
def test_a_path_that_climbs_out_is_left_out(depot: Path, tmp_path: Path) -> None:
    """A tree may hold a folder named « .. », which git itself would never write: its files are not written."""
    blob = git(depot, "rev-parse", "HEAD:a.yaml")

    def make_tree(text: str) -> str:
        done = subprocess.run(
            ["git", "hash-object", "-t", "tree", "-w", "--literally", "--stdin"],
            cwd=depot, input=text.encode("latin-1"), check=True, capture_output=True,
        )  # fmt: skip
        return done.stdout.decode().strip()

    raw = bytes.fromhex(blob).decode("latin-1")
    inner = make_tree(f"100644 evade.yaml\0{raw}")
    for _ in range(3):
        inner = make_tree(f"40000 ..\0{bytes.fromhex(inner).decode('latin-1')}")
    step = bytes.fromhex(inner).decode("latin-1")
    outer = make_tree(f"40000 ..\0{step}100644 a.yaml\0{raw}")
    bad = git(depot, "commit-tree", outer, "-m", "piège")
    git(depot, "update-ref", "refs/heads/piege", bad)
    sha, folder = fetch(str(depot), "piege")
    assert sha == bad
    assert list_files(folder) == ["a.yaml"]
    assert not list(tmp_path.rglob("evade.yaml"))


@needs_git
def test_a_filter_of_the_repository_starts_no_program(depot: Path, tmp_path: Path) -> None:
    """`.gitattributes` may name a filter that the user has configured; bringing a library must not run it."""
    mark = tmp_path / "lance"
    (tmp_path / ".gitconfig").write_text(f'[filter "piege"]\n\tsmudge = touch {mark} && cat\n\tclean = cat\n')
    commit(depot, {".gitattributes": "*.yaml filter=piege export-ignore\n", "b.yaml": "id: b\n"})
    mark.unlink(missing_ok=True)
    _, folder = fetch(str(depot), "main")
    assert not mark.exists()
    assert list_files(folder) == ["a.yaml", "b.yaml", "modeles/m.yaml"]


@needs_git
def test_hooks_around_us_do_not_lend_their_repository(
    depot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run from a git hook, which sets GIT_DIR, we still read and write our own repositories."""
    other = tmp_path / "autre"
    other.mkdir()
    git(other, "init", "--quiet")
    before = list_files(other)
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git" / "index"))
    _, folder = fetch(str(depot), "main")
    assert list_files(folder) == ["a.yaml", "modeles/m.yaml"]
    assert list_files(other) == before


@needs_git
def test_too_much_is_refused_and_a_long_file_left_out(depot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file longer than a clause may be does not come; too many files refuse the whole repository."""
    commit(depot, {"long.yaml": "x" * (depots.MAX_OCTETS_FICHIER + 1), "b.yaml": "x" * depots.MAX_OCTETS_FICHIER})
    sha, folder = fetch(str(depot), "main")
    assert list_files(folder) == ["a.yaml", "b.yaml", "modeles/m.yaml"]
    shutil.rmtree(folder)
    monkeypatch.setattr(depots, "MAX_FICHIERS", 2)
    assert "plus de 2 fichiers YAML" in refuse(lambda: fetch(str(depot), sha))
    monkeypatch.setattr(depots, "MAX_FICHIERS", 3)
    monkeypatch.setattr(depots, "MAX_OCTETS_TOTAL", 50_000)
    assert "Mo de YAML" in refuse(lambda: fetch(str(depot), sha))
    assert find_cached(str(depot), sha) is None


@pytest.mark.parametrize(
    ("adresse", "said"),
    [
        ("ext::sh -c touch% /tmp/x", "protocole refusé"),
        ("EXT::sh", "protocole refusé"),
        ("fd::3", "protocole refusé"),
        ("ftp://exemple.fr/depot", "protocole refusé"),
        ("javascript://x", "protocole refusé"),
        ("--upload-pack=touch /tmp/x", "n'est pas l'adresse d'un dépôt"),
        ("-x", "n'est pas l'adresse d'un dépôt"),
        ("", "n'est pas l'adresse d'un dépôt"),
        ("https://exemple.fr/a\nb", "n'est pas l'adresse d'un dépôt"),
        ("depot\0", "n'est pas l'adresse d'un dépôt"),
    ],
)
def test_an_address_that_would_start_something_is_refused(
    adresse: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Options, and transports that run a program, are refused before git is started at all."""
    monkeypatch.setattr(depots, "_call_git", lambda *_: pytest.fail("git a été lancé"))
    assert said in refuse(lambda: fetch(adresse, "main"))
    assert said in refuse(lambda: resolve_ref(adresse, "main"))


@pytest.mark.parametrize(
    "ref", ["-x", "--upload-pack=x", "a..b", "main~1", "main^", "a:b", "a b", "a\nb", "@{1}", "a*", "x" * 300]
)
def test_a_reference_that_is_not_a_name_is_refused(ref: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What git would read as an option, a range or a search is refused before git is started."""
    monkeypatch.setattr(depots, "_call_git", lambda *_: pytest.fail("git a été lancé"))
    assert "ne peut pas nommer" in refuse(lambda: fetch("/depot", ref))
    assert "ne peut pas nommer" in refuse(lambda: resolve_ref("/depot", ref))


# --- What fails, in words


@needs_git
def test_an_unknown_reference_names_its_neighbours(depot: Path) -> None:
    """A branch one letter away is proposed; else those that exist are listed."""
    git(depot, "branch", "equipe-2026")
    said = refuse(lambda: fetch(str(depot), "equipe-2062"))
    assert "« equipe-2062 » introuvable ; vouliez-vous « equipe-2026 » ?" in said
    said = refuse(lambda: resolve_ref(str(depot), "zzz"))
    assert "« zzz » introuvable ; ce dépôt a : equipe-2026, main" in said
    said = refuse(lambda: resolve_ref(str(depot), "abcdef1"))
    assert "« abcdef1 » introuvable" in said


@needs_git
def test_a_commit_that_is_not_there_is_said(depot: Path) -> None:
    """A whole commit that upstream does not have, or has thrown away."""
    assert "n'a pas, ou n'a plus, le commit ffffffffffff" in refuse(lambda: fetch(str(depot), "f" * 40))


@needs_git
def test_an_empty_repository_is_said(tmp_path: Path) -> None:
    """A repository without a commit has nothing to propose."""
    folder = tmp_path / "vide"
    folder.mkdir()
    git(folder, "init", "--quiet")
    assert "ce dépôt est vide" in refuse(lambda: fetch(str(folder), ""))


@needs_git
def test_no_repository_at_the_address_is_said_in_french(tmp_path: Path) -> None:
    """What git says comes last, in quotes, after what it means."""
    said = refuse(lambda: fetch(str(tmp_path / "rien"), "main"))
    assert f"{os.sep}rien : aucun dépôt git à cette adresse (git : « fatal: " in said


@needs_git
def test_a_folder_is_named_as_it_is_seen_from_here(depot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A repository beside the project is shown by its short name, not by the path of the whole machine."""
    monkeypatch.chdir(depot.parent)
    assert refuse(lambda: fetch(str(depot), "maim")) == "amont : « maim » introuvable ; vouliez-vous « main » ?"


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("fatal: unable to access 'https://x/': Could not resolve host: x", "ce serveur est introuvable"),
        ("git@x: Permission denied (publickey).\nfatal: Could not read from remote", "le serveur refuse l'accès"),
        ("fatal: could not read Username for 'https://x': terminal prompts disabled", "le serveur refuse l'accès"),
        ("fatal: unable to access 'https://x/': The requested URL returned error: 403", "le serveur refuse l'accès"),
        ("ssh: connect to host x port 22: Connection refused", "le serveur ne répond pas"),
        ("fatal: repository 'https://x/' not found", "aucun dépôt git à cette adresse"),
        ("fatal: transport 'ext' not allowed", "ce protocole n'est pas admis"),
        ("fatal: detected dubious ownership in repository at '/x'", "ce dossier appartient à un autre utilisateur"),
        ("quelque chose d'autre", "git a échoué (git : « quelque chose d'autre »)"),
        ("", "git a échoué"),
    ],
)
def test_each_failure_of_git_has_its_french_reason(
    message: str, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The usual ways to fail, as git says them, each with its reason."""
    monkeypatch.setattr(depots, "_call_git", lambda *_: (128, b"", message))
    assert refuse(lambda: resolve_ref("https://x", "main")).startswith(f"https://x : {said}")


def test_a_password_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address may hold a password: neither our words nor git's repeat it."""
    adresse = "https://moi:s3cret@exemple.fr/clauses.git"
    assert show_adresse(adresse) == "https://…@exemple.fr/clauses.git"
    monkeypatch.setattr(depots, "_call_git", lambda *_: (128, b"", f"fatal: unable to access '{adresse}/': non"))
    assert "s3cret" not in refuse(lambda: resolve_ref(adresse, ""))


def test_without_git_the_message_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No git on the machine: it is named, and what it is for."""
    monkeypatch.setenv("PATH", "")
    assert "le programme git n'est pas installé" in refuse(lambda: fetch(str(tmp_path), "main"))
    assert "le programme git n'est pas installé" in refuse(lambda: resolve_ref(str(tmp_path), "main"))


@pytest.mark.skipif(sys.platform == "win32", reason="les faux programmes d'essai sont des scripts POSIX")
def test_a_git_that_never_answers_is_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """After the delay, git and what it started are stopped, and the message says how long it was given."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "git"
    program.write_text(f'#!/bin/sh\nsleep 600 &\necho $! > "{tmp_path}/enfant"\nwait\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(depots, "DELAI_SECONDES", 1)
    assert "git ne répond pas depuis 1 secondes" in refuse(lambda: resolve_ref("https://x", ""))
    child = int((tmp_path / "enfant").read_text())
    for _ in range(500):
        if not is_running(child):
            break
        time.sleep(0.01)
    assert not is_running(child)


def is_running(process: int) -> bool:
    """Say whether a process lives; one that has ended and that nobody has collected yet does not."""
    try:
        os.kill(process, 0)
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        return sys.platform != "linux"


@pytest.mark.skipif(sys.platform == "win32", reason="les faux programmes d'essai sont des scripts POSIX")
def test_git_runs_without_question_nor_shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What git receives: the few protocols, no prompt, no hook, English words for us to read, one word an argument."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "git"
    program.write_text(f'#!/bin/sh\nenv > "{tmp_path}/env"\nprintf "%s\\n" "$@" > "{tmp_path}/mots"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    monkeypatch.setenv("GIT_DIR", "/ailleurs")
    adresse = "https://exemple.fr/a b;touch x"
    refuse(lambda: resolve_ref(adresse, "main"))
    environment = dict(line.split("=", 1) for line in (tmp_path / "env").read_text().splitlines() if "=" in line)
    words = (tmp_path / "mots").read_text().splitlines()
    assert environment["GIT_ALLOW_PROTOCOL"] == "file:git:http:https:ssh"
    assert (environment["GIT_TERMINAL_PROMPT"], environment["GIT_ASKPASS"], environment["LC_ALL"]) == ("0", "", "C")
    assert "GIT_DIR" not in environment
    assert words[words.index("protocol.ext.allow=never") - 1] == "-c"
    assert "core.hooksPath=/dev/null" in words
    assert words[-3:] == ["--quiet", "--", adresse]


# --- Addresses and the cache


@pytest.mark.parametrize(
    ("adresse", "whole"),
    [
        ("https://exemple.fr/clauses.git", "https://exemple.fr/clauses.git"),
        ("git@exemple.fr:equipe/clauses.git", "git@exemple.fr:equipe/clauses.git"),
        ("file:///srv/clauses.git", "file:///srv/clauses.git"),
        ("/srv/clauses.git", "/srv/clauses.git"),
        ("../clauses", "/projets/clauses"),
        ("./clauses/../autre", "/projets/ici/autre"),
        ("-x", "-x"),
        ("ext::sh", "ext::sh"),
        ("", ""),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="chemins POSIX")
def test_a_relative_address_starts_from_the_project(adresse: str, whole: str) -> None:
    """A folder named from the project means the same from anywhere; the rest is left as it is."""
    assert resolve_adresse(adresse, Path("/projets/ici")) == whole


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"FACTURE_CACHE": "/a/b", "XDG_CACHE_HOME": "/c"}, "/a/b"),
        ({"XDG_CACHE_HOME": "/c"}, "/c/facture"),
        ({"XDG_CACHE_HOME": "relatif"}, "<home>/.cache/facture"),
        ({}, "<home>/.cache/facture"),
    ],
    ids=["choisi", "bureau", "bureau relatif", "rien"],
)
@pytest.mark.skipif(sys.platform == "win32", reason="chemins POSIX")
def test_the_cache_is_where_the_user_wants_it(
    variables: dict[str, str], expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`FACTURE_CACHE`, else the desktop's cache, else `~/.cache/facture`."""
    for name in ("FACTURE_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert str(find_cache()) == expected.replace("<home>", str(tmp_path))


@needs_git
def test_a_cache_that_cannot_be_written_is_said(depot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file stands where the cache should be: the message names it."""
    (tmp_path / "plein").write_text("")
    monkeypatch.setenv("FACTURE_CACHE", str(tmp_path / "plein"))
    said = refuse(lambda: fetch(str(depot), "main"))
    assert said.startswith(f"{tmp_path / 'plein'}") and "écriture impossible" in said
