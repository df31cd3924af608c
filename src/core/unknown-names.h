/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Names in the policy and its exceptions that mean nobody on this host, as Problems. Pure. */

#include "policy/facts.h"
#include "policy/problem.h"

/* Problem name-unknown, one for all names of a kind. Return: 0 or -ENOMEM. */
WARN_UNUSED int unknown_names_find(
                const Policy *policy, const HostFacts *facts, Problems *problems);
