/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The files that the service keeps for itself, as a bad disk or a stranger could leave them. The
 * first byte says which one, the rest is its text. No crash; a refusal has words; and what is taken
 * is written as a text that is taken again and written the same.
 */

#include <errno.h>

#include "core/exception-state.h"
#include "core/history-entry.h"
#include "core/trial.h"
#include "fuzz.h"

#define KINDS 5

static void check_refusal(int r, const Failure *failure) {
        require(r == -EINVAL, "what cannot be read is invalid");
        require(failure_is_set(failure) && failure->text, "a refusal has words");
}

/* One of each kind: read into `name`, and if that goes well, there and back once more. */
#define CHECK(type, name, begin)                                                                   \
        static void check_##name(const char *text, size_t size) {                                  \
                CLEANUP(name##_done) type name = {}, again = {};                                   \
                CLEANUP(failure_done) Failure failure = {};                                        \
                CLEANUP(freep) char *written = NULL;                                               \
                CLEANUP(freep) char *rewritten = NULL;                                             \
                size_t written_size, rewritten_size;                                               \
                int r;                                                                             \
                                                                                                   \
                begin(&name);                                                                      \
                begin(&again);                                                                     \
                r = name##_from_text(text, size, &name, &failure);                                 \
                if (r != 0) {                                                                      \
                        check_refusal(r, &failure);                                                \
                        return;                                                                    \
                }                                                                                  \
                                                                                                   \
                require(name##_to_text(&name, &written, &written_size) == 0, "it can be written"); \
                r = name##_from_text(written, written_size, &again, &failure);                     \
                require(r == 0, "it is taken again");                                              \
                r = name##_to_text(&again, &rewritten, &rewritten_size);                           \
                require(r == 0, "it can be written again");                                        \
                require_same(written,                                                              \
                             written_size,                                                         \
                             rewritten,                                                            \
                             rewritten_size,                                                       \
                             "the text is a fixed point");                                         \
        }

static void pending_init(Pending *pending) {
        *pending = (Pending){};
}

static void exception_state_init(ExceptionState *state) {
        *state = (ExceptionState){};
}

CHECK(Applied, applied, applied_init)
CHECK(Pending, pending, pending_init)
CHECK(Trial, trial, trial_init)
CHECK(HistoryEntry, history_entry, history_entry_init)
CHECK(ExceptionState, exception_state, exception_state_init)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static void (*const checks[KINDS])(const char *, size_t) = {
                check_applied,       check_pending,         check_trial,
                check_history_entry, check_exception_state,
        };

        if (size > 0)
                checks[data[0] % KINDS]((const char *) data + 1, size - 1);
        return 0;
}
