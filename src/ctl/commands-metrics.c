/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Numbers for monitoring, on standard output or into a file that is replaced whole. A service that
 * does not answer is a number, too.
 */

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <string.h>

#include "ctl/commands.h"
#include "ctl/metrics.h"
#include "ctl/report.h"
#include "ctl/show.h"
#include "util/atomic-file.h"
#include "util/fd.h"

#define PAGE 1000

/* Return: 0 and the answer, or a negative errno, which is nothing to be told here. */
static int ask(Caller *caller, sd_bus_message *call, json_t **ret) {
        CLEANUP(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;

        return call_send(caller, call, ret, &error);
}

/* One page of the meter's. Return: 0 or a negative errno. */
static int ask_page(
                Caller *caller,
                const char *method,
                const char *key,
                const char *value,
                json_t **ret) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        int r;

        if (call_new_meter(caller, method, &call) != EXIT_CODE_OK)
                return -EIO;
        r = value ? sd_bus_message_append(
                                    call, "a{sv}", 2, "Most", "u", (uint32_t) PAGE, key, "s", value)
                  : sd_bus_message_append(call, "a{sv}", 1, "Most", "u", (uint32_t) PAGE);
        return r < 0 ? r : ask(caller, call, ret);
}

/* Return: how many, or a negative errno. */
static int count_held(Caller *caller) {
        CLEANUP(freep) char *after = NULL;
        int count = 0;

        while (count < METRICS_HELD_MAX) {
                CLEANUP(json_decrefp) json_t *page = NULL;
                const char *last;
                int r;

                r = ask_page(caller, "ListHeld", "After", after, &page);
                if (r < 0 && count > 0)
                        break; /* the last one of the page before has gone meanwhile */
                if (r < 0)
                        return r;

                count += (int) json_array_size(page);
                last = show_string(json_array_get(page, json_array_size(page) - 1), "Id");
                if (!last || json_array_size(page) < PAGE)
                        break;
                free(after);
                after = strdup(last);
                if (!after)
                        return -ENOMEM;
        }

        return count;
}

/* Return: 0 or a negative errno. */
static int ask_usage(Caller *caller, json_t *facts) {
        static const char *const kinds[] = { "domain", "mailbox", "user" };
        CLEANUP(json_decrefp) json_t *usage = json_object();

        for (size_t i = 0; usage && i < ELEMENTS_OF(kinds); i++) {
                CLEANUP(json_decrefp) json_t *answer = NULL;
                int r = ask_page(caller, "ListUsage", "Kind", kinds[i], &answer);

                if (r < 0)
                        return r;
                if (json_object_set(usage, kinds[i], answer) < 0)
                        return -ENOMEM;
        }

        return usage && json_object_set(facts, "Usage", usage) == 0 ? 0 : -ENOMEM;
}

/* What of it cannot be had is left out. */
static void ask_meter(Caller *caller, json_t *facts) {
        int held = count_held(caller);
        bool up = held >= 0 && ask_usage(caller, facts) >= 0;

        if (held >= 0)
                (void) json_object_set_new(facts, "Held", json_integer(held));
        (void) json_object_set_new(facts, "MeterUp", json_boolean(up));
}

static bool meter_is_needed(const json_t *status) {
        const char *meter = show_string(status, "Meter");

        return meter && !string_equal(meter, "off");
}

static ExitCode write_file(const char *file, Text *text) {
        const AtomicFileOptions options = { .mode = 0644, .uid = (uid_t) -1, .gid = (gid_t) -1 };
        CLEANUP(freep) char *folder = strdup(file), *name = strdup(file), *data = NULL;
        CLEANUP(fd_closep) int dir_fd = -EBADF;
        size_t size;
        int r;

        r = text_finish(text, &data, &size);
        if (r < 0 || !folder || !name)
                return report_errno(-ENOMEM, "cannot write the numbers");
        dir_fd = open(dirname(folder), O_DIRECTORY | O_RDONLY | O_CLOEXEC);
        if (dir_fd < 0)
                return report_errno(-errno, file);

        r = atomic_file_write(dir_fd, basename(name), data, size, &options);
        return r < 0 ? report_errno(r, file) : EXIT_CODE_OK;
}

ExitCode command_metrics(Context *context, const char *const words[], size_t count) {
        CLEANUP(json_decrefp) json_t *facts = json_object(), *status = NULL;
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        CLEANUP(text_done) Text text = {};
        ExitCode code;

        (void) words;
        (void) count;
        if (!facts)
                return report_errno(-ENOMEM, "cannot write the numbers");
        context->caller.ask_password = false;

        code = call_new(&context->caller, "Status", &call);
        if (code == EXIT_CODE_OK && ask(&context->caller, call, &status) >= 0)
                (void) json_object_set(facts, "Status", status);
        if (meter_is_needed(status))
                ask_meter(&context->caller, facts);

        metrics_write(facts, &text);
        return context->file ? write_file(context->file, &text) : report_text(&text);
}
