/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "firewall/exception-sets.h"
#include "util/array.h"

static int order(uint64_t a, uint64_t b) {
        return a < b ? -1 : a > b;
}

static void append_part(char *text, const char *part) {
        size_t used = strlen(text);

        (void) snprintf(text + used, QUESTION_TEXT_MAX - used, "%s%s", used > 0 ? " . " : "", part);
}

void exception_element_text(const ExceptionElement *element, char ret[static QUESTION_TEXT_MAX]) {
        char part[INET6_ADDRSTRLEN] = "";

        ret[0] = 0;
        if (question_compares_interface(&element->question)) {
                (void) snprintf(part, sizeof(part), "\"%s\"", element->interface);
                append_part(ret, part);
        }
        if (question_compares_number(&element->question)) {
                (void) snprintf(part, sizeof(part), "%" PRIu32, element->number);
                append_part(ret, part);
        }
        if (question_compares_address(&element->question)) {
                IGNORE_RESULT(inet_ntop(/* has room */
                                        element->question.family,
                                        element->address,
                                        part,
                                        sizeof(part)));
                append_part(ret, part);
        }
        if (element->question.port) {
                (void) snprintf(part, sizeof(part), "%u", element->port);
                append_part(ret, part);
        }
}

/* Parts begin at multiples of 4; ids are in the order of this machine. */
size_t exception_element_key(
                const ExceptionElement *element, uint8_t ret[static EXCEPTION_KEY_MAX]) {
        uint16_t port = htons(element->port);
        size_t size = 0;

        memset(ret, 0, EXCEPTION_KEY_MAX);
        if (question_compares_interface(&element->question)) {
                memcpy(ret, element->interface, sizeof(element->interface));
                size += sizeof(element->interface);
        }
        if (question_compares_number(&element->question)) {
                memcpy(ret, &element->number, sizeof(element->number));
                size += sizeof(element->number);
        }
        if (question_compares_address(&element->question)) {
                size_t bytes = element->question.family == AF_INET6 ? 16 : 4;

                memcpy(ret + size, element->address, bytes);
                size += bytes;
        }
        if (element->question.port) {
                memcpy(ret + size, &port, sizeof(port));
                size += 4;
        }

        return size;
}

void exception_elements_done(ExceptionElements *elements) {
        free(elements->items);
        *elements = (ExceptionElements){};
}

static int append(ExceptionElements *elements, const ExceptionElement *element) {
        int r;

        if (elements->count == EXCEPTION_ELEMENTS_MAX)
                return -E2BIG;
        r = ARRAY_MAKE_ROOM(&elements->items, &elements->allocated, elements->count + 1);
        if (r < 0)
                return r;

        elements->items[elements->count++] = *element;
        return 0;
}

/* One for each port, or one for all. `element` says who. */
static int append_ports(
                ExceptionElements *elements,
                const Exception *exception,
                ExceptionElement *element) {
        element->question.family = exception->destination.family;
        element->question.prefix = exception->destination.prefix;
        element->question.port = exception->port_count > 0;
        element->question.verdict = exception->verdict;
        memcpy(element->address, exception->destination.address, sizeof(element->address));
        if (exception->port_count == 0)
                return append(elements, element);

        for (size_t i = 0; i < exception->port_count; i++) {
                int r;

                element->port = exception->ports[i];
                r = append(elements, element);
                if (r < 0)
                        return r;
        }

        return 0;
}

static ExceptionElement element_of(const Exception *exception, QuestionSubject subject) {
        return (ExceptionElement){
                .question.subject = subject,
                .expires_usec = exception->expires_usec > 0 ? exception->expires_usec : UINT64_MAX,
                .id = exception->id,
        };
}

static int append_number(
                ExceptionElements *elements,
                const Exception *exception,
                QuestionSubject subject,
                uint32_t number) {
        ExceptionElement guard = element_of(
                        exception,
                        subject == QUESTION_GID ? QUESTION_GUARD_GID : QUESTION_GUARD_UID);
        ExceptionElement element = element_of(exception, subject);
        int r;

        guard.number = element.number = number;
        r = append(elements, &guard);
        if (r < 0)
                return r;

        return append_ports(elements, exception, &element);
}

static void set_interface(ExceptionElement *element, const char *name) {
        memcpy(element->interface, name, MIN_OF(strlen(name), sizeof(element->interface) - 1));
}

