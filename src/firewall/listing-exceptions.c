/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "firewall/exception-text.h"
#include "firewall/listing.h"

/* The listing tells seconds, a large batch takes some on a busy machine, and clocks are set by
 * little. */
#define SLACK_USEC (60 * USEC_PER_SEC)

/* What is being compared. */
typedef struct Comparison {
        const ExceptionElements *wanted;
        bool *seen; /* for each of them */
        uint64_t now_usec;
} Comparison;

static bool read_port(const json_t *value, uint16_t *ret) {
        json_int_t port = json_integer_value(value);

        *ret = (uint16_t) port;
        return json_is_integer(value) && port >= 0 && port <= UINT16_MAX;
}

static bool read_number(const json_t *value, uint32_t *ret) {
        json_int_t number = json_integer_value(value);

        *ret = (uint32_t) number;
        return json_is_integer(value) && number >= 0 && number <= UINT32_MAX;
}

static bool read_interface(const json_t *value, char *ret, size_t size) {
        const char *name = json_string_value(value);

        if (!name || strlen(name) >= size)
                return false;

        memcpy(ret, name, strlen(name));
        return true;
}

/* 1000, or {"concat": [1000, "192.0.2.0", 25]}: as much of it as the question compares. */
static bool read_key(const json_t *value, ExceptionElement *element) {
        const Question *question = &element->question;
        const json_t *parts = json_object_get(value, "concat");
        size_t i = 0;

        if (question_compares_interface(question) &&
            !read_interface(parts ? json_array_get(parts, i) : value,
                            element->interface,
                            sizeof(element->interface)))
                return false;
        if (question_compares_number(question) &&
            !read_number(parts ? json_array_get(parts, i) : value, &element->number))
                return false;
        i += question_compares_interface(question) || question_compares_number(question);

        if (question_compares_address(question)) {
                const char *address = json_string_value(parts ? json_array_get(parts, i) : value);

                if (!address || inet_pton(question->family, address, element->address) != 1)
                        return false;
                i++;
        }
        if (question->port && !read_port(json_array_get(parts, i++), &element->port))
                return false;

        return parts ? json_array_size(parts) == i : i == 1;
}

/* Does it end when it should? What the kernel cannot count that far ends at its limit. */
static bool ends_in_time(const json_t *expires, const ExceptionElement *wanted, uint64_t now_usec) {
        uint64_t end, difference;

        if (!expires || wanted->expires_usec == UINT64_MAX)
                return !expires && wanted->expires_usec == UINT64_MAX;

        end = now_usec + (uint64_t) json_integer_value(expires) * USEC_PER_SEC;
        difference = end > wanted->expires_usec ? end - wanted->expires_usec
                                                : wanted->expires_usec - end;
        return difference <= SLACK_USEC ||
               wanted->expires_usec > now_usec + EXCEPTION_LIFETIME_MAX_USEC / 2;
}

static bool compare_element(
                const Comparison *comparison, const Question *question, const json_t *listed) {
        const json_t *body = json_object_get(listed, "elem");
        ExceptionElement wanted = { .question = *question };
        const ExceptionElement *found;

        if (!read_key(body ? json_object_get(body, "val") : listed, &wanted))
                return false;
        found = exception_elements_find(comparison->wanted, &wanted);
        if (!found || !ends_in_time(json_object_get(body, "expires"), found, comparison->now_usec))
                return false;

        comparison->seen[found - comparison->wanted->items] = true;
        return true;
}

static bool compare_sets(const Listing *listing, const Comparison *comparison) {
        json_t *object;
        size_t i;

        json_array_foreach(listing->objects, i, object) {
                const char *kind = NULL;
                const json_t *body = listing_object(object, &kind);
                const Question *question = NULL;
                const json_t *listed;
                size_t j;

                if (string_equal(kind, "set"))
                        question = exception_text_find_set(
                                        comparison->wanted,
                                        json_string_value(json_object_get(body, "name")));
                if (!question)
                        continue;
                json_array_foreach(json_object_get(body, "elem"), j, listed) if (
                                !compare_element(comparison, question, listed)) return false;
        }

        return true;
}

static bool all_are_seen(const Comparison *comparison) {
        for (size_t i = 0; i < comparison->wanted->count; i++)
                if (!comparison->seen[i] && !exception_element_is_expired(
                                                            &comparison->wanted->items[i],
                                                            comparison->now_usec + SLACK_USEC))
                        return false;

        return true;
}

int listing_has_exceptions(const Listing *listing, const RulesetPlan *plan, uint64_t now_usec) {
        CLEANUP(freep) bool *seen = calloc(plan->exceptions.count + 1, sizeof(bool));
        const Comparison comparison = {
                .wanted = &plan->exceptions,
                .seen = seen,
                .now_usec = now_usec,
        };

        if (!seen)
                return -ENOMEM;

        return compare_sets(listing, &comparison) && all_are_seen(&comparison);
}
