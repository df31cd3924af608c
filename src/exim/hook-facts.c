/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>

#include "exim/ask.h"
#include "exim/config-facts.h"
#include "exim/hook-facts.h"
#include "exim/layout.h"
#include "exim/stage.h"
#include "exim/view.h"
#include "util/text.h"

#define OPTION_ADVERTISE "auth_advertise_hosts"

static int parse(const char *options, const char *config, EximHookFacts *facts) {
        CLEANUP(freep) char *advertise = NULL;
        int r = 0;

        for (EximHook i = 0; i < _EXIM_HOOK_MAX; i++) {
                r = exim_option_parse(options, exim_hook_option(i), &facts->values[i]);
                if (r < 0 && r != -ENOENT)
                        return r;
        }
        r = exim_option_parse(options, OPTION_ADVERTISE, &advertise);
        if (r < 0 && r != -ENOENT)
                return r;

        facts->has_auth = (!advertise || advertise[0]) && exim_config_has_server_auth(config);
        return exim_own_domains_parse(config, &facts->own_domains);
}

/* `staged` NULL: the configuration in force, which Exim has accepted. */
static int ask(const EximFacts *facts,
               const EximStaged *staged,
               EximHookFacts *ret,
               Failure *reterr) {
        static const char *const whole[] = { "config" };
        CLEANUP(exim_hook_facts_done) EximHookFacts hook_facts = {};
        CLEANUP(freep) char *output = NULL;
        CLEANUP(freep) char *config = NULL;
        const char *options[_EXIM_HOOK_MAX + 1];
        int r = 0;

        for (EximHook i = 0; i < _EXIM_HOOK_MAX; i++)
                options[i] = exim_hook_option(i);
        options[_EXIM_HOOK_MAX] = OPTION_ADVERTISE;

        /* -bP of a broken configuration would be in Exim's panic log */
        if (staged)
                r = exim_ask_version(facts, staged, NULL, NULL, reterr);
        if (r >= 0)
                r = exim_ask_options(facts, staged, options, ELEMENTS_OF(options), &output, reterr);
        if (r >= 0)
                r = exim_ask_options(facts, staged, whole, 1, &config, reterr);
        if (r < 0)
                return r;

        r = parse(output, config, &hook_facts);
        if (r < 0)
                return failure_set(reterr, r, FAILURE_INTERNAL, "Out of memory");

        *ret = hook_facts;
        hook_facts = (EximHookFacts){};
        return 0;
}

static int ask_generated(
                const EximFacts *facts,
                const EximFile *target,
                EximHookFacts *ret,
                Failure *reterr) {
        CLEANUP(exim_stage_done) EximStage stage = {};
        int r;

        r = exim_stage_make(facts, target->after, target->after_size, &stage, reterr);
        if (r < 0)
                return r;

        return ask(facts,
                   &(const EximStaged){ .path = stage.output, .real = DEBIAN_GENERATED },
                   ret,
                   reterr);
}

/* Does a file that Exim reads now hold anything of ours? If not, it has no hook. */
static bool have_block(const EximEdits *edits) {
        for (size_t i = 0; i < edits->count; i++)
                if (edits->items[i].had_block)
                        return true;

        return false;
}

static int ask_single(
                const EximFacts *facts, EximEdits *edits, EximHookFacts *ret, Failure *reterr) {
        CLEANUP(exim_view_done) EximView view = {};
        int r;

        for (size_t i = 0; i < edits->count; i++) {
                edits->items[i].is_read = true;
                r = exim_file_prepare(&edits->items[i], reterr);
                if (r < 0)
                        return r;
        }

        r = exim_view_make(edits, facts, edits->count, &view, reterr);
        if (r < 0)
                return r;

        return ask(facts, view.staged, ret, reterr);
}

int exim_hook_facts_read(
                const EximFacts *facts, EximEdits *plain, EximHookFacts *ret, Failure *reterr) {
        if (exim_layout_is_generated(facts->layout))
                return ask_generated(facts, &plain->items[0], ret, reterr);
        if (!have_block(plain))
                return ask(facts, NULL, ret, reterr);

        return ask_single(facts, plain, ret, reterr);
}