int exception_elements_append(
                ExceptionElements *elements,
                const Exception *exception,
                const SubjectIds *subjects) {
        ExceptionElement forwarded = element_of(exception, QUESTION_INTERFACE);
        const SubjectId *subject;
        int r;

        if (exception->kind == SUBJECT_INTERFACE) {
                set_interface(&forwarded, exception->name);
                return append_ports(elements, exception, &forwarded);
        }

        subject = subject_ids_find(subjects, exception->kind, exception->name);
        if (!subject)
                return 0;
        if (exception->kind == SUBJECT_USER)
                return append_number(elements, exception, QUESTION_UID, subject->id);

        r = append_number(elements, exception, QUESTION_GID, subject->id);
        for (size_t i = 0; r >= 0 && i < subject->member_count; i++)
                r = append_number(elements, exception, QUESTION_MEMBER, subject->members[i]);
        return r;
}

/* Whom Forwarded does not concern. */
static int append_exempt(ExceptionElements *elements, const Policy *policy) {
        int r;

        for (size_t i = 0; i < policy->forwarded_interfaces.count; i++) {
                ExceptionElement element = {
                        .question.subject = QUESTION_EXEMPT_INTERFACE,
                        .question.verdict = EXCEPTION_ALLOW,
                        .expires_usec = UINT64_MAX,
                };

                set_interface(&element, policy->forwarded_interfaces.items[i]);
                r = append(elements, &element);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < policy->forwarded_networks.count; i++) {
                ExceptionElement element = {
                        .question.subject = QUESTION_EXEMPT_NETWORK,
                        .question.verdict = EXCEPTION_ALLOW,
                        .expires_usec = UINT64_MAX,
                };
                Network network;

                /* policy_check() lets no other pass */
                if (network_from_string(policy->forwarded_networks.items[i], &network) != 0)
                        return -EINVAL;
                element.question.family = network.family;
                element.question.prefix = network.prefix;
                memcpy(element.address, network.address, sizeof(element.address));
                r = append(elements, &element);
                if (r < 0)
                        return r;
        }

        return 0;
}

int exception_element_compare(const ExceptionElement *a, const ExceptionElement *b) {
        int r;

        r = question_compare(&a->question, &b->question);
        if (r == 0)
                r = order(a->number, b->number);
        if (r == 0)
                r = memcmp(a->address, b->address, sizeof(a->address));
        if (r == 0)
                r = memcmp(a->interface, b->interface, sizeof(a->interface));
        if (r == 0)
                r = order(a->port, b->port);
        return r;
}

/* Of two that compare the same, the one that lasts longer first. */
static int compare(const void *left, const void *right) {
        const ExceptionElement *a = left, *b = right;
        int r;

        r = exception_element_compare(a, b);
        if (r == 0)
                r = order(b->expires_usec, a->expires_usec);
        return r != 0 ? r : order(a->id, b->id);
}

void exception_elements_order(ExceptionElements *elements) {
        if (elements->count > 0)
                qsort(elements->items, elements->count, sizeof(*elements->items), compare);
}

void exception_elements_sort(ExceptionElements *elements) {
        size_t kept = 0;

        if (elements->count == 0)
                return;

        exception_elements_order(elements);
        for (size_t i = 1; i < elements->count; i++)
                if (exception_element_compare(&elements->items[i], &elements->items[kept]) != 0)
                        elements->items[++kept] = elements->items[i];

        elements->count = kept + 1;
}

int exception_elements_make(
                const Policy *policy, const SubjectIds *subjects, ExceptionElements *ret) {
        CLEANUP(exception_elements_done) ExceptionElements elements = {};
        const Exceptions *exceptions = &policy->exceptions;
        int r;

        assert(subjects && ret);

        for (size_t i = 0; i < exceptions->count; i++) {
                r = exception_elements_append(&elements, exceptions->items[i], subjects);
                if (r < 0)
                        return r;
        }
        if (policy->forwarded != FORWARDED_ALLOW) {
                r = append_exempt(&elements, policy);
                if (r < 0)
                        return r;
        }
        exception_elements_sort(&elements);

        *ret = elements;
        elements = (ExceptionElements){};
        return 0;
}

size_t exception_elements_first(const ExceptionElements *elements, const ExceptionElement *wanted) {
        size_t low = 0, high = elements->count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (exception_element_compare(&elements->items[middle], wanted) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }

        return low;
}

ExceptionElement *exception_elements_find(
                const ExceptionElements *elements, const ExceptionElement *wanted) {
        size_t i = exception_elements_first(elements, wanted);

        if (i == elements->count || exception_element_compare(&elements->items[i], wanted) != 0)
                return NULL;

        return &elements->items[i];
}

size_t exception_elements_set_end(const ExceptionElements *elements, size_t first) {
        const Question *question = &elements->items[first].question;
        size_t end = first + 1;

        while (end < elements->count &&
               question_compare(&elements->items[end].question, question) == 0)
                end++;

        return end;
}
