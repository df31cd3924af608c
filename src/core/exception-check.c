/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "core/exception-check.h"
#include "core/verdicts.h"

/* An exception from what is not restricted would be waiting for a change that nobody has in mind:
 * more likely the port is wrong. */
static int check_ports(
                const Exception *exception, const PortVerdicts *restricted, Failure *reterr) {
        for (size_t i = 0; i < exception->port_count; i++) {
                bool found = false;

                for (size_t k = 0; k < restricted->count; k++)
                        found = found || restricted->entries[k].port == exception->ports[i];
                if (!found)
                        return failure_set(
                                        reterr,
                                        -EINVAL,
                                        FAILURE_INVALID_VALUE,
                                        "%s: %u is not restricted, so that there is nothing to "
                                        "make "
                                        "an exception from",
                                        SMTP_RESTRICTIONS_EXCEPTION_PORTS,
                                        exception->ports[i]);
        }

        return 0;
}

static int check_redirect(
                const Exception *exception, const PortVerdicts *restricted, Failure *reterr) {
        CLEANUP(socket_list_done) SocketList listening = {};
        size_t count = exception->port_count > 0 ? exception->port_count : restricted->count;
        int r;

        if (exception->verdict != EXCEPTION_REDIRECT)
                return 0;

        r = socket_list_read_listening(&listening);
        if (r < 0)
                return r;

        for (size_t i = 0; i < count; i++) {
                uint16_t port = exception->port_count > 0 ? exception->ports[i]
                                                          : restricted->entries[i].port;

                if (!verdicts_has_listener(&listening, port))
                        return failure_set(
                                        reterr,
                                        -EADDRNOTAVAIL,
                                        FAILURE_REDIRECT_NEEDS_MTA,
                                        "%s: nothing listens on port %u of this host to redirect "
                                        "to",
                                        SMTP_RESTRICTIONS_EXCEPTION_VERDICT,
                                        port);
        }

        return 0;
}

int exception_check(const Exception *exception, const PortVerdicts *restricted, Failure *reterr) {
        int r;

        r = check_ports(exception, restricted, reterr);
        if (r < 0)
                return r;

        return check_redirect(exception, restricted, reterr);
}
