/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>

#include "firewall/delta.h"

void delta_done(Delta *delta) {
        free(delta->items);
        *delta = (Delta){};
}

/* What differs, and what is looked at because of it. */
typedef struct Work {
        const DeltaSide *before;
        const DeltaSide *after;
        const Exception *removed[DELTA_EXCEPTIONS_MAX];
        const Exception *added[DELTA_EXCEPTIONS_MAX];
        size_t removed_count;
        size_t added_count;
        bool groups; /* is one of these for a group? */
        /* users whose exceptions may share elements with these: their own numbers' names */
        const SubjectId *users[DELTA_EXCEPTIONS_MAX];
        size_t user_count;
        ExceptionElements touched; /* owned: of those that differ */
        ExceptionElements scratch; /* owned */
} Work;

static void work_done(Work *work) {
        exception_elements_done(&work->touched);
        exception_elements_done(&work->scratch);
}

static bool put(const Exception **list, size_t *count, const Exception *exception) {
        if (*count == DELTA_EXCEPTIONS_MAX)
                return false;

        list[(*count)++] = exception;
        return true;
}

/* Both lists are in the order of ids, and share what is in both. Return: false if too many. */
static bool find_changed(Work *work) {
        const Exceptions *before = work->before->exceptions;
        const Exceptions *after = work->after->exceptions;
        size_t i = 0, j = 0;

        while (i < before->count || j < after->count) {
                const Exception *old = i < before->count ? before->items[i] : NULL;
                const Exception *new = j < after->count ? after->items[j] : NULL;

                if (old == new) {
                        i++;
                        j++;
                } else if (!new || (old && old->id <= new->id)) {
                        if (!put(work->removed, &work->removed_count, old))
                                return false;
                        i++;
                } else {
                        if (!put(work->added, &work->added_count, new))
                                return false;
                        j++;
                }
        }

        return true;
}

static bool is_removed(const Work *work, const Exception *exception) {
        for (size_t i = 0; i < work->removed_count; i++)
                if (work->removed[i] == exception)
                        return true;

        return false;
}

static int compare_subjects(const SubjectId *a, const SubjectId *b) {
        if (!a || !b)
                return a ? -1 : 1;
        if (a->kind != b->kind)
                return a->kind < b->kind ? -1 : 1;

        return strcmp(a->name, b->name);
}

/* Is it the subject of an exception that stays? Then the number that it gets or loses concerns
 * more than what differs. */
static bool subject_stays(const Work *work, const SubjectId *subject) {
        const Exceptions *before = work->before->exceptions;

        for (size_t i = 0; i < before->count; i++)
                if (before->items[i]->kind == subject->kind &&
                    string_equal(before->items[i]->name, subject->name) &&
                    !is_removed(work, before->items[i]))
                        return true;

        return false;
}

static bool numbers_equal(const SubjectId *a, const SubjectId *b) {
        return a->id == b->id && a->member_count == b->member_count &&
               (a->member_count == 0 ||
                memcmp(a->members, b->members, a->member_count * sizeof(*a->members)) == 0);
}

static bool subjects_agree(const Work *work) {
        const SubjectIds *before = work->before->subjects;
        const SubjectIds *after = work->after->subjects;
        size_t i = 0, j = 0, alone = 0;

        while (i < before->count || j < after->count) {
                const SubjectId *old = i < before->count ? &before->items[i] : NULL;
                const SubjectId *new = j < after->count ? &after->items[j] : NULL;
                int r = compare_subjects(old, new);

                if (r == 0 && !numbers_equal(old, new))
                        return false;
                if (r != 0 &&
                    (++alone > 2 * DELTA_EXCEPTIONS_MAX || subject_stays(work, r < 0 ? old : new)))
                        return false;
                if (r <= 0)
                        i++;
                if (r >= 0)
                        j++;
        }

        return true;
}

static bool add_users(Work *work, const SubjectIds *subjects, uint32_t id) {
        for (size_t i = 0; i < subjects->count; i++) {
                if (subjects->items[i].kind != SUBJECT_USER || subjects->items[i].id != id)
                        continue;
                if (work->user_count == DELTA_EXCEPTIONS_MAX)
                        return false;
                work->users[work->user_count++] = &subjects->items[i];
        }

        return true;
}

/* Elements of the exceptions of one side that differ, and who else may have the same ones.
 * Return: 0, DELTA_E_TOO_MUCH, -ENOMEM, -E2BIG. */
static int touch(
                Work *work,
                const DeltaSide *side,
                const Exception *const *exceptions,
                size_t count) {
        for (size_t i = 0; i < count; i++) {
                const SubjectId *subject;
                int r;

                r = exception_elements_append(&work->touched, exceptions[i], side->subjects);
                if (r < 0)
                        return r;

                subject = subject_ids_find(
                                side->subjects, exceptions[i]->kind, exceptions[i]->name);
                if (exceptions[i]->kind == SUBJECT_GROUP)
                        work->groups = true;
                else if (subject && !add_users(work, work->after->subjects, subject->id))
                        return DELTA_E_TOO_MUCH;
        }

        return 0;
}

