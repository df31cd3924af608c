/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * meter.json: what the meter shall do. The service writes it in its transactions, the meter reads
 * it; both ways are here. Pure.
 */

#include "policy/mail-limits.h"

#define METER_CONFIG_SIZE_MAX ((size_t) 256 * 1024)
#define METER_CONFIG_UIDS_MAX 10000

typedef struct UidList {
        uint32_t *items; /* owned; sorted, unique */
        size_t count;
} UidList;

/* Zero-initialized is empty. */
typedef struct MeterConfig {
        MailLimits limits;       /* those that the meter keeps */
        char *contact;           /* owned; whom to ask, for texts. NULL: nobody */
        char *domain_owners;     /* owned; path. NULL: domains count as claimed */
        char *shared;            /* owned; URL of the server that keeps the counts of several mail
                                    servers. NULL: none */
        uint32_t shared_percent; /* of each limit that is this host's own while it is not there */
        char *log;               /* owned; path of Exim's main log. NULL: it writes none */
        uint32_t exim_uid;       /* who may ask, beside root */
        UidList denied_uids;     /* may send nothing to remote domains */
        UidList free_uids;       /* their mail is not counted: Mailman's */
        UidList own_uids;        /* Exim's: what they send with an empty sender are bounces */
} MeterConfig;

void meter_config_done(MeterConfig *config);

bool uid_list_contains(const UidList *list, uint32_t uid);

/* Return: 0; -EINVAL with InvalidValue, and the place in the text; -ENOMEM. */
WARN_UNUSED int meter_config_from_text(
                const char *text, size_t size, MeterConfig *ret, Failure *reterr);
/* The caller frees. Return: 0 or -ENOMEM. */
WARN_UNUSED int meter_config_to_text(const MeterConfig *config, char **ret_text, size_t *ret_size);
