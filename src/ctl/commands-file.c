/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The policy as a whole, from one server to others: export prints it, apply puts it in the place of
 * the one that is there. Doing it twice changes nothing, and says so.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "ctl/change.h"
#include "ctl/commands.h"
#include "ctl/policy-file.h"
#include "ctl/report.h"
#include "util/fd.h"

ExitCode command_export(Context *context, const char *const words[], size_t count) {
        CLEANUP(json_decrefp) json_t *policy = NULL;
        CLEANUP(text_done) Text text = {};
        CLEANUP(freep) char *data = NULL;
        ExitCode code;
        size_t size;
        int r;

        (void) words;
        (void) count;

        code = command_call_plain(context, "GetPolicy", &policy);
        if (code != EXIT_CODE_OK)
                return code;

        r = policy_file_write(policy, &data, &size);
        if (r < 0)
                return report_errno(r, "cannot write the policy");

        text_append(&text, data, size);
        return report_text(&text);
}

static ExitCode read_file(const char *name, Change *ret) {
        CLEANUP(failure_done) Failure failure = {};
        CLEANUP(fd_closep) int opened = -EBADF;
        CLEANUP(freep) char *text = NULL;
        int fd = STDIN_FILENO;
        size_t size;
        int r;

        if (!string_equal(name, "-")) {
                fd = opened = open(name, O_RDONLY | O_CLOEXEC);
                if (fd < 0)
                        return report_errno(-errno, name);
        }

        r = fd_read_all(fd, POLICY_FILE_SIZE_MAX, &text, &size);
        if (r < 0)
                return report_errno(r, name);

        r = policy_file_read(text, size, ret, &failure);
        if (r == -EINVAL)
                return report_error(EXIT_CODE_REFUSED, "%s: %s", name, failure.text ?: "is wrong");
        if (r < 0)
                return report_errno(r, name);

        return EXIT_CODE_OK;
}

/* One of no generation is given none: the policy is replaced whoever has changed it. */
static int append_options(sd_bus_message *call, bool check, uint64_t generation) {
        return generation > 0 ? sd_bus_message_append(
                                                call,
                                                "a{sv}",
                                                2,
                                                "DryRun",
                                                "b",
                                                (int) check,
                                                "IfGeneration",
                                                "t",
                                                generation)
                              : sd_bus_message_append(call, "a{sv}", 1, "DryRun", "b", (int) check);
}

ExitCode command_replace_policy(
                Context *context, const Change *change, uint64_t generation, json_t **ret_changed) {
        CLEANUP(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        ExitCode code;
        int r;

        code = call_new(&context->caller, "ReplacePolicy", &call);
        if (code != EXIT_CODE_OK)
                return code;

        r = change_append_to(change, ARGUMENT_POLICY, call);
        if (r >= 0)
                r = append_options(call, context->check, generation);
        if (r < 0)
                return report_errno(r, "cannot write the call");

        return call_finish(&context->caller, call, ret_changed);
}

ExitCode command_apply(Context *context, const char *const words[], size_t count) {
        CLEANUP(change_done) Change change = {};
        CLEANUP(json_decrefp) json_t *changed = NULL;
        ExitCode code;

        (void) words;
        (void) count;

        if (!context->file)
                return report_error(EXIT_CODE_USAGE, "apply: -f FILE is missing");

        code = read_file(context->file, &change);
        if (code != EXIT_CODE_OK)
                return code;
        code = command_replace_policy(context, &change, 0, &changed);
        if (code != EXIT_CODE_OK)
                return code;

        (void) puts(json_is_true(changed) ? "changed" : "unchanged");
        return context->check && json_is_true(changed) ? EXIT_CODE_NOT_ACTIVE : EXIT_CODE_OK;
}
