/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Other programs of this host that restrict outgoing SMTP too. Reads their files and the running
 * ruleset, and runs nothing. */

#include "policy/problem.h"

/* Adds a Problem for each. A file that is not there or cannot be read says nothing. Return: 0 or
 * -ENOMEM. */
WARN_UNUSED int conflicts_find(Problems *problems);
