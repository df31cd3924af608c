/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/engine.h"
#include "core/exim-files.h"
#include "core/meter-file.h"
#include "core/remove.h"
#include "exim/sessions.h"
#include "util/log.h"
#include "util/unit-job.h"

#define RELOAD_TIMEOUT_USEC (15 * USEC_PER_SEC)
/* how long sessions that have begun may keep us, in steps */
#define SESSIONS_USEC_MAX  (10 * USEC_PER_SEC)
#define SESSIONS_USEC_STEP (100 * 1000)

static int remove_rules(void) {
        CLEANUP(firewall_freep) Firewall *firewall = NULL;
        CLEANUP(policy_done) Policy nothing;
        CLEANUP(failure_done) Failure failure = {};
        const HostFacts facts = {};
        uint32_t generation;
        Digest digest;
        int r;

        policy_init(&nothing);

        r = firewall_new(&firewall);
        if (r >= 0)
                r = firewall_apply(firewall, &nothing, &facts, &digest, &generation, &failure);
        if (r < 0) {
                (void) failure_set(&failure, r, FAILURE_FIREWALL_FAILED, "%s", strerror(-r));
                return log_error_errno(r, "Failed to remove the rules: %s", failure.text);
        }

        return 0;
}

/* Nothing holds their mail any more from here on, and removal is no reason for it to leave. */
static void freeze_suspended(const EximFacts *facts) {
        CLEANUP(failure_done) Failure failure = {};
        size_t frozen = 0;
        int r;

        r = exim_freeze_suspended(facts, &frozen, &failure);
        if (frozen > 0)
                log_warning("%zu messages of suspended senders are frozen in Exim's queue now: "
                            "\"exim -Mt ID\" lets one go, \"exim -Mrm ID\" removes it, and Exim's "
                            "timeout_frozen_after ends them",
                            frozen);
        if (r < 0)
                log_warning("Not all mail of suspended senders was frozen, it may leave: %s",
                            failure.text ? failure.text : strerror(-r));
}

/*
 * Whatever Exim says of its configuration, our edits leave it: a text that was broken by somebody
 * else is no better with them. But only a text that Exim accepts is given to a running daemon, as a
 * HUP with any other kills it.
 */
static int strip_exim(const Store *store, bool *ret_reload, bool *ret_clean, EximFacts *facts) {
        CLEANUP(exim_edits_freep) EximEdits *edits = NULL;
        CLEANUP(failure_done) Failure failure = {};
        const MailLimits none = {};
        int r;

        *ret_clean = false;
        *ret_reload = true;
        if (exim_facts_read(0, facts, &failure) < 0) {
                log_warning("Exim's configuration is broken, ignoring: %s", failure.text);
                failure_done(&failure);
                *ret_reload = false;
        } else
                freeze_suspended(facts);

        r = store->state_fd >= 0 ? exim_files_read(store, &facts->edited) : 0;
        if (r < 0)
                log_warning_errno(
                                r,
                                "Edits in files that Exim does not include any more may stay, "
                                "ignoring: %m");

        r = exim_edits_render(facts, &none, NULL, NULL, &edits, &failure);
        if (r >= 0 && exim_edits_are_empty(edits)) {
                *ret_clean = *ret_reload;
                *ret_reload = false;
                return 0;
        }
        if (r >= 0) {
                r = exim_edits_check(edits, facts, &none, NULL, &failure);
                if (r < 0 && failure.code != FAILURE_STORAGE_FAILED) {
                        log_warning("Exim does not accept its files without our edits, ignoring: "
                                    "%s",
                                    failure.text);
                        failure_done(&failure);
                        *ret_reload = false;
                        r = 0;
                }
        }
        if (r >= 0)
                r = exim_edits_apply(edits, &failure);
        if (r < 0) {
                (void) failure_set(&failure, r, FAILURE_STORAGE_FAILED, "%s", strerror(-r));
                return log_error_errno(r, "Failed to give Exim's files back: %s", failure.text);
        }

        return 0;
}

/* The ACL files, when nothing looks for them any more; what stays is removed with the package's
 * other files. */
static void remove_acls(const EximSessions *sessions) {
        CLEANUP(exim_edits_freep) EximEdits *edits = NULL;
        const EximFacts facts = {};
        const MailLimits none = {};
        size_t removed;
        int r;

        for (uint64_t waited = 0; waited < SESSIONS_USEC_MAX; waited += SESSIONS_USEC_STEP) {
                if (exim_sessions_are_over(sessions))
                        break;
                (void) usleep(SESSIONS_USEC_STEP);
        }
        if (!exim_sessions_are_over(sessions))
                return;

        r = exim_edits_render(&facts, &none, NULL, NULL, &edits, NULL);
        if (r >= 0)
                r = exim_edits_sweep(edits, &removed);
        if (r < 0)
                log_warning_errno(r, "Failed to remove the ACL files, ignoring: %m");
}

/* Return: whether programs that are started from now on, and a daemon that runs, have the old text.
 */
static bool reload(const EximFacts *facts, EximSessions *sessions) {
        CLEANUP(exim_listeners_done) EximListeners listeners = {};
        CLEANUP(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        CLEANUP(failure_done) Failure failure = {};
        int r;

        /* without a daemon there is still Debian's generated file */
        if (exim_listeners_read(facts, &listeners) < 0 || !listeners.unit)
                return facts->layout == EXIM_LAYOUT_SINGLE;

        if (unit_job_connect(&bus) < 0)
                return false;
        /* without them the files may be gone a moment too early */
        IGNORE_RESULT(exim_sessions_read(&listeners, sessions));

        r = exim_reload(bus, facts, &listeners, RELOAD_TIMEOUT_USEC, &failure);
        if (r != 0 && failure.text)
                log_warning("Exim was not reloaded, ignoring: %s", failure.text);

        return r == 0;
}

int remove_run(bool *ret_reload_owed) {
        CLEANUP(exim_facts_done) EximFacts facts = {};
        CLEANUP(store_done) Store store = STORE_NONE;
        CLEANUP(exim_sessions_done) EximSessions sessions = {};
        bool reload_wanted = false, is_clean = false;
        int r, q;

        *ret_reload_owed = false;

        r = store_open(&store);
        if (r == -EWOULDBLOCK)
                return log_error_errno(r, "Another smtp-restrictionsd is running; stop it first.");
        /* Without a state there may still be rules and edits. */
        r = remove_rules();

        q = strip_exim(&store, &reload_wanted, &is_clean, &facts);
        if (q >= 0 && reload_wanted) {
                *ret_reload_owed = !reload(&facts, &sessions);
                is_clean = !*ret_reload_owed;
        }
        if (q >= 0 && is_clean) {
                remove_acls(&sessions);
                if (store.config_fd >= 0)
                        IGNORE_RESULT(meter_file_remove(&store)); /* only clutter */
        }

        return r < 0 ? r : q;
}
