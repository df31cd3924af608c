/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* D-Bus messages without a bus: sd-bus writes and reads them for a connection that nobody answers.
 */

#include <glib.h>
#include <sys/socket.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "util/macro.h"

/* A method call that can be appended to; it keeps its connection alive. */
static inline sd_bus_message *message_new(void) {
        CLEANUP(sd_bus_unrefp) sd_bus *bus = NULL;
        sd_bus_message *message = NULL;
        int fds[2];

        g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
        g_assert_cmpint(sd_bus_new(&bus), >=, 0);
        g_assert_cmpint(sd_bus_set_fd(bus, fds[0], fds[0]), >=, 0);
        g_assert_cmpint(sd_bus_start(bus), >=, 0);
        g_assert_cmpint(sd_bus_message_new_method_call(
                                        bus, &message, "org.example.Peer", "/", NULL, "Test"),
                        >=,
                        0);
        (void) close(fds[1]);
        return message;
}

/* Finished, and to be read from its beginning. */
static inline void message_seal(sd_bus_message *message) {
        g_assert_cmpint(sd_bus_message_seal(message, 1, 0), >=, 0);
        g_assert_cmpint(sd_bus_message_rewind(message, true), >=, 0);
}
