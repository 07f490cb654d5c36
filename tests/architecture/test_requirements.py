"""Every Python package has one version, on every machine."""

import re

LINE = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;]+)")


def pins(repository, name: str) -> dict[str, str]:
    found = {}
    for line in (repository / name).read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            match = LINE.match(line)
            assert match, f"{name}: {line!r} is not pinned with =="
            found[re.sub(r"[-_.]+", "-", match["name"]).lower()] = match["version"]
    return found


def test_requirements_are_among_the_constraints_with_the_same_version(repository):
    constraints = pins(repository, "constraints.txt")
    for name in ("requirements.txt", "requirements-dev.txt"):
        own = pins(repository, name)
        assert {package: constraints.get(package) for package in own} == own, (
            f"{name} and constraints.txt differ"
        )


def test_each_requirement_says_what_it_is_for(repository):
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = (repository / name).read_text().splitlines()
        assert [line for line in lines if line.strip() and "#" not in line] == []
