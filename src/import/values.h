/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Single values of other programs' settings. What cannot be understood becomes a remark. Pure. */

#include "import/import.h"
#include "policy/policy.h"

/* 1, 0, and the words for it. Unset where `value` is NULL, and after a remark. */
Tristate import_read_flag(Import *import, const char *setting, const char *value);

typedef struct NumberBounds {
        uint64_t min;
        uint64_t max;
} NumberBounds;

/* Return: true and a number within bounds; false where nothing is limited (absent, empty, 0,
 * unlimited), and after a remark. */
bool import_read_number(
                Import *import,
                const char *setting,
                const char *value,
                const NumberBounds *bounds,
                uint64_t *ret);

/* PortVerdicts from "25,465,587". */
void import_set_ports(Import *import, const char *setting, const char *value, bool redirect);

/* A list of names from "a,b"; nothing is set where there is none. */
void import_set_names(Import *import, const char *setting, const char *value, const char *key);
