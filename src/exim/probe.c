/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "exim/output.h"
#include "exim/probe.h"
#include "util/text.h"

void exim_probes_done(EximProbes *probes) {
        for (size_t i = 0; i < EXIM_PROBES; i++)
                free(probes->items[i].words);
        *probes = (EximProbes){};
}

bool exim_probes_are_broken(const EximProbes *probes) {
        for (size_t i = 0; i < EXIM_PROBES; i++)
                if (probes->items[i].class == EXIM_PROBE_BROKEN)
                        return true;

        return false;
}

static const char *name_of(size_t i) {
        static const char *const clients[] = {
                [EXIM_CLIENT_LOCAL] = "in an SMTP session from this host",
                [EXIM_CLIENT_AUTHENTICATED] = "in an authenticated SMTP session",
                [EXIM_CLIENT_REMOTE] = "in an SMTP session from another host",
        };
        static const char *const deeds[] = {
                [EXIM_DEED_ROUTE_LOCAL] = "when it routes a local address",
                [EXIM_DEED_ROUTE_REMOTE] = "when it routes a remote address",
                [EXIM_DEED_SUBMIT] = "when a program submits a message",
        };
        size_t sessions = _EXIM_CLIENT_MAX * EXIM_STEPS;

        return i < sessions ? clients[i / EXIM_STEPS] : deeds[i - sessions];
}

int exim_probes_compare(
                const EximProbes *before,
                const EximProbes *now,
                const char *staged,
                const char *real,
                char **ret_text) {
        for (size_t i = 0; i < EXIM_PROBES; i++) {
                CLEANUP(freep) char *words = NULL;

                if (now->items[i].class != EXIM_PROBE_BROKEN ||
                    (before->items[i].class != EXIM_PROBE_GOOD &&
                     before->items[i].class != EXIM_PROBE_REFUSED))
                        continue;

                words = exim_error_text(
                                now->items[i].words,
                                &(const EximStaged){ .path = staged, .real = real });
                if (!words)
                        return -ENOMEM;
                *ret_text = string_format("%s: %s", name_of(i), words);
                return *ret_text ? 0 : -ENOMEM;
        }

        return -ENOENT;
}
