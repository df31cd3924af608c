/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Do containers or virtual machines of this host connect to whom they like, because nobody has said
 * what Forwarded is to be? Pure.
 */

#include "policy/policy.h"
#include "policy/problem.h"
#include "util/link-list.h"

/* Problem forwarded-unrestricted, if there are any; it names their interfaces. Return: 0 or
 * -ENOMEM. */
WARN_UNUSED int forwarding_find_problem(
                const Policy *policy, const LinkList *links, Problems *problems);
