/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <inttypes.h>

#include "firewall/exception-text.h"
#include "firewall/ruleset.h"

#define LINE_ELEMENTS 400

static const Question guards[] = {
        { .subject = QUESTION_GUARD_UID },
        { .subject = QUESTION_GUARD_GID },
};

bool exception_element_is_expired(const ExceptionElement *element, uint64_t now_usec) {
        return element->expires_usec <= now_usec;
}

void exception_text_declare_set(Text *text, const Question *question) {
        char name[QUESTION_NAME_MAX];
        char type[QUESTION_TEXT_MAX];

        question_name(question, name);
        question_type(question, type);
        text_append_format(
                        text,
                        "add set inet " RULESET_TABLE " %s { type %s; flags timeout; }\n",
                        name,
                        type);
}

static void flush_set(Text *text, const Question *question) {
        char name[QUESTION_NAME_MAX];

        question_name(question, name);
        text_append_format(text, "flush set inet " RULESET_TABLE " %s\n", name);
}

/* Behind the guards, which come first. */
static size_t find_first_set(const ExceptionElements *elements) {
        size_t i = 0;

        while (i < elements->count && question_is_guard(&elements->items[i].question))
                i++;

        return i;
}

/* Of all sets, beginning with `previous` NULL. NULL behind the last one. */
static const Question *next_set(const ExceptionElements *elements, size_t *i) {
        const Question *question;

        if (elements->count == 0)
                return NULL;
        if (*i < ELEMENTS_OF(guards))
                return &guards[(*i)++];

        if (*i == ELEMENTS_OF(guards))
                *i += find_first_set(elements);
        if (*i - ELEMENTS_OF(guards) >= elements->count)
                return NULL;

        question = &elements->items[*i - ELEMENTS_OF(guards)].question;
        *i = ELEMENTS_OF(guards) + exception_elements_set_end(elements, *i - ELEMENTS_OF(guards));
        return question;
}

void exception_text_declare_sets(Text *text, const ExceptionElements *elements) {
        const Question *question;

        for (size_t i = 0; (question = next_set(elements, &i));)
                exception_text_declare_set(text, question);
}

void exception_text_flush_sets(Text *text, const ExceptionElements *elements) {
        const Question *question;

        for (size_t i = 0; (question = next_set(elements, &i));)
                flush_set(text, question);
}

const Question *exception_text_find_set(const ExceptionElements *elements, const char *name) {
        const Question *question;

        for (size_t i = 0; (question = next_set(elements, &i));) {
                char own[QUESTION_NAME_MAX];

                question_name(question, own);
                if (string_equal(name, own))
                        return question;
        }

        return NULL;
}

void exception_text_element(Text *text, const ExceptionElement *element, uint64_t now_usec) {
        char key[QUESTION_TEXT_MAX];
        uint64_t msec;

        exception_element_text(element, key);
        text_append_string(text, key);
        if (element->expires_usec == UINT64_MAX)
                return;

        /* nft takes no more than 8 digits of one unit; up: what is left of a millisecond is left */
        msec = (element->expires_usec - now_usec - 1) / USEC_PER_MSEC + 1;
        msec = MIN_OF(msec, EXCEPTION_LIFETIME_MAX_USEC / USEC_PER_MSEC);
        text_append_format(
                        text,
                        " timeout %" PRIu64 "d%" PRIu64 "s%" PRIu64 "ms",
                        msec / MSEC_PER_DAY,
                        msec % MSEC_PER_DAY / 1000,
                        msec % 1000);
}

static size_t fill_set(
                Text *text, const ExceptionElements *elements, size_t first, uint64_t now_usec) {
        size_t end = exception_elements_set_end(elements, first);
        char name[QUESTION_NAME_MAX];
        size_t count = 0;

        question_name(&elements->items[first].question, name);
        for (size_t i = first; i < end; i++) {
                if (exception_element_is_expired(&elements->items[i], now_usec))
                        continue;
                if (count % LINE_ELEMENTS == 0)
                        text_append_format(
                                        text,
                                        "%sadd element inet " RULESET_TABLE " %s { ",
                                        count > 0 ? "\n}\n" : "",
                                        name);
                else
                        text_append_string(text, ", ");
                exception_text_element(text, &elements->items[i], now_usec);
                count++;
        }
        if (count > 0)
                text_append_string(text, "\n}\n");
        return end;
}

void exception_text_fill_sets(Text *text, const ExceptionElements *elements, uint64_t now_usec) {
        for (size_t i = 0; i < elements->count;)
                i = fill_set(text, elements, i, now_usec);
}

void exception_text_add_rules(
                Text *text,
                const ChainShape *shape,
                ChainId chain,
                const ExceptionElements *elements) {
        const char *rule;

        for (size_t i = 0; (rule = chain_rule(shape, chain, i)); i++)
                text_append_format(
                                text,
                                "add rule inet " RULESET_TABLE " %s %s\n",
                                chain_name(chain),
                                rule);
        if (!chain_asks_exceptions(chain))
                return;

        for (size_t i = find_first_set(elements); i < elements->count;
             i = exception_elements_set_end(elements, i)) {
                char asking[QUESTION_RULE_MAX];

                if (!chain_asks(chain, &elements->items[i].question))
                        continue;
                chain_exception_rule(shape, chain, &elements->items[i].question, asking);
                text_append_format(
                                text,
                                "add rule inet " RULESET_TABLE " %s %s\n",
                                chain_name(chain),
                                asking);
        }
}
