/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <unistd.h>

#include "exim/ask.h"
#include "exim/layout.h"
#include "util/text.h"

void exim_facts_done(EximFacts *facts) {
        free(facts->binary);
        free(facts->version);
        free(facts->config);
        free(facts->user);
        string_list_done(&facts->search_path);
        *facts = (EximFacts){};
}

static const char *find_binary(void) {
        static const char *const binaries[] = { "/usr/sbin/exim4", "/usr/sbin/exim" };

        for (size_t i = 0; i < ELEMENTS_OF(binaries); i++)
                if (access(binaries[i], X_OK) == 0)
                        return binaries[i];

        return NULL;
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

static int ask_user(EximFacts *facts, Failure *reterr) {
        static const char *const option[] = { "exim_user" };
        CLEANUP(freep) char *output = NULL;
        int r;

        r = exim_ask_options(facts->binary, NULL, option, 1, &output, reterr);
        if (r < 0)
                return r;

        r = exim_option_parse(output, option[0], &facts->user);
        if (r == -ENOENT)
                return failure_set(
                                reterr,
                                r,
                                FAILURE_EXIM_CONFIG_UNSUPPORTED,
                                "%s -bP does not say which user it delivers as",
                                facts->binary);

        return r;
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

        answer = exim_ask_version(facts->binary, NULL, &version, NULL, reterr);

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

        return ask_user(facts, reterr);
}

int exim_facts_read(EximFacts *ret, Failure *reterr) {
        CLEANUP(exim_facts_done) EximFacts facts = {};
        const char *binary = find_binary();
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
