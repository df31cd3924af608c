/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Somebody changed Exim's files: is something of ours lost, and what is to be done about it? */

#include <errno.h>
#include <string.h>

#include "core/converge.h"
#include "core/exim-files.h"
#include "core/exim-repair.h"
#include "util/log.h"
#include "util/text.h"

/* More is no help in a journal. */
#define SHOWN_MAX 4096

static void log_damage(const EximDamage *damage) {
        size_t size = strlen(damage->text);

        (void) log_write(
                        LOG_WARNING,
                        LOG_ID_FOREIGN_EDIT,
                        0,
                        "'%s', line %zu: the block marked smtp-restrictions was edited by somebody "
                        "else. It is left as it is%s:\n%.*s%s",
                        damage->path,
                        damage->line,
                        damage->is_diff ? "; the difference" : " now",
                        (int) MIN_OF(size, SHOWN_MAX),
                        damage->text,
                        size > SHOWN_MAX ? "\n..." : "");
}

/* It is not known what to put back. converge() refuses too, and makes the Problem. */
static int report_damage(Engine *engine, const EximFacts *exim, bool *ret_found, Failure *reterr) {
        CLEANUP(exim_damage_done) EximDamage damage = {};
        int r;

        r = exim_memory_find_damage(&engine->exim_memory, exim, &damage);
        if (r < 0)
                return r;

        *ret_found = r > 0;
        if (r == 0)
                return 0;

        log_damage(&damage);
        return converge_again(engine, false, reterr);
}

static bool has_exim_problem(const Engine *engine) {
        const Problems *problems = &engine->converge_problems;

        return problems_have(problems, PROBLEM_EXIM_CONFIG_INVALID) ||
               problems_have(problems, PROBLEM_EXIM_CONFIG_UNSUPPORTED);
}

/* Or was it installed, upgraded, switched to another file, or does that include others? */
static bool is_same_exim(const EximFacts *a, const EximFacts *b) {
        return a->layout == b->layout && string_equal(a->config, b->config) &&
               string_equal(a->version, b->version) &&
               exim_includes_name_the_same(&a->includes, &b->includes);
}

/* All of ours is there. Was it not, at the last look, then Exim may have loaded what was there
 * instead. */
static int settle(Engine *engine, const EximFacts *exim, Failure *reterr) {
        if (has_exim_problem(engine))
                return converge_again(engine, true, reterr);
        if (!is_same_exim(exim, &engine->exim))
                return converge_again(engine, false, reterr);

        return exim_memory_refresh(&engine->exim_memory, exim);
}

static int report_loss(Engine *engine, const char *path) {
        problems_remove(&engine->converge_problems, PROBLEM_EXIM_EDITS_LOST);
        (void) log_write(
                        LOG_WARNING,
                        LOG_ID_FOREIGN_EDIT,
                        0,
                        "'%s' was changed by somebody else once more and does not hold what the "
                        "policy says. It is left as it is until smtp-restrictionsctl reload.",
                        path);
        return problems_add(
                        &engine->converge_problems,
                        PROBLEM_EXIM_EDITS_LOST,
                        PROBLEM_SEVERITY_ERROR,
                        string_format("'%s' was put right and changed by somebody else again: it "
                                      "does not hold what the policy says",
                                      path),
                        string_format("Find what rewrites the file, then run smtp-restrictionsctl "
                                      "reload"));
}

static int put_back(Engine *engine, const char *path, Failure *reterr) {
        (void) log_write(
                        LOG_NOTICE,
                        LOG_ID_FOREIGN_EDIT,
                        0,
                        "'%s' was changed by somebody else and does not hold what the policy says "
                        "any more; putting it right.",
                        path);
        return converge_again(engine, false, reterr);
}

static int look(Engine *engine, bool report_only, ForeignChangeOutcome *outcome, Failure *reterr) {
        CLEANUP(exim_facts_done) EximFacts exim = {};
        CLEANUP(exim_edits_freep) EximEdits *edits = NULL;
        CLEANUP(failure_done) Failure failure = {};
        bool damaged;
        int r, broken;

        /* what an Exim with a broken configuration says of itself is enough to find its files */
        broken = engine_read_exim(engine, 0, &exim, &failure);
        if (broken == -ENOMEM)
                return broken;
        r = report_damage(engine, &exim, &damaged, reterr);
        if (r < 0 || damaged)
                return r;

        if (broken >= 0)
                broken = exim_edits_render(
                                &exim,
                                &engine->applied.policy.mail_limits,
                                engine->applied.policy.contact,
                                &engine->applied.facts.denied,
                                &edits,
                                &failure);
        /* converge() has words for it, if there is anything of ours in Exim at all */
        if (broken < 0)
                return mail_limits_are_empty(&engine->applied.policy.mail_limits)
                                       ? 0
                                       : converge_again(engine, false, reterr);
        if (exim_edits_are_empty(edits))
                return settle(engine, &exim, reterr);

        if (report_only) {
                *outcome = FOREIGN_CHANGE_REPORTED;
                return report_loss(engine, exim_edits_first_path(edits));
        }

        *outcome = FOREIGN_CHANGE_REPAIRED;
        return put_back(engine, exim_edits_first_path(edits), reterr);
}

int engine_repair_exim(
                Engine *engine, bool report_only, ForeignChangeOutcome *ret, Failure *reterr) {
        ForeignChangeOutcome outcome = FOREIGN_CHANGE_HARMLESS;
        int r;

        if (!engine->unknown) {
                r = look(engine, report_only, &outcome, reterr);
                if (r < 0)
                        return r;
        }

        *ret = outcome;
        return 0;
}

/* That is to be seen until the next change or reload, and this is neither. */
static int keep_taken_back(const Problems *before, Problems *now) {
        for (size_t i = 0; i < before->count; i++) {
                const Problem *problem = &before->items[i];
                int r;

                if (problem->id != PROBLEM_TRIAL_TAKEN_BACK)
                        continue;
                r =
                                problems_add(now,
                                             problem->id,
                                             problem->severity,
                                             strdup(problem->text),
                                             strdup(problem->hint));
                if (r < 0)
                        return r;
        }

        return 0;
}

int engine_retry_exim(Engine *engine, Failure *reterr) {
        CLEANUP(problems_done) Problems before = {};
        int r;

        if (!engine->exim_waits)
                return 0;

        r = problems_copy(&engine->converge_problems, &before);
        if (r < 0)
                return r;
        r = converge_again(engine, false, reterr);
        if (r < 0)
                return r;

        if (!engine->exim_waits)
                log_notice("What could not be done before in Exim's files is done now.");
        return keep_taken_back(&before, &engine->converge_problems);
}
