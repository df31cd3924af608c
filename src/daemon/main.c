/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * smtp-restrictionsd: options, the event loop, and the order in which things come up: recover, then
 * take the bus name, then say that we are ready.
 */

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "bus/bus.h"
#include "core/boot.h"
#include "core/manager.h"
#include "core/remove.h"
#include "util/end-signals.h"
#include "util/log.h"

typedef enum Mode {
        MODE_SERVE,
        MODE_BOOT,
        MODE_REMOVE,
        MODE_END, /* all is said */
} Mode;

static void print_help(void) {
        (void) printf("smtp-restrictionsd [--boot | --remove]\n\n"
                      "Lets only the mail server and listed users connect to remote SMTP ports.\n"
                      "Without an option: the D-Bus service, as systemd starts it.\n\n"
                      "  --boot     Load the rules that were in force, and end\n"
                      "  --remove   Take all rules and all edits of Exim's files back, and end\n"
                      "  --help     Show this\n"
                      "  --version  Show the version\n");
}

/* Return: 0 or -EINVAL. */
static int parse_options(int argc, char *argv[], Mode *ret) {
        static const struct option options[] = {
                { "boot", no_argument, NULL, 'b' },
                { "remove", no_argument, NULL, 'r' },
                { "help", no_argument, NULL, 'h' },
                { "version", no_argument, NULL, 'v' },
                {},
        };
        Mode mode = MODE_SERVE;

        for (;;) {
                switch (getopt_long(argc, argv, "h", options, NULL)) {
                case -1:
                        if (optind < argc) {
                                log_error("This program takes no arguments; see --help");
                                return -EINVAL;
                        }
                        *ret = mode;
                        return 0;
                case 'b':
                        mode = MODE_BOOT;
                        break;
                case 'r':
                        mode = MODE_REMOVE;
                        break;
                case 'h':
                        print_help();
                        *ret = MODE_END;
                        return 0;
                case 'v':
                        (void) printf("smtp-restrictions %s\n", PROJECT_VERSION);
                        *ret = MODE_END;
                        return 0;
                default:
                        return -EINVAL;
                }
        }
}

static int serve(void) {
        CLEANUP(sd_event_unrefp) sd_event *event = NULL;
        CLEANUP(manager_freep) Manager *manager = NULL;
        CLEANUP(bus_freep) Bus *bus = NULL;
        int r;

        r = sd_event_default(&event);
        if (r < 0)
                return log_error_errno(r, "Failed to make an event loop: %m");

        r = end_signals_watch(event);
        if (r < 0)
                return log_error_errno(r, "Failed to wait for signals: %m");

        r = manager_new(event, &manager);
        if (r < 0)
                return r;

        r = bus_new(event, manager, &bus);
        if (r < 0)
                return r;

        /* without systemd nobody wants to know */
        (void) sd_notify(false, "READY=1");

        r = sd_event_loop(event);
        (void) sd_notify(false, "STOPPING=1");
        return r;
}

/* The package's script reads the answer: it can reload Exim where there is no systemd. */
static int take_back(void) {
        bool reload_owed = false;
        int r;

        r = remove_run(&reload_owed);
        if (reload_owed)
                (void) puts("reload");

        return r;
}

int main(int argc, char *argv[]) {
        Mode mode;

        log_open();

        if (parse_options(argc, argv, &mode) < 0)
                return EXIT_FAILURE;

        switch (mode) {
        case MODE_BOOT:
                return boot_run() < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        case MODE_REMOVE:
                return take_back() < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        case MODE_SERVE:
                return serve() != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        default:
                return EXIT_SUCCESS;
        }
}
