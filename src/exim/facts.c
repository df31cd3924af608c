/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <unistd.h>

#include "exim/ask.h"
#include "exim/binary.h"
#include "exim/config-facts.h"
#include "exim/layout.h"
#include "util/text.h"

void exim_facts_done(EximFacts *facts) {
        free(facts->binary);
        free(facts->version);
        free(facts->config);
        free(facts->user);
        free(facts->log);
        string_list_done(&facts->search_path);
        exim_includes_done(&facts->includes);
        string_list_done(&facts->edited);
        *facts = (EximFacts){};
}

/*
 * Exim names its main file only when it accepts it. The file that it would take, for a Status that
 * can say what is broken: nothing is edited by this.
 */
static const char *guess_config(void) {
        static const char *const configs[] = {
                DEBIAN_CONFDIR "/exim4.conf",
                DEBIAN_GENERATED,
                "/etc/exim/exim.conf",
                "/etc/exim.conf",
        };

        for (size_t i = 0; i < ELEMENTS_OF(configs); i++)
                if (access(configs[i], F_OK) == 0)
                        return configs[i];

        return NULL;
}

/* Which user it delivers as, and where it logs. */
static int ask_options(EximFacts *facts, Failure *reterr) {
        static const char *const options[] = { "exim_user", "log_file_path" };
        CLEANUP(freep) char *output = NULL;
        CLEANUP(freep) char *logs = NULL;
        int r;

        r = exim_ask_options(facts, NULL, options, ELEMENTS_OF(options), &output, reterr);
        if (r < 0)
                return r;

        r = exim_option_parse(output, options[0], &facts->user);
        if (r == -ENOENT)
                return failure_set(
                                reterr,
                                r,
                                FAILURE_EXIM_CONFIG_UNSUPPORTED,
                                "%s -bP does not say which user it delivers as",
                                facts->binary);
        if (r >= 0)
                r = exim_option_parse(output, options[1], &logs);
        if (r >= 0)
                r = exim_main_log_parse(logs, &facts->log);

        return r == -ENOENT ? 0 : r;
}

/* One name for one file, however it is written: its directory without links and dots. */
static int make_plain(char **path) {
        CLEANUP(freep) char *directory = NULL, *resolved = NULL;
        char *slash = strrchr(*path, '/'), *plain;

        directory = strndup(*path, slash > *path ? (size_t) (slash - *path) : 1);
        if (!directory)
                return -ENOMEM;
        resolved = realpath(directory, NULL);
        if (!resolved)
                return errno == ENOMEM ? -ENOMEM : 0; /* gone meanwhile: it is not found then */

        plain = string_format("%s%s", string_equal(resolved, "/") ? "" : resolved, slash);
        if (!plain)
                return -ENOMEM;
        free(*path);
        *path = plain;
        return 0;
}

static int make_includes_plain(const EximFacts *facts, EximIncludes *includes) {
        int r = 0;

        for (size_t i = 0; i < includes->count && r >= 0; i++) {
                r = make_plain(&includes->items[i].path);
                if (r >= 0 && !string_equal(includes->items[i].parent, facts->config))
                        r = make_plain(&includes->items[i].parent);
        }

        return r;
}

static int ask_includes(EximFacts *facts, Failure *reterr) {
        static const char *const option[] = { "config" };
        CLEANUP(exim_includes_done) EximIncludes includes = {};
        CLEANUP(freep) char *output = NULL;
        int r;

        if (facts->layout != EXIM_LAYOUT_SINGLE)
                return 0;

        r = exim_ask_options(facts, NULL, option, 1, &output, reterr);
        if (r < 0)
                return r;

        /* not understood, or too many: none is edited, and what one of them sets is refused */
        r = exim_includes_parse(output, &includes);
        if (r < 0)
                return r == -ENOMEM ? r : 0;
        r = make_includes_plain(facts, &includes);
        if (r < 0)
                return r;

        facts->includes = includes;
        includes = (EximIncludes){};
        return 0;
}

static int set_config(EximFacts *facts, const char *config) {
        if (!config)
                return 0;

        facts->config = strdup(config);
        if (!facts->config)
                return -ENOMEM;
        facts->layout = exim_layout_of_config(config);
        return 0;
}

static int read_facts(EximFacts *facts, Failure *reterr) {
        CLEANUP(exim_version_done) EximVersion version = {};
        int answer, r;

        answer = exim_ask_version(facts, NULL, &version, NULL, reterr);

        facts->version = TAKE(version.version);
        facts->search_path = version.search_path;
        version.search_path = (StringList){};

        r = set_config(facts, version.config ?: guess_config());
        if (r < 0)
                return r;
        if (answer < 0)
                return answer;
        if (!version.config)
                return failure_set(
                                reterr,
                                -EBADMSG,
                                FAILURE_EXIM_CONFIG_UNSUPPORTED,
                                "%s -bV does not say which configuration file it uses",
                                facts->binary);

        r = ask_options(facts, reterr);
        return r < 0 ? r : ask_includes(facts, reterr);
}

int exim_facts_read(uint64_t deadline_usec, EximFacts *ret, Failure *reterr) {
        CLEANUP(exim_facts_done) EximFacts facts = { .deadline_usec = deadline_usec };
        const char *binary = exim_binary_find();
        int r;

        if (!binary) {
                *ret = facts;
                return 0;
        }

        facts.binary = strdup(binary);
        if (!facts.binary)
                return failure_set(reterr, -ENOMEM, FAILURE_INTERNAL, "Out of memory");

        r = read_facts(&facts, reterr);
        if (r == -ENOMEM)
                r = failure_set(reterr, r, FAILURE_INTERNAL, "Out of memory");

        *ret = facts;
        facts = (EximFacts){};
        return r;
}
