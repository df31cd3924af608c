/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/pending.h"
#include "util/json.h"
#include "util/parse.h"

void pending_done(Pending *pending) {
        if (!pending)
                return;

        last_change_done(&pending->change);
        *pending = (Pending){};
}

static json_t *verdicts_to_json(const PortVerdicts *verdicts) {
        json_t *object = json_object();

        for (size_t i = 0; object && i < verdicts->count; i++) {
                char port[8];

                (void) snprintf(port, sizeof(port), "%u", (unsigned) verdicts->entries[i].port);
                if (json_object_set_new(
                                    object,
                                    port,
                                    json_string(port_verdict_to_string(
                                                    verdicts->entries[i].verdict))) < 0) {
                        json_decref(object);
                        return NULL;
                }
        }

        return object;
}

static int verdicts_from_json(json_t *object, PortVerdicts *ret) {
        PortVerdicts verdicts = {};
        const char *key;
        json_t *value;

        json_object_foreach(object, key, value) {
                PortVerdict verdict;
                uint16_t port;
                int r;

                r = parse_port(key, &port);
                if (r < 0)
                        return r;
                if (!json_is_string(value))
                        return -EINVAL;
                r = port_verdict_from_string(json_string_value(value), &verdict);
                if (r < 0)
                        return r;
                if (port_verdicts_add(&verdicts, port, verdict) != 0)
                        return -EINVAL;
        }

        if (verdicts.count == 0)
                return -EINVAL;

        *ret = verdicts;
        return 0;
}

int pending_to_text(const Pending *pending, char **ret_text, size_t *ret_size) {
        CLEANUP(json_decrefp) json_t *root = NULL;

        root =
                        json_pack("{s:i, s:s, s:s, s:b, s:o, s:o}",
                                  "Version",
                                  PENDING_VERSION,
                                  "OldDigest",
                                  pending->old_digest.hex,
                                  "NewDigest",
                                  pending->new_digest.hex,
                                  "ReloadOwed",
                                  pending->reload_owed,
                                  "Verdicts",
                                  verdicts_to_json(&pending->verdicts),
                                  "Change",
                                  last_change_to_json(&pending->change));
        if (!root)
                return -ENOMEM;

        return json_to_text(root, JSON_INDENT(4), ret_text, ret_size);
}

static bool copy_digest(const json_t *value, Digest *ret) {
        const char *hex = json_string_value(value);

        if (!hex || (hex[0] != 0 && !digest_is_valid(hex)))
                return false;

        (void) strcpy(ret->hex, hex);
        return true;
}

int pending_from_text(const char *text, size_t size, Pending *ret, Failure *reterr) {
        CLEANUP(pending_done) Pending pending = {};
        CLEANUP(json_decrefp) json_t *root = NULL;
        json_t *owed;
        int r;

        r = json_from_text(text, size, &root, reterr);
        if (r < 0)
                return r;

        owed = json_object_get(root, "ReloadOwed");
        if (json_integer_value(json_object_get(root, "Version")) != PENDING_VERSION ||
            !copy_digest(json_object_get(root, "OldDigest"), &pending.old_digest) ||
            !copy_digest(json_object_get(root, "NewDigest"), &pending.new_digest) ||
            !json_is_boolean(owed) ||
            verdicts_from_json(json_object_get(root, "Verdicts"), &pending.verdicts) < 0)
                return failure_set(
                                reterr,
                                -EINVAL,
                                FAILURE_INVALID_VALUE,
                                "not a record of a pending change");

        pending.reload_owed = json_is_true(owed);
        r = last_change_from_json(json_object_get(root, "Change"), &pending.change);
        if (r < 0)
                return r;

        *ret = pending;
        pending = (Pending){};
        return 0;
}
