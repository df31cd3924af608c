/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <stdio.h>

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

json_t *listing_object(json_t *object, const char **ret_kind) {
        void *member = json_object_iter(object);

        if (!member)
                return NULL;

        *ret_kind = json_object_iter_key(member);
        return json_object_iter_value(member);
}

/* A set whose elements come and go at any time. */
static bool moves(const char *kind, const json_t *body) {
        return string_equal(kind, "set") &&
               ruleset_set_moves(json_string_value(json_object_get(body, "name")));
}

/* "uid", or ["uid", "ipv4_addr"] as one string; cut if it is longer than any of ours. */
static void read_type(const json_t *body, char *ret, size_t size) {
        const json_t *type = json_object_get(body, "type"), *part;
        CLEANUP(text_done) Text text = {};
        size_t i;

        text_append_string(&text, json_string_value(type) ?: "");
        json_array_foreach(type, i, part) text_append_format(
                        &text, "%s%s", i > 0 ? " . " : "", json_string_value(part) ?: "");
        (void) snprintf(ret, size, "%s", text.data ?: "");
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
                const json_t *body = listing_object(object, &kind);

                if (string_equal(kind, "set") && !moves(kind, body) &&
                    set_has_twice(json_object_get(body, "elem")))
                        return true;
        }

        return false;
}

static bool flags_are_timeout(const json_t *flags) {
        if (json_is_array(flags))
                return json_array_size(flags) == 1 && flags_are_timeout(json_array_get(flags, 0));

        return string_equal(json_string_value(flags), "timeout");
}

/* Only elements that the kernel puts in get a time to live by themselves, and only those of
 * exceptions may have one. */
static bool set_ends_as_ours(const char *kind, const json_t *body, const RulesetPlan *plan) {
        const json_t *flags = json_object_get(body, "flags");

        if (moves(kind, body))
                return true;
        if (json_object_get(body, "timeout"))
                return false;

        return ruleset_is_exception_set(plan, json_string_value(json_object_get(body, "name")))
                               ? flags_are_timeout(flags)
                               : !flags;
}

static bool object_is_ours(const char *kind, const json_t *body, const RulesetPlan *plan) {
        const char *name = json_string_value(json_object_get(body, "name"));
        char type[QUESTION_TEXT_MAX];

        /* a rule stands in a chain; that all its rules are ours is what the digest shows */
        if (string_equal(kind, "metainfo") || string_equal(kind, "table") ||
            string_equal(kind, "rule"))
                return true;

        read_type(body, type, sizeof(type));
        if (string_equal(kind, "set") && !set_ends_as_ours(kind, body, plan))
                return false;

        return ruleset_has_object(plan, kind, name, type);
}

bool listing_is_ours(const Listing *listing, const RulesetPlan *plan) {
        json_t *object;
        size_t i;

        json_array_foreach(listing->objects, i, object) {
                const char *kind = NULL;
                const json_t *body = listing_object(object, &kind);

                if (!body || !object_is_ours(kind, body, plan))
                        return false;
        }

        return true;
}

static json_t *elements_from_ids(const AllowedIds *ids, bool always) {
        CLEANUP(json_decrefp) json_t *elements = json_array();

        for (size_t i = 0; i < ids->count; i++) {
                if (always && !ruleset_is_always_allowed(&ids->items[i]))
                        continue;
                if (json_array_append_new(elements, json_integer(ids->items[i].id)) < 0)
                        return NULL;
        }

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

static json_t *elements_of(const char *set, const RulesetPlan *plan) {
        const HostFacts *facts = plan->facts;

        if (string_equal(set, "uids"))
                return elements_from_ids(&facts->uids, false);
        if (string_equal(set, "always") && plan->shape.exceptions)
                return elements_from_ids(&facts->uids, true);
        if (string_equal(set, "gids"))
                return elements_from_ids(&facts->gids, false);
        if (string_equal(set, "ports"))
                return elements_from_ports(&facts->verdicts, false);
        if (string_equal(set, "redirected") && plan->shape.redirect)
                return elements_from_ports(&facts->verdicts, true);

        return json_array();
}

int listing_add_elements(Listing *listing, const RulesetPlan *plan) {
        json_t *object;
        size_t i;

        json_array_foreach(listing->objects, i, object) {
                CLEANUP(json_decrefp) json_t *elements = NULL;
                const char *kind = NULL;
                json_t *body = listing_object(object, &kind);

                if (!string_equal(kind, "set") || moves(kind, body))
                        continue;
                elements = elements_of(json_string_value(json_object_get(body, "name")), plan);
                if (!elements)
                        return -ENOMEM;
                /* the library leaves the key of an empty set out */
                if (json_array_size(elements) > 0 && json_object_set(body, "elem", elements) < 0)
                        return -ENOMEM;
        }

        return 0;
}

static void drop_what_moves(const char *kind, json_t *body) {
        IGNORE_RESULT(json_object_del(body, "handle")); /* not there: nothing to drop */

        /* of attempts, or of exceptions: listing_has_exceptions() */
        if (moves(kind, body) || (string_equal(kind, "set") && json_object_get(body, "flags")))
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
                json_t *body = listing_object(object, &kind);

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
