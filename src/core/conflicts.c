/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "core/conflict-text.h"
#include "core/conflicts.h"
#include "firewall/owner-rules.h"
#include "util/fd.h"
#include "util/text.h"

#define FILE_SIZE_MAX ((size_t) 1024 * 1024)

#define IMUNIFY_HINT "Run imunify360-agent config update '{\"SMTP_BLOCKING\": {\"enable\": false}}'"

/* clang-format off */

static const struct {
        const char *path;
        bool (*has)(const char *text);
        ProblemId id;
        const char *what;
        const char *hint;
        bool merged; /* the next one is a part of it, and says nothing where this one is there */
} sources[] = {
        { "/etc/csf/csf.conf", conflict_text_has_csf, PROBLEM_CONFLICT_CSF,
          "ConfigServer Firewall restricts outgoing SMTP too (SMTP_BLOCK)",
          "Set SMTP_BLOCK = \"0\" in /etc/csf/csf.conf, then run csf -r", false },
        /* WHM goes by this file, which is empty, and not by what cpanel.config says */
        { "/var/cpanel/smtpgidonlytweak", conflict_text_is_there, PROBLEM_CONFLICT_CPANEL,
          "cPanel & WHM restricts outgoing SMTP too (smtpmailgidonly)",
          "Switch SMTP Restrictions off in WHM's Security Center, or run "
          "/scripts/smtpmailgidonly off", false },
        { "/etc/sysconfig/imunify360/imunify360-merged.config", conflict_text_has_imunify,
          PROBLEM_CONFLICT_IMUNIFY,
          "Imunify360 restricts outgoing SMTP too (SMTP_BLOCKING)",
          IMUNIFY_HINT, true },
        { "/etc/sysconfig/imunify360/imunify360.config", conflict_text_has_imunify,
          PROBLEM_CONFLICT_IMUNIFY,
          "Imunify360 restricts outgoing SMTP too (SMTP_BLOCKING)",
          IMUNIFY_HINT, false },
        { "/etc/iptables/rules.v4", conflict_text_has_iptables, PROBLEM_CONFLICT_IPTABLES,
          "/etc/iptables/rules.v4 has rules for SMTP by owner, which are loaded at boot",
          "Take them out, and out of the running rules: iptables -S OUTPUT", false },
        { "/etc/iptables/rules.v6", conflict_text_has_iptables, PROBLEM_CONFLICT_IPTABLES,
          "/etc/iptables/rules.v6 has rules for SMTP by owner, which are loaded at boot",
          "Take them out, and out of the running rules: ip6tables -S OUTPUT", false },
};

/* clang-format on */

/* The file of source `i`. *ret_there: it could be read. Return: 0 or -ENOMEM. */
static int look_into(size_t i, Problems *problems, bool *ret_there) {
        CLEANUP(freep) char *text = NULL;
        size_t size;
        int r;

        r = fd_read_file_at(AT_FDCWD, sources[i].path, FILE_SIZE_MAX, &text, &size);
        if (r == -ENOMEM)
                return r;
        *ret_there = r >= 0;
        if (r < 0 || !sources[i].has(text))
                return 0;

        return problems_add(
                        problems,
                        sources[i].id,
                        PROBLEM_SEVERITY_WARNING,
                        string_format("%s", sources[i].what),
                        string_format("%s", sources[i].hint));
}

static int look_into_files(Problems *problems) {
        for (size_t i = 0; i < ELEMENTS_OF(sources); i++) {
                bool there = false;
                int r;

                r = look_into(i, problems, &there);
                if (r < 0)
                        return r;
                if (there && sources[i].merged)
                        i++;
        }

        return 0;
}

static int look_into_kernel(Problems *problems) {
        CLEANUP(freep) char *table = NULL;
        CLEANUP(freep) char *chain = NULL;
        OwnerRule rule = {};

        /* what cannot be read says nothing */
        if (owner_rules_find(&rule) < 0 || !rule.found)
                return 0;

        table = string_quote(rule.table, strlen(rule.table), OWNER_RULE_NAME_SIZE);
        chain = string_quote(rule.chain, strlen(rule.chain), OWNER_RULE_NAME_SIZE);
        if (!table || !chain)
                return -ENOMEM;

        return problems_add(
                        problems,
                        PROBLEM_CONFLICT_IPTABLES,
                        PROBLEM_SEVERITY_WARNING,
                        string_format("nftables table %s %s, chain %s, has a rule for SMTP by "
                                      "owner",
                                      rule.family,
                                      table,
                                      chain),
                        string_format("Find who loads it, and have it taken out: nft list chain %s "
                                      "%s %s",
                                      rule.family,
                                      table,
                                      chain));
}

int conflicts_find(Problems *problems) {
        int r = look_into_files(problems);

        return r < 0 ? r : look_into_kernel(problems);
}
