/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "meter/verdict.h"

const char *verdict_kind_to_string(VerdictKind kind) {
        static const char *const names[_VERDICT_KIND_MAX] = {
                [VERDICT_OK] = "ok",       [VERDICT_OBSERVE] = "observe", [VERDICT_HOLD] = "hold",
                [VERDICT_DEFER] = "defer", [VERDICT_DENY] = "deny",
        };

        return names[kind];
}

static VerdictKind over_limit(OverLimitAction action) {
        switch (action) {
        case OVER_LIMIT_OBSERVE:
                return VERDICT_OBSERVE;
        case OVER_LIMIT_HOLD:
                return VERDICT_HOLD;
        case OVER_LIMIT_DEFER:
                return VERDICT_DEFER;
        case OVER_LIMIT_REJECT:
        default:
                return VERDICT_DENY;
        }
}

static Verdict judge_one(
                const LimitState *state,
                uint64_t recipients,
                OverLimitAction action,
                uint64_t percent) {
        uint64_t wanted = state->used + state->held + recipients;
        Verdict verdict = { .is_too_large = recipients > state->limit };

        if (wanted <= state->limit)
                return verdict;

        verdict.kind = over_limit(action);
        if (action != OVER_LIMIT_OBSERVE &&
            (verdict.is_too_large || wanted > state->limit * percent / 100))
                verdict.kind = VERDICT_DENY;
        return verdict;
}

Verdict verdict_judge(
                const LimitState states[],
                size_t count,
                uint64_t recipients,
                OverLimitAction action,
                uint64_t percent) {
        Verdict worst = {};

        for (size_t i = 0; i < count; i++) {
                Verdict verdict = judge_one(&states[i], recipients, action, percent);

                if (verdict.kind > worst.kind) {
                        worst = verdict;
                        worst.cause = i;
                }
        }

        return worst;
}
