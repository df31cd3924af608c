/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "exim/ask.h"
#include "util/text.h"

#define EXIM_TIMEOUT_USEC (10 * USEC_PER_SEC)
/* the whole of a configuration, as -bP config prints it, and positions */
#define EXIM_OUTPUT_MAX (8 * 1024 * 1024)
#define ARGUMENTS_MAX   (16 + EXIM_SETTINGS_MAX)

int exim_run(const char *const argv[], ProcessResult *ret, Failure *reterr) {
        const ProcessOptions options = {
                .timeout_usec = EXIM_TIMEOUT_USEC,
                .output_max = EXIM_OUTPUT_MAX,
        };
        int r = process_run(argv, &options, ret);

        switch (r) {
        case 0:
                return 0;
        case PROCESS_E_TIMEOUT:
                return failure_set(
                                reterr,
                                -ETIMEDOUT,
                                FAILURE_EXIM_CONFIG_INVALID,
                                "%s did not end within %u seconds; a name server that does not "
                                "answer holds Exim up on a host whose name has no dot",
                                argv[0],
                                (unsigned) (EXIM_TIMEOUT_USEC / USEC_PER_SEC));
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
                const char *binary,
                const EximStaged *staged,
                EximVersion *ret_version,
                EximErrorPlace *reterr_place,
                Failure *reterr) {
        const char *const in_force[] = { binary, "-bV", NULL };
        const char *const other[] = { binary, "-C", staged ? staged->path : "", "-bV", NULL };
        CLEANUP(process_result_done) ProcessResult result = {};
        int r;

        r = exim_run(staged ? other : in_force, &result, reterr);
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
                                        binary);
        }

        return result.status == 0 ? 0 : refuse(&result, staged, reterr_place, reterr);
}

int exim_ask_options(
                const char *binary,
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

        argv[n++] = binary;
        if (staged) {
                argv[n++] = "-C";
                argv[n++] = staged->path;
        }
        argv[n++] = "-bP";
        for (size_t i = 0; i < count; i++)
                argv[n++] = options[i];
        argv[n] = NULL;

        r = exim_run(argv, &result, reterr);
        if (r < 0)
                return r;
        if (result.status != 0)
                return refuse(&result, staged, NULL, reterr);

        *ret_output = TAKE(result.output);
        return 0;
}
