/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <inttypes.h>

#include "core/exception-state.h"
#include "util/json.h"
#include "util/text.h"

void exception_state_done(ExceptionState *state) {
        if (!state)
                return;

        exceptions_done(&state->exceptions);
        subject_ids_done(&state->subjects);
        last_change_done(&state->last_change);
        *state = (ExceptionState){};
}

void exception_state_move(ExceptionState *state, Applied *applied) {
        exceptions_done(&applied->policy.exceptions);
        applied->policy.exceptions = state->exceptions;
        state->exceptions = (Exceptions){};

        subject_ids_done(&applied->facts.subjects);
        applied->facts.subjects = state->subjects;
        state->subjects = (SubjectIds){};
}

static int append_last_change(const LastChange *change, Text *text) {
        CLEANUP(json_decrefp) json_t *json = last_change_to_json(change);
        CLEANUP(freep) char *dump = json ? json_dumps(json, JSON_COMPACT) : NULL;

        if (!dump)
                return -ENOMEM;

        text_append_string(text, dump);
        return 0;
}

/* One exception is one line, for people with grep. */
int exception_state_to_text(const ExceptionState *state, char **ret_text, size_t *ret_size) {
        const Exceptions *exceptions = &state->exceptions;
        CLEANUP(text_done) Text text = {};
        int r;

        text_append_format(
                        &text,
                        "{\"Version\":%d,\"Generation\":%" PRIu64 ",\"LastId\":%" PRIu64
                        ",\"LastChange\":",
                        EXCEPTION_STATE_VERSION,
                        state->generation,
                        exceptions->last_id);
        r = append_last_change(&state->last_change, &text);
        if (r < 0)
                return r;

        text_append_string(&text, ",\n\"Numbers\":");
        subject_ids_append_json(&state->subjects, &text);
        text_append_string(&text, ",\n\"Exceptions\":[\n");
        for (size_t i = 0; i < exceptions->count; i++) {
                r = exception_append_json(exceptions->items[i], &text);
                if (r < 0)
                        return r;
                text_append_string(&text, i + 1 < exceptions->count ? ",\n" : "\n");
        }
        text_append_string(&text, "]}\n");

        return text_finish(&text, ret_text, ret_size);
}

static int read_exceptions(const json_t *json, Exceptions *ret, Failure *reterr) {
        if (!json_is_array(json))
                return failure_set(
                                reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "Exceptions: is not an array");

        for (size_t i = 0; i < json_array_size(json); i++) {
                int r = exceptions_read_json(ret, json_array_get(json, i), reterr);

                if (r < 0) {
                        failure_prefix(reterr, "Exceptions, entry %zu", i + 1);
                        return r;
                }
        }

        return 0;
}

static uint64_t read_number(const json_t *root, const char *key) {
        json_int_t number = json_integer_value(json_object_get(root, key));

        return number > 0 ? (uint64_t) number : 0;
}

int exception_state_from_text(const char *text, size_t size, ExceptionState *ret, Failure *reterr) {
        CLEANUP(exception_state_done) ExceptionState state = {};
        CLEANUP(json_decrefp) json_t *root = NULL;
        int r;

        r = json_from_text(text, size, &root, reterr);
        if (r < 0)
                return r;
        if (read_number(root, "Version") != EXCEPTION_STATE_VERSION)
                return failure_set(
                                reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "Version: not %d",
                                EXCEPTION_STATE_VERSION);

        r = read_exceptions(json_object_get(root, "Exceptions"), &state.exceptions, reterr);
        if (r < 0)
                return r;
        r = subject_ids_from_json(json_object_get(root, "Numbers"), &state.subjects, reterr);
        if (r < 0)
                return r;
        r = last_change_from_json(json_object_get(root, "LastChange"), &state.last_change);
        if (r < 0)
                return r;
        state.generation = read_number(root, "Generation");
        state.exceptions.last_id = MAX_OF(state.exceptions.last_id, read_number(root, "LastId"));

        *ret = state;
        state = (ExceptionState){};
        return 0;
}
