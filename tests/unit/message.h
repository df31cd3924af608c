/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* D-Bus messages without a bus: sd-bus writes and reads them for a connection that nobody answers.
 */

#include <glib.h>
#include <stdio.h>
#include <string.h>
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

/* Finish it, and write it as one line in busctl's notation: what a client would see. */
static inline char *message_dump(sd_bus_message *message) {
        CLEANUP(freep) char *text = NULL;
        size_t size = 0;
        FILE *stream = open_memstream(&text, &size);

        message_seal(message);
        g_assert_cmpint(sd_bus_message_dump(message, stream, SD_BUS_MESSAGE_DUMP_SUBTREE_ONLY),
                        >=,
                        0);
        (void) fclose(stream);

        return TAKE(text);
}

static inline void message_assert_holds(const char *text, const char *words) {
        if (!strstr(text, words))
                g_error("'%s' is not in: %s", words, text);
}
