/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Exceptions as the kernel holds them: elements of hash sets, one set for each question
 * (question.h). An exception is nothing but its own elements, so one that expires in the kernel
 * uncovers by itself whatever is weaker. Pure.
 */

#include "firewall/question.h"
#include "policy/policy.h"
#include "policy/subject-ids.h"

/* One connection, or all those that an element of a set stands for. */
typedef struct ExceptionElement {
        Question question;
        uint32_t number;    /* uid or gid */
        char interface[16]; /* in place of it; the bytes behind the name are 0 */
        uint8_t address[16];
        uint16_t port;
        uint64_t expires_usec; /* CLOCK_REALTIME; UINT64_MAX: never */
        uint64_t id;           /* of the exception that it is there for longest */
} ExceptionElement;

/* A hundred years: the kernel cannot count much further. */
#define EXCEPTION_LIFETIME_MAX_USEC ((uint64_t) 36500 * 86400 * USEC_PER_SEC)

#define EXCEPTION_ELEMENTS_MAX 2000000 /* groups with many members and many exceptions */

/* Sorted by question and by what is compared; nothing twice. */
typedef struct ExceptionElements {
        ExceptionElement *items; /* owned */
        size_t count;
        size_t allocated;
} ExceptionElements;

void exception_elements_done(ExceptionElements *elements);

/* Of one exception; a subject without a number has none. In any order, until they are sorted.
 * Return: 0, -ENOMEM, -E2BIG above the maximum. */
WARN_UNUSED int exception_elements_append(
                ExceptionElements *elements,
                const Exception *exception,
                const SubjectIds *subjects);
/* Sort; the second one also merges those that compare the same. */
void exception_elements_order(ExceptionElements *elements);
void exception_elements_sort(ExceptionElements *elements);
/* Of all that the policy says of exceptions and of forwarded packets, sorted. Return: the same. */
WARN_UNUSED int exception_elements_make(
                const Policy *policy, const SubjectIds *subjects, ExceptionElements *ret);

/* By what is compared alone. NULL if it is not there. */
ExceptionElement *exception_elements_find(
                const ExceptionElements *elements, const ExceptionElement *wanted);

/* By what is compared alone. */
int exception_element_compare(const ExceptionElement *a, const ExceptionElement *b);
/* Where the first one is, or would be, that compares the same. */
size_t exception_elements_first(const ExceptionElements *elements, const ExceptionElement *wanted);

/* The end of the set that begins at `first`. */
size_t exception_elements_set_end(const ExceptionElements *elements, size_t first);

#define EXCEPTION_KEY_MAX 40

/* As the kernel keeps it. Return: its size. */
size_t exception_element_key(
                const ExceptionElement *element, uint8_t ret[static EXCEPTION_KEY_MAX]);
/* As nft reads it: "1000 . 192.0.2.0 . 25", without its timeout. */
void exception_element_text(const ExceptionElement *element, char ret[static QUESTION_TEXT_MAX]);
