/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>

#include "core/conflict-text.h"
#include "core/conflicts.h"
#include "util/fd.h"
#include "util/text.h"

#define FILE_SIZE_MAX ((size_t) 1024 * 1024)

/* clang-format off */

static const struct {
        const char *path;
        bool (*has)(const char *text);
        ProblemId id;
        const char *what;
        const char *hint;
} sources[] = {
        { "/etc/csf/csf.conf", conflict_text_has_csf, PROBLEM_CONFLICT_CSF,
          "ConfigServer Firewall restricts outgoing SMTP too (SMTP_BLOCK)",
          "Set SMTP_BLOCK = \"0\" in /etc/csf/csf.conf, then run csf -r" },
        { "/var/cpanel/cpanel.config", conflict_text_has_cpanel, PROBLEM_CONFLICT_CPANEL,
          "cPanel & WHM restricts outgoing SMTP too (smtpmailgidonly)",
          "Switch \"Restrict outgoing SMTP to root, exim, and mailman\" off in WHM's Tweak Settings" },
        { "/etc/sysconfig/imunify360/imunify360.config", conflict_text_has_imunify,
          PROBLEM_CONFLICT_IMUNIFY,
          "Imunify360 restricts outgoing SMTP too (SMTP_BLOCKING)",
          "Switch SMTP traffic management off in Imunify360's settings" },
        { "/etc/iptables/rules.v4", conflict_text_has_iptables, PROBLEM_CONFLICT_IPTABLES,
          "/etc/iptables/rules.v4 has rules for SMTP by owner, which are loaded at boot",
          "Take them out, and out of the running rules: iptables -S OUTPUT" },
        { "/etc/iptables/rules.v6", conflict_text_has_iptables, PROBLEM_CONFLICT_IPTABLES,
          "/etc/iptables/rules.v6 has rules for SMTP by owner, which are loaded at boot",
          "Take them out, and out of the running rules: ip6tables -S OUTPUT" },
};

/* clang-format on */

int conflicts_find(Problems *problems) {
        for (size_t i = 0; i < ELEMENTS_OF(sources); i++) {
                CLEANUP(freep) char *text = NULL;
                size_t size;
                int r;

                r = fd_read_file_at(AT_FDCWD, sources[i].path, FILE_SIZE_MAX, &text, &size);
                if (r == -ENOMEM)
                        return r;
                if (r < 0 || !sources[i].has(text))
                        continue;

                r =
                                problems_add(problems,
                                             sources[i].id,
                                             PROBLEM_SEVERITY_WARNING,
                                             string_format("%s", sources[i].what),
                                             string_format("%s", sources[i].hint));
                if (r < 0)
                        return r;
        }

        return 0;
}
