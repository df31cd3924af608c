/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A delta as a batch. */

#include "firewall/delta.h"
#include "firewall/exception-text.h"

static bool set_goes(const Delta *delta, const Question *question) {
        for (size_t i = 0; i < delta->set_count; i++)
                if (!delta->sets[i].comes &&
                    question_compare(&delta->sets[i].question, question) == 0)
                        return true;

        return false;
}

static void append_element(
                Text *text, const char *verb, const ExceptionElement *element, uint64_t now_usec) {
        char name[QUESTION_NAME_MAX];

        question_name(&element->question, name);
        text_append_format(text, "%s element inet " RULESET_TABLE " %s { ", verb, name);
        exception_text_element(text, element, now_usec);
        text_append_string(text, "\n}\n");
}

/*
 * One that is there is added, deleted, and added as it is to be: it may expire while the batch is
 * on its way, and there is no `destroy` in nft 1.0.6. Kernels before 6.12 change no time of an
 * element that is there.
 */
static void append_elements(Text *text, const Delta *delta, uint64_t now_usec) {
        for (size_t i = 0; i < delta->count; i++) {
                const DeltaElement *item = &delta->items[i];
                ExceptionElement without_end = item->element;

                without_end.expires_usec = UINT64_MAX;
                if (item->before_usec == item->after_usec ||
                    set_goes(delta, &item->element.question))
                        continue;
                if (item->before_usec > 0) {
                        append_element(text, "add", &without_end, now_usec);
                        append_element(text, "delete", &without_end, now_usec);
                }
                if (item->after_usec > now_usec)
                        append_element(text, "add", &item->element, now_usec);
        }
}

static void append_rules(Text *text, const RulesetPlan *plan) {
        for (ChainId i = 0; i < _CHAIN_MAX; i++) {
                if (!chain_asks_exceptions(i) || !chain_is_there(&plan->shape, i))
                        continue;
                text_append_format(text, "flush chain inet " RULESET_TABLE " %s\n", chain_name(i));
                exception_text_add_rules(text, &plan->shape, i, &plan->exceptions);
        }
}

int delta_render(const Delta *delta, const RulesetPlan *plan, uint64_t now_usec, char **ret_text) {
        CLEANUP(text_done) Text text = {};

        assert(delta && ret_text);

        for (size_t i = 0; i < delta->set_count; i++)
                if (delta->sets[i].comes)
                        exception_text_declare_set(&text, &delta->sets[i].question);
        append_elements(&text, delta, now_usec);
        if (delta->set_count > 0)
                append_rules(&text, plan);
        for (size_t i = 0; i < delta->set_count; i++)
                if (!delta->sets[i].comes) {
                        char name[QUESTION_NAME_MAX];

                        question_name(&delta->sets[i].question, name);
                        text_append_format(&text, "delete set inet " RULESET_TABLE " %s\n", name);
                }

        return text_finish(&text, ret_text, NULL);
}
