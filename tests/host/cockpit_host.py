# SPDX-License-Identifier: GPL-2.0-or-later
"""A host with Cockpit and our page, and a browser that has logged in there as an administrator. A module's tests share both."""

import shutil
from pathlib import Path

import pytest
from booted import Host
from browser import Browser
from conftest import library


@pytest.fixture(scope="session")
def page_package():
    return Path(library("page_build >/dev/null; page_path"))


@pytest.fixture(scope="session")
def modules():
    return Path(library("modules_path")) / "node_modules"


@pytest.fixture(scope="module")
def cockpit(disk, suite, worker_id, page_package):
    host = Host(f"{worker_id.replace('master', 'm')}page", suite)
    host.down()  # what a killed run left behind
    try:
        host.up(disk)
        shutil.copy(page_package, host.file("/root"))
        host.run("dpkg", "-i", f"/root/{page_package.name}")
        host.run("systemctl", "start", "cockpit.socket")
        yield host
    finally:
        host.down()


@pytest.fixture(scope="module")
def browser(cockpit, modules):
    one = Browser(cockpit, modules)
    try:
        one.open("admin")
        yield one
    finally:
        one.close()
