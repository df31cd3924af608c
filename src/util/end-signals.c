/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <signal.h>

#include "util/end-signals.h"

int end_signals_watch(sd_event *event) {
        static const int numbers[] = { SIGTERM, SIGINT };
        sigset_t set;
        int r;

        assert(event);

        (void) sigemptyset(&set);
        for (size_t i = 0; i < ELEMENTS_OF(numbers); i++)
                (void) sigaddset(&set, numbers[i]);
        if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
                return -errno;

        for (size_t i = 0; i < ELEMENTS_OF(numbers); i++) {
                r = sd_event_add_signal(event, NULL, numbers[i], NULL, NULL);
                if (r < 0)
                        return r;
        }

        return 0;
}
