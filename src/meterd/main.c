/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * smtp-restrictions-meterd: counts the mail that leaves this host, and tells Exim what to do with a
 * message that is over a limit. Systemd starts it with its socket. It parses what strangers write,
 * and has no right that anybody could want.
 */

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <systemd/sd-daemon.h>

#include "meterd/ident.h"
#include "meterd/meter.h"
#include "meterd/shared.h"
#include "util/end-signals.h"
#include "util/fd.h"
#include "util/log.h"
#include "util/parse.h"

#define WAIT_MSEC_MAX 60000

#define CONFIG "/etc/smtp-restrictions/meter.json"

static const char help[] = "smtp-restrictions-meterd [OPTION...]\n"
                           "\n"
                           "Counts mail for Exim. smtp-restrictions-meter.socket starts it.\n"
                           "\n"
                           "  -c, --config=FILE  instead of " CONFIG "\n"
                           "  -i, --ident=FILE   instead of " IDENT_SOCKET "\n"
                           "  -s, --shared=FILE  instead of " SHARED_SOCKET "\n"
                           "      --wait=MSEC    for an answer of that server, instead of 1000\n"
                           "      --host=WORD    by which the server of shared counters knows us\n"
                           "  -h, --help         show this\n"
                           "      --version      show the version\n";

/* Return: 0 to go on, 1 if that was all, -EINVAL. */
static int parse_options(int argc, char *argv[], MeterOptions *options) {
        enum { OPTION_VERSION = 256, OPTION_HOST, OPTION_WAIT };
        static const struct option long_options[] = {
                { "config", required_argument, NULL, 'c' },
                { "ident", required_argument, NULL, 'i' },
                { "shared", required_argument, NULL, 's' },
                { "host", required_argument, NULL, OPTION_HOST },
                { "wait", required_argument, NULL, OPTION_WAIT },
                { "help", no_argument, NULL, 'h' },
                { "version", no_argument, NULL, OPTION_VERSION },
                {},
        };
        int option;

        while ((option = getopt_long(argc, argv, "c:i:s:h", long_options, NULL)) >= 0)
                switch (option) {
                case 'c':
                        options->config = optarg;
                        break;
                case 'i':
                        options->ident = optarg;
                        break;
                case 's':
                        options->shared = optarg;
                        break;
                case OPTION_HOST:
                        options->host = optarg;
                        break;
                case OPTION_WAIT:
                        if (parse_u64(optarg, WAIT_MSEC_MAX, &options->wait_usec) < 0)
                                return -EINVAL;
                        options->wait_usec *= USEC_PER_MSEC;
                        break;
                case 'h':
                        (void) fputs(help, stdout);
                        return 1;
                case OPTION_VERSION:
                        (void) puts("smtp-restrictions-meterd " PROJECT_VERSION);
                        return 1;
                default:
                        return -EINVAL;
                }

        return optind == argc ? 0 : -EINVAL;
}

static int serve(MeterOptions *options) {
        CLEANUP(sd_event_unrefp) sd_event *event = NULL;
        CLEANUP(meter_freep) Meter *meter = NULL;
        int r;

        options->state_dir = getenv("STATE_DIRECTORY");
        options->runtime_dir = getenv("RUNTIME_DIRECTORY");
        options->listen_fd = fd_take_listening();
        if (options->listen_fd < 0)
                return log_error_errno(
                                options->listen_fd,
                                "smtp-restrictions-meter.socket has to start this: %m");
        if (!options->state_dir || !options->runtime_dir)
                return log_error_errno(
                                -EINVAL, "STATE_DIRECTORY and RUNTIME_DIRECTORY have to be set");

        r = sd_event_default(&event);
        if (r < 0)
                return log_error_errno(r, "Failed to make an event loop: %m");
        r = end_signals_watch(event);
        if (r < 0)
                return log_error_errno(r, "Failed to wait for signals: %m");

        r = meter_new(event, options, &meter);
        if (r < 0)
                return r;

        (void) sd_notify(false, "READY=1"); /* without systemd nobody wants to know */
        r = sd_event_loop(event);
        (void) sd_notify(false, "STOPPING=1");
        if (r < 0)
                return log_error_errno(r, "Failed to wait for questions: %m");
        return r == EXIT_SUCCESS ? 0 : -ECANCELED;
}

int main(int argc, char *argv[]) {
        MeterOptions options = { .config = CONFIG,
                                 .ident = IDENT_SOCKET,
                                 .shared = SHARED_SOCKET,
                                 .wait_usec = USEC_PER_SEC };
        int r;

        r = parse_options(argc, argv, &options);
        if (r != 0) {
                if (r < 0)
                        (void) fputs(help, stderr);
                return r < 0 ? 2 : EXIT_SUCCESS;
        }

        log_open();
        return serve(&options) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
