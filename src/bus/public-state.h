/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What everybody may know: one table of names and types from which properties, the public half of
 * Status and PropertiesChanged are made, so that they cannot differ.
 */

#include <systemd/sd-bus.h>

#include "core/manager.h"

#define PUBLIC_STATE_FIELDS_MAX 16

typedef struct PublicState {
        const char *version;         /* static */
        const char *const *features; /* static */
        bool enabled;
        bool enforcing;
        bool active;
        bool observe;
        PortVerdicts port_verdicts; /* in effect */
        const char *health;         /* static */
        bool busy;
        uint64_t generation;
        uint64_t try_deadline; /* 0: none */
        uint32_t problem_count;
} PublicState;

/* From what is in force and what the kernel says now. */
void public_state_read(const Manager *manager, const LiveState *live, PublicState *ret);

/* The value of one property, without a variant round it. */
WARN_UNUSED int public_state_append(
                const PublicState *state, const char *property, sd_bus_message *m);

/* All as entries of an a{sv} that is open. */
WARN_UNUSED int public_state_append_all(const PublicState *state, sd_bus_message *m);

/* The names of what differs, static strings, ended by NULL. Return: how many. */
size_t public_state_compare(
                const PublicState *before,
                const PublicState *now,
                const char *ret_names[PUBLIC_STATE_FIELDS_MAX]);
