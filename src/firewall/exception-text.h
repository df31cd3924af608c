/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The sets of exceptions as text for nft: declared, filled, emptied. Pure. */

#include "firewall/chains.h"
#include "firewall/exception-sets.h"
#include "util/text.h"

/* Each function below goes through the sets that the elements make. */

/* The two guards are there even if they are empty. Nothing where there are no elements. */
void exception_text_declare_sets(Text *text, const ExceptionElements *elements);
void exception_text_flush_sets(Text *text, const ExceptionElements *elements);
/* Each with the time that it has left; without those that have none. */
void exception_text_fill_sets(Text *text, const ExceptionElements *elements, uint64_t now_usec);

/* The question of the set with that name. NULL if there is none. */
const Question *exception_text_find_set(const ExceptionElements *elements, const char *name);

/* All rules of one chain, those about exceptions in the order of their sets. */
void exception_text_add_rules(
                Text *text,
                const ChainShape *shape,
                ChainId chain,
                const ExceptionElements *elements);

/* One element, with the time that it has left. */
void exception_text_element(Text *text, const ExceptionElement *element, uint64_t now_usec);
void exception_text_declare_set(Text *text, const Question *question);

bool exception_element_is_expired(const ExceptionElement *element, uint64_t now_usec);
