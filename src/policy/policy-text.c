/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "policy/policy-json.h"
#include "policy/policy-text.h"
#include "util/text.h"

int policy_to_text(const Policy *policy, char **ret_text, size_t *ret_size) {
        CLEANUP(json_decrefp) json_t *json = policy_to_json(policy);
        CLEANUP(freep) char *dump = NULL;
        CLEANUP(text_done) Text text = {};

        dump = json ? json_dumps(json, JSON_INDENT(4)) : NULL;
        if (!dump)
                return -ENOMEM;

        text_append_string(&text, dump);
        text_append_string(&text, "\n");
        return text_finish(&text, ret_text, ret_size);
}

/* `position` counts what was read. The last byte of that is at fault; but what is not UTF-8 was not
 * counted (jansson 2.14). */
static size_t error_offset(const json_error_t *error) {
        size_t count = (size_t) MAX_OF(error->position, 0);

        return count == 0 || json_error_code(error) == json_error_invalid_utf8 ? count : count - 1;
}

/* Return: 0, POLICY_TEXT_E_INVALID, -ENOMEM. */
static int load_json(
                const char *text,
                size_t size,
                json_t **ret,
                TextPosition *reterr_where,
                Failure *reterr) {
        CLEANUP(freep) char *quoted = NULL;
        json_error_t error;
        json_t *json;

        json = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
        if (json) {
                *ret = json;
                return 0;
        }

        /* for lack of memory jansson may also call a good token invalid: not to be told apart */
        if (error.text[0] == 0 || json_error_code(&error) == json_error_out_of_memory)
                return -ENOMEM;

        /* it quotes from the text, as it stands there */
        quoted = string_quote(error.text, strlen(error.text), sizeof(error.text));
        (void) failure_set(reterr, -EINVAL, FAILURE_INVALID_VALUE, "not JSON: %s", quoted ?: "?");
        *reterr_where = text_position_at(text, size, error_offset(&error));
        return POLICY_TEXT_E_INVALID;
}

int policy_from_text(
                const char *text,
                size_t size,
                Policy *ret,
                TextPosition *reterr_where,
                Failure *reterr) {
        CLEANUP(json_decrefp) json_t *json = NULL;
        JsonPath path = {};
        int r;

        assert(text && ret && reterr_where);

        if (size > POLICY_TEXT_SIZE_MAX) {
                *reterr_where = (TextPosition){ .line = 1, .column = 1 };
                (void) failure_set(
                                reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "the text of %zu bytes is longer than %zu",
                                size,
                                POLICY_TEXT_SIZE_MAX);
                return POLICY_TEXT_E_INVALID;
        }

        r = load_json(text, size, &json, reterr_where, reterr);
        if (r != 0)
                return r;

        r = policy_read_json(json, ret, &path, reterr);
        if (r == 0 || r == -ENOMEM)
                return r;

        *reterr_where = json_position_find(text, size, &path);
        return r == POLICY_TEXT_E_NEWER ? r : POLICY_TEXT_E_INVALID;
}
