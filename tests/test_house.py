"""What holds for the repository as a whole: its files, its lock files, its image and its wheel."""

import ast
import re
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from zipfile import ZipFile

import pytest
from hatchling.builders.wheel import WheelBuilder
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = ("requirements.txt", "tests/requirements.txt")
SMALL_EXTRAS = {"postgresql", "s3", "amqp", "nats", "redis"}  # the others bring much more

# In pieces, so that this file does not find itself.
REGISTRY = "|".join(("py" + r"pi\.", "python" + "hosted", "npm" + r"js\.", "deb" + r"ian\.org"))
MACHINE = r"(?<![\w.*}/])/(?:root|work|home/\w+|opt/(?!claimbot\b)\w+)" + "/"


def committed(folder: Path = ROOT) -> Iterator[Path]:
    """Yield the files that belong to the repository: those that .gitignore does not name."""
    ignored = (ROOT / ".gitignore").read_text().split()
    for path in sorted(folder.iterdir()):
        inside = f"/{path.relative_to(ROOT)}"
        names = (inside, path.name)
        if path.name != ".git" and not any(
            fnmatch(name, pattern.rstrip("/")) for name in names for pattern in ignored
        ):
            yield from committed(path) if path.is_dir() else (path,)


def modules(*folders: str) -> list[Path]:
    """Return our Python files in these folders."""
    return [path for name in folders for path in committed(ROOT / name) if path.suffix == ".py"]


def entries(lock: str) -> dict[str, str]:
    """Return what a lock file says about each package, its header under the empty name."""
    texts = re.split(r"^(?=\w)", (ROOT / lock).read_text(), flags=re.MULTILINE)
    return {
        canonicalize_name(text.partition("==")[0]) if at else "": text
        for at, text in enumerate(texts)
    }


def versions(lock: str) -> dict[str, str]:
    """Return the version at which a lock file pins each package."""
    return {
        name: text.split()[0].partition("==")[2] for name, text in entries(lock).items() if name
    }


def asked_for(lock: str) -> list[Requirement]:
    """Return what pyproject.toml asks for and this lock file answers."""
    project, groups = PYPROJECT["project"], PYPROJECT["dependency-groups"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *groups["build"], *PYPROJECT["build-system"]["requires"]]
    if lock == "requirements.txt":
        wanted += (line for extra in SMALL_EXTRAS for line in extras[extra])
    else:
        wanted += (line for lines in (*extras.values(), groups["dev"]) for line in lines)
    return [Requirement(line) for line in wanted]


def test_a_module_is_read_in_one_sitting() -> None:
    """No Python file is over 400 lines."""
    long = {
        str(path.relative_to(ROOT)): lines
        for path in modules("claimbot", "tests", "fixtures")
        if (lines := len(path.read_text().splitlines())) > 400
    }

    assert long == {}


def test_every_module_says_what_it_is() -> None:
    """The first line of a module is a sentence about it."""
    mute = [
        str(path.relative_to(ROOT))
        for path in modules("claimbot", "tests")
        if path.read_text()
        and not re.match(
            r"\S.*[.:?]$", ast.get_docstring(ast.parse(path.read_text())) or "", re.MULTILINE
        )
    ]

    assert mute == []


def test_no_file_knows_where_it_was_made() -> None:
    """No package index and no folder of somebody's machine is named anywhere."""
    found = []
    for path in committed():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:  # a photo
            continue
        found += [
            f"{path.relative_to(ROOT)}: {match[0]}"
            for match in re.finditer(f"{REGISTRY}|{MACHINE}", text)
        ]

    assert found == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_pins_every_package_by_version_and_hash(lock: str) -> None:
    """What is installed is what was locked, whichever index it comes from."""
    header, *pins = (
        re.sub(r"^ *#.*\n", "", text, flags=re.MULTILINE) for text in entries(lock).values()
    )

    assert header.split("\n") == ["--only-binary :all:", "", ""]
    for pin in pins:
        assert re.fullmatch(r"\S+==\S+( ; [^\\]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+\n", pin)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_answers_pyproject(lock: str) -> None:
    """Dependencies and lock files change together: else run `make requirements`."""
    wanted = asked_for(lock)
    direct = {name for name, text in entries(lock).items() if "pyproject.toml" in text}

    assert direct == {canonicalize_name(requirement.name) for requirement in wanted}
    assert all(
        requirement.specifier.contains(versions(lock)[canonicalize_name(requirement.name)])
        for requirement in wanted
    )


def test_the_lock_files_agree() -> None:
    """The tests run with the very versions that the image runs with."""
    runs, tests = (versions(lock).items() for lock in LOCKS)

    assert runs & tests == {(name, version) for name, version in runs if name in dict(tests)}


def test_the_image_is_built_on_one_exact_release() -> None:
    """Both stages name the same patch release of Python on the same release of Debian."""
    bases = re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)

    assert len(bases) == 2
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-[a-z]+", bases[0])


def test_the_image_runs_as_nobody_in_particular() -> None:
    """The user is a number, so that an orchestrator can see that it is not root."""
    users = re.findall(r"^USER (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)

    assert [int(user.split(":")[0]) > 1000 for user in users] == [True]


def test_the_image_serves_every_database_and_photo_store() -> None:
    """An operator of the image never meets `pip install claimbot[...]` for want of a place."""
    installed = re.findall(r'"claimbot\[([\w,]+)\]"', (ROOT / "Dockerfile").read_text())

    assert [set(extras.split(",")) for extras in installed] == [SMALL_EXTRAS]


def test_the_image_sees_only_what_it_copies() -> None:
    """What the Dockerfile copies is let through by .dockerignore, and nothing else is."""
    copied = re.findall(
        r"^COPY (?!--from)(.*) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE
    )
    let_through = re.findall(r"^!(.*)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)

    assert sorted(" ".join(copied).split()) == sorted(let_through)


def test_the_wheel_holds_the_package_and_the_fixtures(tmp_path: Path) -> None:
    """An installed `claimbot demo` finds its conversations; tests stay at home."""
    [wheel] = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])

    packed = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}

    ours = {str(path.relative_to(ROOT)) for path in committed(ROOT / "claimbot")}
    samples = {f"claimbot/{path.relative_to(ROOT)}" for path in committed(ROOT / "fixtures")}
    assert packed == ours | samples
