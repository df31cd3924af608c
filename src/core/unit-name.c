/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <string.h>

#include "core/unit-name.h"

/* As their packages call them. */
static const char *const mtas[] = {
        "exim",    "exim4",    "postfix",     "sendmail",       "opensmtpd",
        "smtpd",   "courier",  "courier-mta", "courier-esmtpd", "nullmailer",
        "mailman", "mailman3", "qmail",       "qmail-send",
};

bool unit_name_is_of_service(const char *unit) {
        const char *suffix = strrchr(unit, '.');

        return suffix && (strcmp(suffix, ".service") == 0 || strcmp(suffix, ".socket") == 0);
}

bool unit_name_is_of_mta(const char *unit) {
        size_t size = strcspn(unit, "@.");

        if (!unit_name_is_of_service(unit))
                return false;
        for (size_t i = 0; i < ELEMENTS_OF(mtas); i++)
                if (strlen(mtas[i]) == size && memcmp(mtas[i], unit, size) == 0)
                        return true;

        return false;
}
