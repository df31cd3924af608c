/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Any bytes as what the kernel tells of an attempt: no crash, and what is taken names a set. */

#include <libmnl/libmnl.h>
#include <stdio.h>

#include "firewall/attempt-event.h"

#define SIZE_MAX_HERE 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): the claims must hold in a build without assertions too. */
static void require(bool claim, const char *words) {
        if (claim)
                return;

        (void) fprintf(stderr, "not so: %s\n", words);
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        CLEANUP(freep) struct nlmsghdr *message = malloc(NLMSG_HDRLEN + size);
        AttemptEvent event;

        require(message, "there is memory");
        if (size > SIZE_MAX_HERE)
                return 0;

        /* what has come over the socket is whole; the rest is anything */
        *message = (struct nlmsghdr){
                .nlmsg_len = (uint32_t) (NLMSG_HDRLEN + size),
                .nlmsg_type = 4 << 8,
        };
        if (size > 0)
                (void) memcpy((char *) message + NLMSG_HDRLEN, data, size);
        if (attempt_event_decode(message, &event))
                require(attempt_set_verdict(event.set), "it has a verdict");
        return 0;
}
