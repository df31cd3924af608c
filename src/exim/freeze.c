/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Whose mail was held by the mail meter's hooks stays where it is when these go. */

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "exim/ask.h"
#include "exim/hook-rules.h"
#include "policy/meter-socket.h"
#include "util/message-id.h"
#include "util/now.h"
#include "util/text.h"

#define TIME_MAX_USEC   (300 * USEC_PER_SEC) /* for the queue; about 10 ms each */
#define ANSWER_USEC_MAX (10 * USEC_PER_SEC)
#define ANSWER_SIZE_MAX ((size_t) 64 * 1024)
#define BATCH_MAX       100 /* messages in one call of Exim */

typedef struct Batch {
        const char *argv[BATCH_MAX + 3];
        size_t count;
} Batch;

static bool is_anybody_listed(void) {
        struct stat status;

        return stat(METER_SUSPENDED, &status) >= 0 && status.st_size > 0;
}

static int run(const char *const argv[],
               uint64_t deadline_usec,
               ProcessResult *ret,
               Failure *reterr) {
        int r;

        r = exim_run(argv, deadline_usec, ret, reterr);
        if (r < 0 || ret->status == 0)
                return r;

        return failure_set(
                        reterr,
                        -EIO,
                        FAILURE_INTERNAL,
                        "Exim's %s failed: %s",
                        argv[1],
                        ret->errors);
}

/* A line "yes", behind the prompt that Exim may print. */
static bool says_yes(const char *output) {
        return strncmp(string_after_prefix(output, "> ") ?: output, "yes\n", 4) == 0;
}

/* Exim itself is asked, with the variables that the message has kept. As an argument it takes no
 * expression of this length. */
static int is_suspended(
                const EximFacts *facts,
                const char *id,
                uint64_t deadline_usec,
                bool *ret,
                Failure *reterr) {
        CLEANUP(process_result_done) ProcessResult result = {};
        const char *const argv[] = { facts->binary, "-Mset", id, "-be", NULL };
        const ProcessOptions options = {
                .timeout_usec = ANSWER_USEC_MAX,
                .output_max = ANSWER_SIZE_MAX,
                .input = meter_rules_suspended,
        };
        int r;

        if (now_read_usec(CLOCK_MONOTONIC) > deadline_usec)
                return failure_set(reterr, -ETIMEDOUT, FAILURE_INTERNAL, "it takes Exim too long");
        r = process_run(argv, &options, &result);
        if (r != 0)
                return failure_set(
                                reterr,
                                r < 0 ? r : -EIO,
                                FAILURE_INTERNAL,
                                "Exim cannot be asked whose the message %s is",
                                id);

        /* one that has gone meanwhile is nobody's */
        *ret = says_yes(result.output);
        return 0;
}

static int freeze(const EximFacts *facts, Batch *batch, size_t *frozen, Failure *reterr) {
        CLEANUP(process_result_done) ProcessResult result = {};
        int r;

        if (batch->count == 0)
                return 0;

        batch->argv[0] = facts->binary;
        batch->argv[1] = "-Mf";
        batch->argv[2 + batch->count] = NULL;
        /* its status says nothing of the single ones, some of which may have gone */
        r = exim_run(batch->argv, 0, &result, reterr);
        if (r < 0)
                return r;

        *frozen += batch->count;
        batch->count = 0;
        return 0;
}

/* Of a line of -bpr that begins a message, " 2m  290 ID <sender>", the id; NULL: it is another. */
static const char *take_id(char *line) {
        char *rest = line, *word = NULL;

        for (size_t i = 0; i < 3; i++) {
                do
                        word = strsep(&rest, " ");
                while (word && !word[0]);
                if (!word)
                        return NULL;
        }

        return message_id_is_valid(word, strlen(word)) ? word : NULL;
}

int exim_freeze_suspended(const EximFacts *facts, size_t *ret_frozen, Failure *reterr) {
        CLEANUP(process_result_done) ProcessResult queue = {};
        const char *const argv[] = { facts->binary, "-bpr", NULL };
        uint64_t deadline_usec = now_read_usec(CLOCK_MONOTONIC) + TIME_MAX_USEC;
        Batch batch = {};
        char *rest, *line;
        int r;

        *ret_frozen = 0;
        if (!facts->binary || !is_anybody_listed())
                return 0;

        r = run(argv, deadline_usec, &queue, reterr);
        rest = queue.output;
        while (r >= 0 && (line = strsep(&rest, "\n"))) {
                const char *id = take_id(line);
                bool suspended = false;

                if (!id)
                        continue;
                r = is_suspended(facts, id, deadline_usec, &suspended, reterr);
                if (r >= 0 && suspended)
                        batch.argv[2 + batch.count++] = id;
                if (batch.count == BATCH_MAX) {
                        int q = freeze(facts, &batch, ret_frozen, reterr);

                        r = r < 0 ? r : q;
                }
        }

        if (freeze(facts, &batch, ret_frozen, reterr) < 0 && r >= 0)
                r = -EIO;
        return r;
}
