/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "firewall/delta.h"

void delta_done(Delta *delta) {
        free(delta->items);
        exception_elements_done(&delta->added);
        *delta = (Delta){};
}

/* What differs. */
typedef struct Changed {
        const Exception *removed[DELTA_EXCEPTIONS_MAX];
        const Exception *added[DELTA_EXCEPTIONS_MAX];
        size_t removed_count;
        size_t added_count;
} Changed;

static bool put(const Exception **list, size_t *count, const Exception *exception) {
        if (*count == DELTA_EXCEPTIONS_MAX)
                return false;

        list[(*count)++] = exception;
        return true;
}

/* Both lists are in the order of ids, and share what is in both, which therefore is not looked at:
 * 10,000 of them are not in the processor's cache. Return: false if too many differ. */
static bool find_changed(const DeltaSide *before, const DeltaSide *after, Changed *changed) {
        const Exceptions *a = before->exceptions, *b = after->exceptions;
        size_t i = 0, j = 0;

        while (i < a->count || j < b->count) {
                const Exception *old = i < a->count ? a->items[i] : NULL;
                const Exception *new = j < b->count ? b->items[j] : NULL;
                bool goes = old && (!new || old->id <= new->id);

                if (old == new) {
                        i++;
                        j++;
                } else if (goes) {
                        if (!put(changed->removed, &changed->removed_count, old))
                                return false;
                        i++;
                } else {
                        if (!put(changed->added, &changed->added_count, new))
                                return false;
                        j++;
                }
        }

        return true;
}

static int append_all(
                ExceptionElements *elements,
                const Exception *const *exceptions,
                size_t count,
                const SubjectIds *subjects) {
        for (size_t i = 0; i < count; i++) {
                int r = exception_elements_append(elements, exceptions[i], subjects);

                if (r < 0)
                        return r;
        }

        return 0;
}

static bool is_removed(const Delta *delta, uint64_t id) {
        for (size_t i = 0; i < delta->removed_count; i++)
                if (delta->removed[i] == id)
                        return true;

        return false;
}

/* When the element ends before and after. */
static void find_ends(const Delta *delta, const ExceptionElements *elements, DeltaElement *item) {
        for (size_t i = exception_elements_first(elements, &item->element);
             i < elements->count &&
             exception_element_compare(&elements->items[i], &item->element) == 0;
             i++) {
                uint64_t end = elements->items[i].expires_usec;

                item->before_usec = MAX_OF(item->before_usec, end);
                if (!is_removed(delta, elements->items[i].id))
                        item->after_usec = MAX_OF(item->after_usec, end);
        }
        for (size_t i = exception_elements_first(&delta->added, &item->element);
             i < delta->added.count &&
             exception_element_compare(&delta->added.items[i], &item->element) == 0;
             i++)
                item->after_usec = MAX_OF(item->after_usec, delta->added.items[i].expires_usec);

        item->element.expires_usec = item->after_usec;
}

static size_t first_of_question(const ExceptionElements *elements, const Question *question) {
        const ExceptionElement least = { .question = *question };

        return exception_elements_first(elements, &least);
}

/* Has the question's set an element, those of exceptions that go left aside if `without_removed`?
 */
static bool is_asked(
                const Delta *delta,
                const ExceptionElements *elements,
                const Question *question,
                bool without_removed) {
        for (size_t i = first_of_question(elements, question);
             i < elements->count && question_compare(&elements->items[i].question, question) == 0;
             i++)
                if (!without_removed || !is_removed(delta, elements->items[i].id))
                        return true;

        return false;
}

static void find_sets(
                Delta *delta, const ExceptionElements *elements, const ExceptionElements *touched) {
        for (size_t i = 0; i < touched->count; i = exception_elements_set_end(touched, i)) {
                const Question *question = &touched->items[i].question;
                bool was = is_asked(delta, elements, question, false);
                bool is = is_asked(delta, elements, question, true) ||
                          is_asked(delta, &delta->added, question, false);

                if (question_is_guard(question) || was == is)
                        continue;

                /* at most two for each that comes, and for each that goes */
                assert(delta->set_count < DELTA_SETS_MAX);
                delta->sets[delta->set_count++] = (DeltaSet){ *question, is };
        }
}

