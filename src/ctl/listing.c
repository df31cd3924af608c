/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "ctl/listing.h"
#include "ctl/report.h"
#include "ctl/show.h"
#include "util/text.h"

ExitCode listing_read_page(
                Caller *caller,
                const Listing *listing,
                const char *subject,
                const char *after,
                json_t **ret) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        ExitCode code;
        int r;

        code = listing->begin(caller, listing->method, &call);
        if (code != EXIT_CODE_OK)
                return code;
        r = sd_bus_message_open_container(call, SD_BUS_TYPE_ARRAY, "{sv}");
        if (r >= 0 && subject)
                r = sd_bus_message_append(call, "{sv}", "Subject", "s", subject);
        if (r >= 0 && after)
                r = sd_bus_message_append(call, "{sv}", "After", "s", after);
        if (r >= 0)
                r = sd_bus_message_close_container(call);
        if (r < 0)
                return report_errno(r, "cannot write the call");

        return call_finish(caller, call, ret);
}

ExitCode listing_read(Caller *caller, const Listing *listing, const char *subject, json_t **ret) {
        CLEANUP(json_decrefp) json_t *all = json_array();
        CLEANUP(freep) char *after = NULL;

        if (!all)
                return report_errno(-ENOMEM, "cannot write the call");

        for (;;) {
                CLEANUP(json_decrefp) json_t *page = NULL;
                const char *last;
                ExitCode code;

                code = listing_read_page(caller, listing, subject, after, &page);
                if (code != EXIT_CODE_OK)
                        return code;

                /* an empty page is the end, and one that does not go on would never end */
                last = show_string(json_array_get(page, json_array_size(page) - 1), listing->key);
                if (!last || string_equal(last, after))
                        break;
                free(after);
                after = strdup(last);
                if (!after || json_array_extend(all, page) < 0)
                        return report_errno(-ENOMEM, "cannot read the answer");
        }

        *ret = TAKE(all);
        return EXIT_CODE_OK;
}
