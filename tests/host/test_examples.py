# SPDX-License-Identifier: GPL-2.0-or-later
"""Every configuration that Debian's Exim packages bring: the editor gives it back to the byte.

The packages themselves, as apt has them now, are read, not what an earlier version of them had. No host is booted: the
program is that of the editor's fuzz target, which takes any text for a configuration (tests/fuzz/fuzz-exim-edit.c).
"""

import gzip
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
PROGRAM = "tests/fuzz/corpus-exim-edit"
ALL_LIMITS = b"\xff"  # the target's first byte says which limits are set
PACKAGES = ["exim4-config", "exim4-base", "exim4-daemon-light"]


def run(*command, cwd):
    done = subprocess.run([*map(str, command)], cwd=cwd, text=True, capture_output=True, timeout=300)
    assert done.returncode == 0, f"{command}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout


@pytest.fixture
def program(tmp_path):
    """tools/test has built it; a run of this file alone builds it."""
    for build in "sanitize", "gcc":
        if (TOP / "out" / build / "complete").exists():
            return TOP / "out" / build / PROGRAM
    run("meson", "setup", tmp_path / "build", cwd=TOP)
    run("ninja", "-C", tmp_path / "build", PROGRAM, cwd=TOP)
    return tmp_path / "build" / PROGRAM


@pytest.fixture
def examples(tmp_path):
    """A folder with all of them, and their names."""
    run("apt-get", "-q", "download", *PACKAGES, cwd=tmp_path)
    for package in tmp_path.glob("*.deb"):
        run("dpkg-deb", "-x", package, tmp_path / "root", cwd=tmp_path)
    (tmp_path / "examples").mkdir()
    names = []
    for place in "etc/exim4/**/*", "usr/share/doc/exim4*/examples/**/*":
        for path in (tmp_path / "root").glob(place):
            if not path.is_file() or path.is_symlink():
                continue
            data = path.read_bytes()
            names.append(str(path.relative_to(tmp_path / "root")).removesuffix(".gz"))
            (tmp_path / "examples" / names[-1].replace("/", "-")).write_bytes(
                ALL_LIMITS + (gzip.decompress(data) if path.suffix == ".gz" else data))
    return tmp_path / "examples", names


def test_each_configuration_of_debians_packages_comes_back_to_the_byte(program, examples):
    folder, names = examples
    assert "etc/exim4/exim4.conf.template" in names and "usr/share/doc/exim4-base/examples/example.conf" in names
    assert len([name for name in names if name.startswith("etc/exim4/conf.d/")]) > 20
    assert len(run(program, folder, cwd=TOP).splitlines()) == len(names)
