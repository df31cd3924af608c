/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "firewall/chains.h"
#include "firewall/listing.h"

void listing_done(Listing *listing) {
        json_decref(listing->objects);
        *listing = (Listing){};
}

int listing_parse(const char *text, Listing *ret) {
        CLEANUP(json_decrefp) json_t *root = NULL;
        json_t *objects;

        assert(text && ret);

        root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
        objects = json_object_get(root, "nftables");
        if (!json_is_array(objects))
                return -EBADMSG;

        ret->objects = json_incref(objects);
        return 0;
}

/* The one member of {KIND: {...}}. NULL if it is something else. */
static json_t *object_body(json_t *object, const char **ret_kind) {
        void *member = json_object_iter(object);

        if (!member)
                return NULL;

        *ret_kind = json_object_iter_key(member);
        return json_object_iter_value(member);
}

static bool is_attempts(const char *kind, const json_t *body) {
        return string_equal(kind, "set") &&
               string_equal(json_string_value(json_object_get(body, "name")), "attempts");
}

/* The library lists elements in order. */
static bool set_has_twice(const json_t *elements) {
        for (size_t i = 1; i < json_array_size(elements); i++)
                if (json_equal(json_array_get(elements, i - 1), json_array_get(elements, i)))
                        return true;

        return false;
}

bool listing_is_torn(const Listing *listing) {
        json_t *object;
        size_t i;

        json_array_foreach(listing->objects, i, object) {
                const char *kind = NULL;
                const json_t *body = object_body(object, &kind);

                /* attempts come and go at any time */
                if (string_equal(kind, "set") && !is_attempts(kind, body) &&
                    set_has_twice(json_object_get(body, "elem")))
                        return true;
        }

        return false;
}

static bool object_is_ours(
                const char *kind,
                const json_t *body,
                const Policy *policy,
                const HostFacts *facts) {
        const char *name = json_string_value(json_object_get(body, "name"));
        const char *type = NULL;

        /* a rule stands in a chain; that all its rules are ours is what the digest shows */
        if (string_equal(kind, "metainfo") || string_equal(kind, "table") ||
            string_equal(kind, "rule"))
                return true;

        if (string_equal(kind, "set")) {
                /* only those of attempts end by themselves */
                if (!is_attempts(kind, body) &&
                    (json_object_get(body, "flags") || json_object_get(body, "timeout")))
                        return false;
                type = json_string_value(json_object_get(body, "type"));
        }

        return ruleset_has_object(policy, facts, kind, name, type);
}

bool listing_is_ours(const Listing *listing, const Policy *policy, const HostFacts *facts) {
        json_t *object;
        size_t i;

        json_array_foreach(listing->objects, i, object) {
                const char *kind = NULL;
                const json_t *body = object_body(object, &kind);

                if (!body || !object_is_ours(kind, body, policy, facts))
                        return false;
        }

        return true;
}

static json_t *elements_from_ids(const AllowedIds *ids) {
        CLEANUP(json_decrefp) json_t *elements = json_array();

        for (size_t i = 0; i < ids->count; i++)
                if (json_array_append_new(elements, json_integer(ids->items[i].id)) < 0)
                        return NULL;

        return TAKE(elements);
}

static json_t *elements_from_ports(const PortVerdicts *verdicts, bool redirected) {
        CLEANUP(json_decrefp) json_t *elements = json_array();

        for (size_t i = 0; i < verdicts->count; i++) {
                if (redirected && verdicts->entries[i].verdict != PORT_VERDICT_REDIRECT)
                        continue;
                if (json_array_append_new(elements, json_integer(verdicts->entries[i].port)) < 0)
                        return NULL;
        }

        return TAKE(elements);
}

static json_t *elements_of(const char *set, const Policy *policy, const HostFacts *facts) {
        if (string_equal(set, "uids"))
                return elements_from_ids(&facts->uids);
        if (string_equal(set, "gids"))
                return elements_from_ids(&facts->gids);
        if (string_equal(set, "ports"))
                return elements_from_ports(&facts->verdicts, false);
        if (string_equal(set, "redirected") && chain_shape(policy, facts).redirect)
                return elements_from_ports(&facts->verdicts, true);

        return json_array();
}