int delta_make(const DeltaSide *before,
               const ExceptionElements *elements,
               const DeltaSide *after,
               Delta *ret) {
        CLEANUP(delta_done) Delta delta = {};
        CLEANUP(exception_elements_done) ExceptionElements touched = {};
        Changed changed = {};
        int r;

        assert(before && elements && after && ret);

        if (!find_changed(before, after, &changed))
                return DELTA_E_TOO_MUCH;
        for (size_t i = 0; i < changed.removed_count; i++)
                delta.removed[delta.removed_count++] = changed.removed[i]->id;

        r = append_all(&delta.added, changed.added, changed.added_count, after->subjects);
        if (r >= 0)
                r = append_all(&touched, changed.added, changed.added_count, after->subjects);
        if (r >= 0)
                r = append_all(&touched, changed.removed, changed.removed_count, before->subjects);
        if (r < 0)
                return r == -E2BIG ? DELTA_E_TOO_MUCH : r;
        exception_elements_order(&delta.added);
        exception_elements_sort(&touched);

        delta.items = calloc(touched.count + 1, sizeof(*delta.items));
        if (!delta.items)
                return -ENOMEM;
        for (; delta.count < touched.count; delta.count++) {
                delta.items[delta.count].element = touched.items[delta.count];
                find_ends(&delta, elements, &delta.items[delta.count]);
        }
        find_sets(&delta, elements, &touched);

        *ret = delta;
        delta = (Delta){};
        return 0;
}

static int compare_subjects(const SubjectId *a, const SubjectId *b) {
        if (!a || !b)
                return a ? -1 : 1;
        if (a == b)
                return 0;
        if (a->kind != b->kind)
                return a->kind < b->kind ? -1 : 1;

        return strcmp(a->name, b->name);
}

/* Is it the subject of an exception that stays? Then the number that it gets or loses concerns
 * more than what differs. */
static bool subject_stays(
                const DeltaSide *before, const DeltaSide *after, const SubjectId *subject) {
        const Exceptions *exceptions = before->exceptions;

        for (size_t i = 0; i < exceptions->count; i++)
                if (exceptions->items[i]->kind == subject->kind &&
                    string_equal(exceptions->items[i]->name, subject->name) &&
                    exceptions_find(after->exceptions, exceptions->items[i]->id))
                        return true;

        return false;
}

static bool numbers_equal(const SubjectId *a, const SubjectId *b) {
        return a->id == b->id && a->member_count == b->member_count &&
               (a->member_count == 0 ||
                memcmp(a->members, b->members, a->member_count * sizeof(*a->members)) == 0);
}

bool delta_subjects_agree(const DeltaSide *before, const DeltaSide *after) {
        const SubjectIds *a = before->subjects, *b = after->subjects;
        size_t i = 0, j = 0, alone = 0;

        while (i < a->count || j < b->count) {
                const SubjectId *old = i < a->count ? a->items[i] : NULL;
                const SubjectId *new = j < b->count ? b->items[j] : NULL;
                int r = compare_subjects(old, new);

                if (r == 0 && !numbers_equal(old, new))
                        return false;
                if (r != 0 && (++alone > 2 * DELTA_EXCEPTIONS_MAX ||
                               subject_stays(before, after, r < 0 ? old : new)))
                        return false;
                if (r <= 0)
                        i++;
                if (r >= 0)
                        j++;
        }

        return true;
}

int delta_elements(
                const Exceptions *exceptions, const SubjectIds *subjects, ExceptionElements *ret) {
        CLEANUP(exception_elements_done) ExceptionElements elements = {};
        int r;

        for (size_t i = 0; i < exceptions->count; i++) {
                r = exception_elements_append(&elements, exceptions->items[i], subjects);
                if (r < 0)
                        return r;
                if (elements.count > DELTA_ELEMENTS_MAX)
                        return -E2BIG;
        }
        exception_elements_order(&elements);

        *ret = elements;
        elements = (ExceptionElements){};
        return 0;
}

int delta_change_elements(const Delta *delta, ExceptionElements *elements) {
        CLEANUP(exception_elements_done) ExceptionElements changed = {};
        size_t j = 0;

        changed.allocated = elements->count + delta->added.count + 1;
        changed.items = calloc(changed.allocated, sizeof(*changed.items));
        if (!changed.items)
                return -ENOMEM;

        for (size_t i = 0; i < elements->count; i++) {
                while (j < delta->added.count &&
                       exception_element_compare(&delta->added.items[j], &elements->items[i]) < 0)
                        changed.items[changed.count++] = delta->added.items[j++];
                if (!is_removed(delta, elements->items[i].id))
                        changed.items[changed.count++] = elements->items[i];
        }
        while (j < delta->added.count)
                changed.items[changed.count++] = delta->added.items[j++];

        exception_elements_done(elements);
        *elements = changed;
        changed = (ExceptionElements){};
        return 0;
}
