/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Values of answers: appended to a message that is being written. Pure but for the message. All
 * return 0 or more, or a negative errno.
 */

#include <systemd/sd-bus.h>

#include "policy/policy-change.h"
#include "policy/problem.h"

/* Values. */
/* a{qs} */
WARN_UNUSED int codec_append_port_verdicts(sd_bus_message *m, const PortVerdicts *verdicts);
/* as, ended by NULL */
WARN_UNUSED int codec_append_strings(sd_bus_message *m, const char *const *strings);
/* aa{sv} */
WARN_UNUSED int codec_append_problems(sd_bus_message *m, const Problems *problems);

/* Entries of an a{sv} that is open. */
WARN_UNUSED int codec_append_port_verdicts_entry(
                sd_bus_message *m, const char *key, const PortVerdicts *verdicts);
WARN_UNUSED int codec_append_problems_entry(
                sd_bus_message *m, const char *key, const Problems *problems);
WARN_UNUSED int codec_append_list_entry(sd_bus_message *m, const char *key, const StringList *list);
WARN_UNUSED int codec_append_limits_entry(
                sd_bus_message *m, const char *key, const MailLimits *limits);
/* a{sv}: the keys that change with their values, as SetPolicy takes them; a list that is too long
 * for that as its length, KEYCount u; ResetMailLimits as. */
WARN_UNUSED int codec_append_change_entry(
                sd_bus_message *m, const char *key, const PolicyChange *change);
