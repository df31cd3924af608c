# SPDX-License-Identifier: GPL-2.0-or-later
"""The page in the Cockpit of Debian 13, whose bridge is another program: what is most likely to differ there."""

import pytest
from cockpit_host import browser, cockpit, modules, page_package  # noqa: F401  fixtures
from conftest import NEWER
from test_cockpit import (  # noqa: F401  fixtures and tests
    enabled, overview, shown, sink, test_attempts_show_live_in_table_and_chart, test_page_shows_state_and_health,
    test_trial_is_confirmed, test_turning_on_says_who_is_cut_and_cuts_them,
)

pytestmark = pytest.mark.xdist_group("cockpit-newer")


@pytest.fixture(scope="session")
def suite():
    return NEWER
