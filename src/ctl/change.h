/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A parsed change on its way to the service: += and -= worked out, then written as a{sv}. */

#include <systemd/sd-bus.h>

#include "ctl/arguments.h"

/* Whether a += or -= needs to know what is set now. */
bool change_needs_policy(const Change *change);

/*
 * Turn each += and -= into what results from `policy` (GetPolicy's answer), several of one key in
 * their order. Adding what is there and removing what is not are no errors. Pure. Return: 0 or
 * -ENOMEM.
 */
WARN_UNUSED int change_resolve(Change *change, const json_t *policy);

/*
 * Append the change as one a{sv}: policy keys, with limits in their dictionary MailLimits
 * (ARGUMENT_POLICY), or limits alone (ARGUMENT_LIMITS). Return: 0 or a negative errno.
 */
WARN_UNUSED int change_append_to(
                const Change *change, ArgumentScope scope, sd_bus_message *message);
