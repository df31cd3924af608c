/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "core/applied.h"
#include "policy/policy-text.h"
#include "util/json.h"

void applied_init(Applied *applied) {
        *applied = (Applied){};
        policy_init(&applied->policy);
        applied->facts.verdicts = port_verdicts_default;
}

void applied_done(Applied *applied) {
        if (!applied)
                return;

        policy_done(&applied->policy);
        host_facts_done(&applied->facts);
        last_change_done(&applied->last_change);
        applied_init(applied);
}

int applied_copy(const Applied *applied, Applied *ret) {
        CLEANUP(applied_done) Applied copy;
        int r;

        applied_init(&copy);

        r = policy_copy(&applied->policy, &copy.policy);
        if (r < 0)
                return r;
        r = host_facts_copy(&applied->facts, &copy.facts);
        if (r < 0)
                return r;
        r = last_change_copy(&applied->last_change, &copy.last_change);
        if (r < 0)
                return r;
        copy.policy_digest = applied->policy_digest;
        copy.generation = applied->generation;

        *ret = copy;
        applied_init(&copy);
        return 0;
}

json_t *applied_to_json(const Applied *applied) {
        /* "o" takes over the references, also when it fails, and fails on NULL */
        return json_pack(
                        "{s:i, s:o, s:s, s:o, s:I, s:o}",
                        "Version",
                        APPLIED_VERSION,
                        "Policy",
                        policy_to_json(&applied->policy),
                        "PolicyDigest",
                        applied->policy_digest.hex,
                        "Facts",
                        host_facts_to_json(&applied->facts),
                        "Generation",
                        (json_int_t) applied->generation,
                        "LastChange",
                        last_change_to_json(&applied->last_change));
}

int applied_to_text(const Applied *applied, char **ret_text, size_t *ret_size) {
        CLEANUP(json_decrefp) json_t *root = applied_to_json(applied);

        if (!root)
                return -ENOMEM;

        return json_to_text(root, JSON_COMPACT, ret_text, ret_size);
}

static int read_digest(const json_t *root, Digest *ret, Failure *reterr) {
        const char *hex = json_string_value(json_object_get(root, "PolicyDigest"));

        if (!hex || (hex[0] != 0 && !digest_is_valid(hex)))
                return failure_set(
                                reterr, -EINVAL, FAILURE_INVALID_VALUE, "PolicyDigest: no digest");

        (void) strcpy(ret->hex, hex);
        return 0;
}

int applied_from_json(const json_t *root, Applied *ret, Failure *reterr) {
        CLEANUP(applied_done) Applied applied;
        int r;

        applied_init(&applied);

        if (json_integer_value(json_object_get(root, "Version")) != APPLIED_VERSION)
                return failure_set(
                                reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "Version: not %d",
                                APPLIED_VERSION);

        r = policy_from_json(json_object_get(root, "Policy"), &applied.policy, reterr);
        if (r < 0)
                return r;
        r = read_digest(root, &applied.policy_digest, reterr);
        if (r < 0)
                return r;
        r = host_facts_from_json(json_object_get(root, "Facts"), &applied.facts, reterr);
        if (r < 0)
                return r;
        applied.generation = (uint64_t) json_integer_value(json_object_get(root, "Generation"));
        r = last_change_from_json(json_object_get(root, "LastChange"), &applied.last_change);
        if (r < 0)
                return r;

        *ret = applied;
        applied_init(&applied);
        return 0;
}

int applied_from_text(const char *text, size_t size, Applied *ret, Failure *reterr) {
        CLEANUP(json_decrefp) json_t *root = NULL;
        int r;

        r = json_from_text(text, size, &root, reterr);
        if (r < 0)
                return r;

        return applied_from_json(root, ret, reterr);
}
