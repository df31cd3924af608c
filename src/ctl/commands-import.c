/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The way here from other programs. What was found is shown first, with what has no equal; it is
 * set in one transaction over the policy that is there, so that the files of two programs may be
 * imported one after the other. Doing it twice changes nothing.
 */

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "ctl/change.h"
#include "ctl/commands.h"
#include "ctl/import-files.h"
#include "ctl/import-host.h"
#include "ctl/import-overlay.h"
#include "ctl/policy-file.h"
#include "ctl/progress.h"
#include "ctl/report.h"
#include "ctl/show.h"
#include "smtp-restrictions/smtp-restrictions.h"

static ExitCode set_policy(Context *context, const json_t *imported) {
        CLEANUP(json_decrefp) json_t *policy = NULL, *wanted = NULL, *changed = NULL;
        CLEANUP(change_done) Change change = {};
        CLEANUP(failure_done) Failure failure = {};
        ExitCode code;
        int r;

        code = command_call_plain(context, "GetPolicy", &policy);
        if (code != EXIT_CODE_OK)
                return code;

        wanted = import_overlay(policy, imported);
        r = wanted ? policy_file_from_json(wanted, &change, &failure) : -ENOMEM;
        if (r < 0)
                return report_errno(r, failure.text ?: "cannot write the policy");

        /* what somebody else has set meanwhile is not undone */
        code = command_replace_policy(
                        context, &change, (uint64_t) show_number(policy, "Generation"), &changed);
        if (code == EXIT_CODE_OK && !context->json)
                (void) puts(json_is_true(changed) ? "changed" : "unchanged");
        return code;
}

/* The meter keeps them, one by one; an earlier one stays if a later one fails. */
static ExitCode set_subjects(Context *context, const json_t *subjects) {
        Progress progress = { .what = "domains", .total = json_object_size(subjects) };
        size_t done = 0;
        const char *subject;
        json_t *settings;

        json_object_foreach((json_t *) subjects, subject, settings) {
                CLEANUP(freep) char *words_of_it = show_changes(settings);
                const char *const words[] = { subject, words_of_it };
                ExitCode code;

                if (!words_of_it)
                        return report_errno(-ENOMEM, "cannot write the call");
                code = command_subject_set(context, words, ELEMENTS_OF(words));
                if (code != EXIT_CODE_OK) {
                        progress_end(&progress);
                        return report_error(
                                        code,
                                        "the policy is set, and %zu of %zu domains have their own "
                                        "limits; run it again for the others",
                                        done,
                                        progress.total);
                }
                progress_step(&progress, ++done);
        }

        return EXIT_CODE_OK;
}

/* Return: whether to go on; on a terminal somebody is asked. */
static bool is_wanted(const Context *context, ExitCode *ret_code) {
        *ret_code = EXIT_CODE_OK;
        if (context->yes)
                return true;
        if (context->json || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
                return false;

        (void) fprintf(stderr, "\nSet this here? [y/N] ");
        if (command_is_answered_yes())
                return true;

        *ret_code = report_error(EXIT_CODE_FAILED, "nothing was changed");
        return false;
}

/* What was found, made to fit this host, as one answer. */
static int describe(Import *import, json_t **ret) {
        CLEANUP(json_decrefp) json_t *missing = json_array();
        int r;

        r = missing ? import_fit_to_host(import, missing) : -ENOMEM;
        if (r < 0)
                return r;

        *ret =
                        json_pack("{sO sO sO sO}",
                                  "Policy",
                                  import->policy,
                                  "Subjects",
                                  import->subjects,
                                  "Missing",
                                  missing,
                                  "Remarks",
                                  import->remarks);
        return *ret ? 0 : -ENOMEM;
}

ExitCode command_import(Context *context, const char *const words[], size_t count) {
        CLEANUP(import_done) Import import = {};
        CLEANUP(json_decrefp) json_t *answer = NULL;
        ExitCode code;
        int r;

        (void) count;

        import_init(&import);
        code = import_files_read(words[0], words[1], &import);
        if (code != EXIT_CODE_OK)
                return code;
        r = describe(&import, &answer);
        if (r < 0)
                return report_errno(r, words[1]);
        context->pager = false; /* a question follows */
        code = command_print_answer(context, answer, show_import);
        if (code != EXIT_CODE_OK)
                return code;

        if (context->strict && (json_array_size(import.remarks) > 0 ||
                                json_array_size(json_object_get(answer, "Missing")) > 0))
                return report_error(
                                EXIT_CODE_REFUSED,
                                "not all of it has an equal here, and --strict: nothing was "
                                "changed");
        if (!is_wanted(context, &code))
                return code;

        code = set_policy(context, import.policy);
        if (code != EXIT_CODE_OK)
                return code;

        return set_subjects(context, import.subjects);
}
