/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Lets a user connect to submission ports for an hour, with libsystemd:
 *
 *     cc -o exception exception-sd-bus.c \
 *             $(pkg-config --cflags --libs smtp-restrictions libsystemd)
 *     ./exception alice "ticket 1234"
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include <smtp-restrictions/smtp-restrictions.h>

/* polkit may have to ask somebody for a password */
#define TIMEOUT_USEC ((SMTP_RESTRICTIONS_AUTHORIZATION_SEC + 20) * UINT64_C(1000000))

static int add_exception(sd_bus *bus, const char *user, const char *reason, sd_bus_error *error) {
        sd_bus_message *call = NULL, *reply = NULL;
        char subject[SMTP_RESTRICTIONS_NAME_SIZE_MAX + sizeof("user:")];
        const char *id;
        int r;

        snprintf(subject, sizeof(subject), "user:%s", user);

        r = sd_bus_message_new_method_call(
                        bus,
                        &call,
                        SMTP_RESTRICTIONS_BUS_NAME,
                        SMTP_RESTRICTIONS_PATH,
                        SMTP_RESTRICTIONS_INTERFACE,
                        "AddException");
        if (r >= 0)
                r = sd_bus_message_set_allow_interactive_authorization(call, 1);
        if (r >= 0)
                r = sd_bus_message_append(
                                call,
                                "a{sv}",
                                4,
                                SMTP_RESTRICTIONS_EXCEPTION_SUBJECT,
                                "s",
                                subject,
                                SMTP_RESTRICTIONS_EXCEPTION_PORTS,
                                "aq",
                                2,
                                465,
                                587,
                                SMTP_RESTRICTIONS_EXCEPTION_EXPIRES_IN,
                                "u",
                                UINT32_C(3600),
                                SMTP_RESTRICTIONS_EXCEPTION_REASON,
                                "s",
                                reason);
        if (r >= 0)
                r = sd_bus_call(bus, call, TIMEOUT_USEC, error, &reply);
        if (r >= 0)
                r = sd_bus_message_read(reply, "s", &id);
        if (r >= 0)
                printf("%s\n", id);

        sd_bus_message_unref(reply);
        sd_bus_message_unref(call);
        return r;
}

int main(int argc, char *argv[]) {
        sd_bus_error error = SD_BUS_ERROR_NULL;
        sd_bus *bus = NULL;
        int r;

        if (argc != 3) {
                fprintf(stderr, "Usage: %s USER REASON\n", argv[0]);
                return 2;
        }

        r = sd_bus_open_system(&bus);
        if (r >= 0)
                r = add_exception(bus, argv[1], argv[2], &error);
        /* the name is the cause: compare it with SMTP_RESTRICTIONS_ERROR_... */
        if (r < 0)
                fprintf(stderr,
                        "%s: %s\n",
                        error.name ? error.name : "failed",
                        error.message ? error.message : strerror(-r));

        sd_bus_error_free(&error);
        sd_bus_flush_close_unref(bus);
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
