/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * smtp-restrictions-notify-run: sends the mails of smtp-restrictions-notify and runs hooks for it.
 * Apart from that, as it cannot be in a sandbox: sendmail is a set-user-id program, and what an
 * administrator's own program needs nobody knows. Systemd starts it with its socket; it ends when
 * nothing has come for some seconds. Each order has an end in time, whatever it runs.
 */

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "notify/hooks.h"
#include "notify/order.h"
#include "notify/settings.h"
#include "util/fd.h"
#include "util/json.h"
#include "util/log.h"
#include "util/process.h"
#include "util/text.h"

#define SENDMAIL "/usr/sbin/sendmail"

#define MAIL_USEC  (60 * USEC_PER_SEC)
#define HOOK_USEC  (10 * USEC_PER_SEC)
#define OUTPUT_MAX ((size_t) 65536)

#define QUIET_MSEC  10000
#define ORDER_MSEC  5000 /* it was written before we are asked to read */
#define ERRORS_SIZE 300

/* Return: 0 if it ended well, else a negative errno; then that was logged. */
static int run(const char *const argv[], const ProcessOptions *options) {
        CLEANUP(process_result_done) ProcessResult result = {};
        CLEANUP(freep) char *errors = NULL;
        int r;

        r = process_run(argv, options, &result);
        if (r < 0)
                return log_warning_errno(r, "Failed to run %s: %m", argv[0]);
        if (r > 0) {
                log_warning("%s was stopped: %s",
                            argv[0],
                            r == PROCESS_E_TIMEOUT  ? "it had no end in time"
                            : r == PROCESS_E_SIGNAL ? "a signal"
                                                    : "it said too much");
                return -ECANCELED;
        }
        if (result.status == 0)
                return 0;

        errors = string_quote(result.errors, result.errors_size, ERRORS_SIZE);
        log_warning("%s ended with status %i: %s", argv[0], result.status, errors ?: "");
        return -EPROTO;
}

/* Without a sender, so that nothing comes back to where nobody reads. */
static int send_mail(const Settings *settings, const char *mail) {
        const char *const argv[] = { SENDMAIL, "-i", "-f", "<>", "--", settings->to, NULL };

        if (!*settings->to)
                return -EINVAL; /* it has changed since */

        return run(argv,
                   &(ProcessOptions){
                                   .timeout_usec = MAIL_USEC,
                                   .output_max = OUTPUT_MAX,
                                   .input = mail,
                   });
}

/* "NAME=value", in which what is no printable ASCII is \xNN. */
static char *make_variable(const char *name, const json_t *event, const char *key) {
        const char *value = json_string_value(json_object_get(event, key)) ?: "";
        CLEANUP(freep) char *quoted = string_quote(value, strlen(value), ORDER_SIZE_MAX);

        return quoted ? string_format("%s=%s", name, quoted) : NULL;
}

static int run_hooks(const char *text) {
        CLEANUP(freep) char *kind = NULL, *subject = NULL;
        CLEANUP(string_list_done) StringList hooks = {};
        CLEANUP(json_decrefp) json_t *event = NULL;
        const char *environment[3] = {};
        int r;

        r = json_from_text(text, strlen(text), &event, NULL);
        if (r >= 0)
                r = hooks_list(HOOKS_FOLDER, &hooks);
        if (r < 0)
                return log_warning_errno(r, "Failed to find out what to run: %m");

        environment[0] = kind = make_variable("SMTP_RESTRICTIONS_EVENT", event, "Event");
        environment[1] = subject = make_variable("SMTP_RESTRICTIONS_SUBJECT", event, "Subject");
        if (!kind || !subject)
                return -ENOMEM;

        for (size_t i = 0; i < hooks.count; i++) {
                const char *const argv[] = { hooks.items[i], NULL };

                /* one that fails keeps no other from running, and was logged */
                IGNORE_RESULT(
                                run(argv,
                                    &(ProcessOptions){
                                                    .timeout_usec = HOOK_USEC,
                                                    .output_max = OUTPUT_MAX,
                                                    .input = text,
                                                    .environment = environment,
                                    }));
        }
        return 0;
}

static int carry_out(const Settings *settings, const char *text) {
        const char *content;
        OrderKind kind;
        int r;

        r = order_read(text, &kind, &content);
        if (r < 0)
                return r;

        return kind == ORDER_MAIL ? send_mail(settings, content) : run_hooks(content);
}

static void serve_one(const Settings *settings, int fd) {
        const struct timeval patience = { .tv_sec = ORDER_MSEC / 1000 };
        CLEANUP(freep) char *text = NULL;
        char answer = ORDER_FAILED;
        size_t size;
        int r;

        r = setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0 ? -errno : 0;
        if (r >= 0)
                r = fd_read_all(fd, ORDER_SIZE_MAX, &text, &size);
        if (r < 0)
                (void) log_warning_errno(r, "Failed to read an order: %m");
        else if (carry_out(settings, text) >= 0)
                answer = ORDER_DONE;

        /* who does not wait for it does not need it */
        IGNORE_RESULT(send(fd, &answer, 1, MSG_NOSIGNAL) == 1);
}

static int serve(const Settings *settings, int listen_fd) {
        for (;;) {
                struct pollfd fds = { .fd = listen_fd, .events = POLLIN };
                CLEANUP(fd_closep) int fd = -EBADF;
                int r;

                r = poll(&fds, 1, QUIET_MSEC);
                if (r < 0 && errno != EINTR)
                        return log_error_errno(-errno, "Failed to wait for orders: %m");
                if (r == 0)
                        return 0;

                fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
                if (fd >= 0)
                        serve_one(settings, fd);
        }
}

int main(void) {
        Settings settings;
        const char *wrong;
        int fd;

        log_open();
        fd = fd_take_listening();
        if (fd < 0) {
                (void) log_error_errno(fd, "smtp-restrictions-notify.socket has to start this: %m");
                return EXIT_FAILURE;
        }
        if (settings_read(environ, &settings, &wrong) < 0) {
                log_error("notify.conf: %s", wrong);
                return EXIT_FAILURE;
        }

        return serve(&settings, fd) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
