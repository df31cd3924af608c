/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "exim/ask.h"
#include "util/now.h"
#include "util/text.h"

#define EXIM_TIMEOUT_USEC (10 * USEC_PER_SEC)
/* the whole of a configuration, as -bP config prints it, and positions */
#define EXIM_OUTPUT_MAX (8 * 1024 * 1024)
#define ARGUMENTS_MAX   (16 + EXIM_SETTINGS_MAX)

/* Of what one run may take, as much as is left before the deadline; 0: nothing. */
static uint64_t time_left(uint64_t deadline_usec) {
        uint64_t now_usec = now_read_usec(CLOCK_MONOTONIC);

        if (deadline_usec == 0)
                return EXIM_TIMEOUT_USEC;

        return now_usec < deadline_usec ? MIN_OF(deadline_usec - now_usec, EXIM_TIMEOUT_USEC) : 0;
}

static int too_late(const char *program, uint64_t timeout_usec, Failure *reterr) {
        CLEANUP(freep) char *bound = NULL;

        if (timeout_usec == EXIM_TIMEOUT_USEC)
                bound = string_format(
                                "within %u seconds", (unsigned) (timeout_usec / USEC_PER_SEC));
        else
                bound = strdup("within the time that a change may take");

        return failure_set(
                        reterr,
                        -ETIMEDOUT,
                        FAILURE_EXIM_CONFIG_INVALID,
                        "%s did not end %s; a name server that does not answer holds Exim up on a "
                        "host whose name has no dot",
                        program,
                        bound ?: "in time");
}

int exim_run(const char *const argv[],
             uint64_t deadline_usec,
             ProcessResult *ret,
             Failure *reterr) {
        const ProcessOptions options = {
                .timeout_usec = time_left(deadline_usec),
                .output_max = EXIM_OUTPUT_MAX,
        };
        int r = options.timeout_usec > 0 ? process_run(argv, &options, ret) : PROCESS_E_TIMEOUT;

        switch (r) {
        case 0:
                return 0;
        case PROCESS_E_TIMEOUT:
                return too_late(argv[0], options.timeout_usec, reterr);
        case PROCESS_E_OUTPUT_TOO_LARGE:
                return failure_set(
                                reterr,
                                -EMSGSIZE,
                                FAILURE_EXIM_CONFIG_INVALID,
                                "%s printed more than %u bytes",
                                argv[0],
                                (unsigned) EXIM_OUTPUT_MAX);
        case PROCESS_E_SIGNAL:
                return failure_set(
                                reterr,
                                -EIO,
                                FAILURE_EXIM_CONFIG_INVALID,
                                "%s was ended by a signal",
                                argv[0]);
        case -ENOENT:
                return failure_set(reterr, r, FAILURE_NO_EXIM, "there is no %s here", argv[0]);
        default:
                return failure_set(
                                reterr,
                                r < 0 ? r : -EIO,
                                FAILURE_INTERNAL,
                                "Failed to run %s: %s",
                                argv[0],
                                strerror(r < 0 ? -r : EIO));
        }
}

/* The error of a child that ended with another status than 0. */
static int refuse(
                const ProcessResult *result,
                const EximStaged *staged,
                EximErrorPlace *reterr_place,
                Failure *reterr) {
        CLEANUP(exim_error_place_done) EximErrorPlace place = {};
        CLEANUP(freep) char *words = NULL;
        FailureCode code;
        int r;

        words = exim_error_text(result->errors, staged);
        r = exim_error_place_parse(result->errors, staged, &place);
        if (!words || r < 0)
                return failure_set(reterr, -ENOMEM, FAILURE_INTERNAL, "Out of memory");

        code = place.wrong_owner ? FAILURE_EXIM_CONFIG_UNSUPPORTED : FAILURE_EXIM_CONFIG_INVALID;
        if (reterr_place) {
                *reterr_place = place;
                place = (EximErrorPlace){};
        }

        return failure_set(reterr, -EBADMSG, code, "Exim says: %s", words);
}

int exim_ask_version(
                const EximFacts *facts,
                const EximStaged *staged,
                EximVersion *ret_version,
                EximErrorPlace *reterr_place,
                Failure *reterr) {
        const char *const in_force[] = { facts->binary, "-bV", NULL };
        const char *const other[] = {
                facts->binary, "-C", staged ? staged->path : "", "-bV", NULL,
        };
        CLEANUP(process_result_done) ProcessResult result = {};
        int r;

        r = exim_run(staged ? other : in_force, facts->deadline_usec, &result, reterr);
        if (r < 0)
                return r;

        if (ret_version) {
                r = exim_version_parse(result.output, ret_version);
                if (r < 0 && result.status == 0)
                        return failure_set(
                                        reterr,
                                        r,
                                        FAILURE_EXIM_CONFIG_UNSUPPORTED,
                                        "%s -bV does not say which version it is",
                                        facts->binary);
        }

        return result.status == 0 ? 0 : refuse(&result, staged, reterr_place, reterr);
}

int exim_ask_options(
                const EximFacts *facts,
                const EximStaged *staged,
                const char *const options[],
                size_t count,
                char **ret_output,
                Failure *reterr) {
        CLEANUP(process_result_done) ProcessResult result = {};
        const char *argv[ARGUMENTS_MAX];
        size_t n = 0;
        int r;

        assert(count + 5 < ARGUMENTS_MAX);

        argv[n++] = facts->binary;
        if (staged) {
                argv[n++] = "-C";
                argv[n++] = staged->path;
        }
        argv[n++] = "-bP";
        for (size_t i = 0; i < count; i++)
                argv[n++] = options[i];
        argv[n] = NULL;

        r = exim_run(argv, facts->deadline_usec, &result, reterr);
        if (r < 0)
                return r;
        if (result.status != 0)
                return refuse(&result, staged, NULL, reterr);

        *ret_output = TAKE(result.output);
        return 0;
}