/* Can it have an element that one of those that differ has, too? */
static bool may_share(const Work *work, const Exception *exception) {
        if (exception->kind == SUBJECT_GROUP || work->groups)
                return true;

        for (size_t i = 0; i < work->user_count; i++)
                if (string_equal(work->users[i]->name, exception->name))
                        return true;

        return false;
}

/* The elements that differ get the end that this exception gives them. */
static int extend(
                Work *work,
                const DeltaSide *side,
                const Exception *exception,
                bool in_before,
                bool in_after,
                DeltaElement *items) {
        int r;

        work->scratch.count = 0;
        r = exception_elements_append(&work->scratch, exception, side->subjects);
        if (r < 0)
                return r;

        for (size_t i = 0; i < work->scratch.count; i++) {
                const ExceptionElement *element = &work->scratch.items[i];
                const ExceptionElement *found = exception_elements_find(&work->touched, element);
                DeltaElement *item;

                if (!found)
                        continue;
                item = &items[found - work->touched.items];
                if (in_before)
                        item->before_usec = MAX_OF(item->before_usec, element->expires_usec);
                if (in_after)
                        item->after_usec = MAX_OF(item->after_usec, element->expires_usec);
        }

        return 0;
}

static int extend_all(Work *work, DeltaElement *items) {
        const Exceptions *before = work->before->exceptions;
        int r;

        for (size_t i = 0; i < before->count; i++) {
                if (is_removed(work, before->items[i]) || !may_share(work, before->items[i]))
                        continue;
                r = extend(work, work->after, before->items[i], true, true, items);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < work->removed_count; i++) {
                r = extend(work, work->before, work->removed[i], true, false, items);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < work->added_count; i++) {
                r = extend(work, work->after, work->added[i], false, true, items);
                if (r < 0)
                        return r;
        }

        return 0;
}

/* Has the exception an element in that question's set? */
static bool asks(
                Work *work,
                const DeltaSide *side,
                const Exception *exception,
                const Question *question) {
        if (exception->verdict != question->verdict ||
            exception->destination.family != question->family ||
            exception->destination.prefix != question->prefix ||
            (exception->port_count > 0) != question->port)
                return false;

        work->scratch.count = 0;
        if (exception_elements_append(&work->scratch, exception, side->subjects) < 0)
                return false; /* out of memory for a set more than one is left there */
        for (size_t i = 0; i < work->scratch.count; i++)
                if (question_compare(&work->scratch.items[i].question, question) == 0)
                        return true;

        return false;
}

static bool any_asks(
                Work *work,
                const DeltaSide *side,
                const Exception *const *exceptions,
                size_t count,
                const Question *question) {
        for (size_t i = 0; i < count; i++)
                if (asks(work, side, exceptions[i], question))
                        return true;

        return false;
}

static bool stays_asked(Work *work, const Question *question) {
        const Exceptions *before = work->before->exceptions;

        for (size_t i = 0; i < before->count; i++)
                if (!is_removed(work, before->items[i]) &&
                    asks(work, work->after, before->items[i], question))
                        return true;

        return false;
}

static void find_sets(Work *work, Delta *delta) {
        for (size_t i = 0; i < work->touched.count;
             i = exception_elements_set_end(&work->touched, i)) {
                const Question *question = &work->touched.items[i].question;
                bool was, is;

                if (question_is_guard(question) || stays_asked(work, question))
                        continue;
                was = any_asks(work, work->before, work->removed, work->removed_count, question);
                is = any_asks(work, work->after, work->added, work->added_count, question);
                if (was == is)
                        continue;

                /* at most two for each that comes, and for each that goes */
                assert(delta->set_count < DELTA_SETS_MAX);
                delta->sets[delta->set_count++] = (DeltaSet){ *question, is };
        }
}

int delta_make(const DeltaSide *before, const DeltaSide *after, Delta *ret) {
        CLEANUP(delta_done) Delta delta = {};
        CLEANUP(work_done) Work work = { .before = before, .after = after };
        int r;

        assert(before && after && ret);

        if (!find_changed(&work) || !subjects_agree(&work))
                return DELTA_E_TOO_MUCH;
        r = touch(&work, before, work.removed, work.removed_count);
        if (r != 0)
                return r == -E2BIG ? DELTA_E_TOO_MUCH : r;
        r = touch(&work, after, work.added, work.added_count);
        if (r != 0)
                return r == -E2BIG ? DELTA_E_TOO_MUCH : r;
        exception_elements_sort(&work.touched);

        delta.items = calloc(work.touched.count + 1, sizeof(*delta.items));
        if (!delta.items)
                return -ENOMEM;
        delta.count = work.touched.count;
        r = extend_all(&work, delta.items);
        if (r < 0)
                return r;
        for (size_t i = 0; i < delta.count; i++) {
                delta.items[i].element = work.touched.items[i];
                delta.items[i].element.expires_usec = delta.items[i].after_usec;
        }
        find_sets(&work, &delta);

        *ret = delta;
        delta = (Delta){};
        return 0;
}
