/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Settings of other programs as a policy of ours: ConfigServer Firewall, cPanel & WHM, Imunify360.
 * What their texts mean is known from their public documentation alone. They are foreign: any bytes
 * give a result or a refusal. Each function is given a text that it may change, with a NUL behind
 * its `size` bytes. Pure.
 */

#include "util/failure.h"
#include "util/json.h"

#define IMPORT_REMARKS_MAX 1000

typedef struct Import {
        json_t *policy;   /* owned: keys as in policy.json, only those that were found */
        json_t *subjects; /* owned: "domain:NAME" to its settings, as SetSubject takes them */
        json_t *remarks;  /* owned: what has no equal: objects of Setting, Value, Text */
        bool failed;      /* out of memory, reported by import_finish() */
} Import;

void import_init(Import *import);
void import_done(Import *import);
/* Return: 0 or -ENOMEM. */
WARN_UNUSED int import_finish(const Import *import);

/* A key of the policy, or of its MailLimits, in place of what was there; `value` is handed over. */
void import_set(Import *import, const char *key, json_t *value);
void import_set_limit(Import *import, const char *key, json_t *value);
/* Say why a setting is left out, or what is different here. `value` may be any bytes. */
void import_remark(Import *import, const char *setting, const char *value, const char *text);

/*
 * The texts. Return: 0, also when out of memory (see import_finish()), or -EINVAL with a text where
 * it is no such file.
 */
WARN_UNUSED int import_csf(Import *import, char *text, size_t size, Failure *reterr);
WARN_UNUSED int import_imunify(Import *import, char *text, size_t size, Failure *reterr);
WARN_UNUSED int import_cpanel(Import *import, char *text, size_t size, Failure *reterr);

/* Beside cpanel.config: main options of Exim in exim.conf.local. */
void import_exim_local(Import *import, char *text, size_t size);
/* DOMAIN=NUMBER, messages in an hour, as in maxemails. */
void import_max_emails(Import *import, char *text, size_t size);
/* `user` to a list of his domains, of userdomains; the caller's. NULL when out of memory. */
json_t *import_user_domains(char *text, size_t size);
/* The file of an account; `domains` are his or NULL. */
void import_account(Import *import, char *text, size_t size, const json_t *domains);
