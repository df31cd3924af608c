/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * smtp-restrictions-shared: the mail meter's way to the server of shared counters. Systemd starts
 * one for each connection of the meter's, which has no network. It knows the password, which the
 * meter does not, and nothing of what is said.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "meter/config.h"
#include "shared/greet.h"
#include "shared/relay.h"
#include "util/fd.h"
#include "util/log.h"
#include "util/text.h"

#define CONFIG   "/etc/smtp-restrictions/meter.json"
#define PASSWORD "shared-counters.password"
#define CA       "shared-counters.ca"

#define PASSWORD_MAX 512
#define BEGIN_SEC    9 /* name servers may be slow: then there is no server */

/* Return: 0; 1 if there is no such credential; a negative errno. */
static int find_credential(const char *name, char **ret) {
        const char *directory = getenv("CREDENTIALS_DIRECTORY");
        CLEANUP(freep) char *path = NULL;

        if (!directory)
                return 1;
        path = string_format("%s/%s", directory, name);
        if (!path)
                return -ENOMEM;
        if (access(path, F_OK) < 0)
                return errno == ENOENT ? 1 : -errno;

        *ret = TAKE(path);
        return 0;
}

/* The first line of it. Return: 0, also without one; a negative errno. */
static int read_password(char **ret) {
        CLEANUP(freep) char *path = NULL;
        size_t size;
        int r;

        *ret = NULL;
        r = find_credential(PASSWORD, &path);
        if (r != 0)
                return MIN_OF(r, 0);

        r = fd_read_file_at(AT_FDCWD, path, PASSWORD_MAX, ret, &size);
        if (r >= 0)
                (*ret)[strcspn(*ret, "\r\n")] = 0;
        return r;
}

static int read_url(const char *path, SharedUrl *ret, Failure *reterr) {
        CLEANUP(meter_config_done) MeterConfig config = {};
        CLEANUP(freep) char *text = NULL;
        size_t size;
        int r;

        r = fd_read_file_at(AT_FDCWD, path, METER_CONFIG_SIZE_MAX, &text, &size);
        if (r < 0)
                return failure_set(
                                reterr, r, FAILURE_METER_UNAVAILABLE, "%s: %s", path, strerror(-r));
        r = meter_config_from_text(text, size, &config, reterr);
        if (r < 0)
                return r;
        if (!config.shared)
                return failure_set(
                                reterr, -ENOENT, FAILURE_METER_UNAVAILABLE, "there is no server");

        return shared_url_from_text(config.shared, ret, reterr);
}

static int begin(const char *config, Link **ret, Failure *reterr) {
        CLEANUP(link_freep) Link *link = NULL;
        CLEANUP(freep) char *password = NULL;
        CLEANUP(freep) char *ca = NULL;
        SharedUrl url;
        int r;

        r = read_url(config, &url, reterr);
        if (r < 0)
                return r;
        r = read_password(&password);
        if (r >= 0)
                r = MIN_OF(find_credential(CA, &ca), 0);
        if (r < 0)
                return failure_set(
                                reterr,
                                r,
                                FAILURE_METER_UNAVAILABLE,
                                "the credentials: %s",
                                strerror(-r));

        r = link_new(&url, ca, &link, reterr);
        if (r >= 0)
                r = greet(link, &url, password, reterr);
        if (password)
                explicit_bzero(password, strlen(password));
        if (r < 0)
                return r;

        *ret = TAKE(link);
        return 0;
}

/* One line to the meter. */
static int tell(const char *mark, const char *text) {
        CLEANUP(freep) char *line = string_format("%s%s\n", mark, text);

        return line ? fd_write_all(STDOUT_FILENO, line, strlen(line)) : -ENOMEM;
}

static int serve(const char *config) {
        CLEANUP(failure_done) Failure failure = {};
        CLEANUP(link_freep) Link *link = NULL;
        int r;

        (void) alarm(BEGIN_SEC);
        r = begin(config, &link, &failure);
        (void) alarm(0);
        if (r < 0) {
                IGNORE_RESULT(tell("-", failure.text ?: strerror(-r))); /* it says it itself */
                return 0;
        }

        r = tell("+", "ready");
        if (r >= 0)
                r = relay(STDIN_FILENO, link);
        return r < 0 ? log_error_errno(r, "Lost the server of shared counters: %m") : 0;
}

int main(int argc, char *argv[]) {
        if (argc > 2) {
                (void) fputs("usage: smtp-restrictions-shared [FILE]\n"
                             "       a connection as its input and output; FILE instead of " CONFIG
                             "\n",
                             stderr);
                return 2;
        }

        log_open();
        return serve(argc == 2 ? argv[1] : CONFIG) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
