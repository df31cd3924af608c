/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the mail limits of these names can be set to, and what holds where they are not. */

typedef enum OverLimitAction {
        OVER_LIMIT_HOLD,
        OVER_LIMIT_DEFER,
        OVER_LIMIT_REJECT,
        OVER_LIMIT_OBSERVE,
} OverLimitAction;

typedef enum FailDeferAction {
        FAIL_DEFER_HOLD,
        FAIL_DEFER_REJECT,
        FAIL_DEFER_OBSERVE,
} FailDeferAction;

typedef enum ServerAuth {
        SERVER_AUTH_ENABLED,
        SERVER_AUTH_DISABLED,
} ServerAuth;

typedef enum MeterFallback {
        METER_FALLBACK_ACCEPT,
        METER_FALLBACK_DEFER,
} MeterFallback;

#define OVER_LIMIT_PERCENT_DEFAULT 125
#define FAIL_DEFER_MINIMUM_DEFAULT 5
