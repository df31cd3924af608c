/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "core/guard-finding.h"
#include "firewall/ruleset.h"
#include "util/text.h"

#define TABLE "nftables table inet " RULESET_TABLE

void guard_finding_done(GuardFinding *finding) {
        free(finding->repaired);
        free(finding->failed);
        *finding = (GuardFinding){};
}

static int add_repaired(const GuardFinding *finding, Problems *problems) {
        int r;

        r = problems_add(
                        problems,
                        PROBLEM_FIREWALL_REPAIRED,
                        PROBLEM_SEVERITY_NOTICE,
                        string_format(TABLE " %s and was put back", finding->repaired),
                        string_format("Nothing, if you know why: a start, stop or reload of "
                                      "nftables.service does this too"));
        if (r < 0)
                return r;

        problems->items[problems->count - 1].since_usec = finding->repaired_usec;
        return 0;
}

static int add_contested(Problems *problems) {
        return problems_add(
                        problems,
                        PROBLEM_FIREWALL_CONTESTED,
                        PROBLEM_SEVERITY_WARNING,
                        string_format(TABLE " is damaged again and again; it is put back less and "
                                            "less often"),
                        string_format("Find what does it (the journal names the process), then run "
                                      "smtp-restrictionsctl reload"));
}

static int add_failed(const GuardFinding *finding, Problems *problems) {
        return problems_add(
                        problems,
                        PROBLEM_FIREWALL_FAILED,
                        PROBLEM_SEVERITY_ERROR,
                        string_format(TABLE " was damaged and cannot be put back: %s",
                                      finding->failed),
                        string_format("Mend the cause, then run smtp-restrictionsctl reload"));
}

int guard_finding_add_problems(const GuardFinding *finding, uint64_t now_usec, Problems *problems) {
        int r = 0;

        if (finding->repaired && now_usec - finding->repaired_usec <= GUARD_REPAIR_SHOWN_USEC)
                r = add_repaired(finding, problems);
        if (r >= 0 && finding->contested)
                r = add_contested(problems);
        if (r >= 0 && finding->failed)
                r = add_failed(finding, problems);

        return r;
}
