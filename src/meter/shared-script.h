/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* shared-script.lua, which the build makes a string of. */

extern const char shared_script[];
