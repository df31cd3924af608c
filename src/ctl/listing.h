/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What is listed page by page. */

#include "ctl/call.h"

typedef struct Listing {
        ExitCode (*begin)(Caller *caller, const char *method, sd_bus_message **ret);
        const char *method; /* takes a filter of Subject and After, both s */
        const char *key;    /* by which an entry is named in After */
} Listing;

/* One page; `subject` and `after` may be NULL. Errors are reported. */
ExitCode listing_read_page(
                Caller *caller,
                const Listing *listing,
                const char *subject,
                const char *after,
                json_t **ret);

/* All pages in one array, which is the caller's. */
ExitCode listing_read(Caller *caller, const Listing *listing, const char *subject, json_t **ret);