int listing_add_elements(Listing *listing, const Policy *policy, const HostFacts *facts) {
        json_t *object;
        size_t i;

        json_array_foreach(listing->objects, i, object) {
                CLEANUP(json_decrefp) json_t *elements = NULL;
                const char *kind = NULL;
                json_t *body = object_body(object, &kind);

                if (!string_equal(kind, "set") || is_attempts(kind, body))
                        continue;
                elements = elements_of(
                                json_string_value(json_object_get(body, "name")), policy, facts);
                if (!elements)
                        return -ENOMEM;
                /* the library leaves the key of an empty set out */
                if (json_array_size(elements) > 0 && json_object_set(body, "elem", elements) < 0)
                        return -ENOMEM;
        }

        return 0;
}

/* {"elem": {"val": 1000, "expires": 86399, "counter": {"packets": 3, "bytes": 180}}}. Not of that
 * form, or about to be forgotten: false. */
static bool read_attempt(const json_t *element, Attempt *ret) {
        const json_t *body = json_object_get(element, "elem");
        const json_t *counter = json_object_get(body, "counter");
        json_int_t uid = json_integer_value(json_object_get(body, "val"));
        json_int_t expires = json_integer_value(json_object_get(body, "expires"));
        json_int_t packets = json_integer_value(json_object_get(counter, "packets"));
        json_int_t bytes = json_integer_value(json_object_get(counter, "bytes"));

        if (!json_is_integer(json_object_get(body, "val")) || uid < 0 || uid > UINT32_MAX)
                return false;
        if (expires <= 0 || expires > UINT32_MAX || packets < 0 || bytes < 0)
                return false;

        *ret = (Attempt){
                .uid = (uint32_t) uid,
                .packets = (uint64_t) packets,
                .bytes = (uint64_t) bytes,
                .expires_sec = (uint32_t) expires,
        };
        return true;
}

static int read_attempts_of_set(const json_t *elements, Attempts *attempts) {
        json_t *element;
        size_t i;

        json_array_foreach(elements, i, element) {
                Attempt attempt;
                int r;

                if (!read_attempt(element, &attempt))
                        continue;
                r = attempts_append(attempts, &attempt);
                if (r == -E2BIG)
                        return 0; /* a set of somebody else's size: what fits is kept */
                if (r < 0)
                        return r;
        }

        return 0;
}

int listing_read_attempts(const Listing *listing, Attempts *attempts) {
        json_t *object;
        size_t i;

        json_array_foreach(listing->objects, i, object) {
                const char *kind = NULL;
                const json_t *body = object_body(object, &kind);

                if (body && is_attempts(kind, body))
                        return read_attempts_of_set(json_object_get(body, "elem"), attempts);
        }

        return 0;
}

static void drop_what_moves(const char *kind, json_t *body) {
        IGNORE_RESULT(json_object_del(body, "handle")); /* not there: nothing to drop */

        if (is_attempts(kind, body))
                IGNORE_RESULT(json_object_del(body, "elem"));

        if (string_equal(kind, "counter")) {
                IGNORE_RESULT(json_object_del(body, "packets"));
                IGNORE_RESULT(json_object_del(body, "bytes"));
        }
}

int listing_digest(Listing *listing, Digest *ret) {
        CLEANUP(freep) char *text = NULL;
        json_t *object;
        size_t i;

        json_array_foreach(listing->objects, i, object) {
                const char *kind = NULL;
                json_t *body = object_body(object, &kind);

                if (string_equal(kind, "metainfo"))
                        IGNORE_RESULT(json_object_clear(object)); /* fails on no object only */
                else if (body)
                        drop_what_moves(kind, body);
        }

        text = json_dumps(listing->objects, JSON_COMPACT | JSON_SORT_KEYS);
        if (!text)
                return -ENOMEM;

        *ret = digest_of(text, strlen(text));
        return 0;
}
