/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "meter/verdict-text.h"
#include "meterd/decide.h"
#include "util/log.h"
#include "util/now.h"
#include "util/text.h"

static void write_answer(
                VerdictKind kind,
                bool has_uid,
                uint32_t uid,
                const char *text,
                char ret[static DECIDE_ANSWER_SIZE]) {
        char number[16] = "-";

        if (has_uid)
                (void) snprintf(number, sizeof(number), "%" PRIu32, uid);
        (void) snprintf(ret,
                        DECIDE_ANSWER_SIZE,
                        "%s %s%s%s",
                        verdict_kind_to_string(kind),
                        number,
                        text[0] ? " " : "",
                        text);
}

/* People know users by name. */
static const char *shown_name(const UserNames *users, SubjectKind kind, const char *name) {
        if (kind != SUBJECT_USER)
                return name;
        return user_names_find(users, (uint32_t) strtoul(name, NULL, 10)) ?: name;
}

static void tell(const LedgerAnswer *answer, const char *name) {
        static const char *const ends[_VERDICT_KIND_MAX] = {
                [VERDICT_OK] = "",
                [VERDICT_OBSERVE] = "it is let through",
                [VERDICT_HOLD] = "it is held",
                [VERDICT_DEFER] = "it is deferred",
                [VERDICT_DENY] = "it is refused",
        };
        CLEANUP(freep) char *quoted = string_quote(name, strlen(name), 200);
        const char *end = ends[answer->verdict.kind];

        if (answer->by_share)
                log_notice("%" PRIu64 " of %" PRIu64 " recipients of the domain %s could not be "
                           "reached in the last hour, which is too much for more of its mail: %s",
                           answer->share.bad,
                           answer->share.recipients,
                           quoted ?: "?",
                           end);
        else
                log_notice("Mail of the %s %s is over the limit of %" PRIu64
                           " recipients in one %s: %s",
                           subject_kind_to_string(answer->cause.subject),
                           quoted ?: "?",
                           answer->cause.limit,
                           answer->cause.window == WINDOW_HOUR ? "hour" : "day",
                           end);
}

/* Of a refusal. */
static void write_reason(
                const MeterConfig *config,
                const MeterRequest *request,
                const LedgerAnswer *answer,
                const char *name,
                char ret[static VERDICT_TEXT_SIZE]) {
        if (answer->suspension != SUSPENSION_NONE)
                verdict_suspended_text(answer->cause.subject, name, config->contact, ret);
        else if (answer->by_share)
                verdict_share_text(
                                name,
                                answer->share.bad,
                                answer->share.recipients,
                                config->contact,
                                ret);
        else
                verdict_to_text(&answer->verdict,
                                &answer->cause,
                                name,
                                request->recipients,
                                answer->until_sec,
                                config->contact,
                                ret);
}

static void explain(
                Settings *settings,
                const UserNames *users,
                const MeterRequest *request,
                const LedgerAnswer *answer,
                char ret[static DECIDE_ANSWER_SIZE]) {
        char text[VERDICT_TEXT_SIZE] = "";
        const char *name = shown_name(users, answer->cause.subject, answer->name);

        if (answer->tell)
                tell(answer, name);
        if (answer->verdict.kind >= VERDICT_DEFER)
                write_reason(settings_config(settings), request, answer, name, text);
        write_answer(answer->verdict.kind, answer->has_uid, answer->uid, text, ret);
}

static void deny_user(
                const MeterConfig *config,
                const UserNames *users,
                uint32_t uid,
                char ret[static DECIDE_ANSWER_SIZE]) {
        char text[VERDICT_TEXT_SIZE], number[16];

        (void) snprintf(number, sizeof(number), "%" PRIu32, uid);
        verdict_denied_user_text(user_names_find(users, uid) ?: number, config->contact, text);
        write_answer(VERDICT_DENY, true, uid, text, ret);
}

/* Names that are empty have nothing set. */
static bool is_auth_enabled(
                const MeterConfig *config,
                SubjectTable *subjects,
                const Subjects *names,
                SmtpAuthLevel *ret_level) {
        bool server = mail_limits_value(
                                      &config->limits, MAIL_LIMIT_SMTP_AUTH, SERVER_AUTH_ENABLED) ==
                      SERVER_AUTH_ENABLED;
        SubjectSettings mailbox, domain;

        (void) subject_table_find(
                        subjects, SUBJECT_MAILBOX, names->names[SUBJECT_MAILBOX], &mailbox);
        (void) subject_table_find(subjects, SUBJECT_DOMAIN, names->names[SUBJECT_DOMAIN], &domain);
        return smtp_auth_is_enabled(&mailbox, &domain, server, ret_level);
}

static void find_account(const char *auth_id, Subjects *ret) {
        const Origin origin = { .auth_id = auth_id, .auth_id_size = strlen(auth_id) };

        subjects_find(&origin, NULL, NULL, ret);
}

/* Whoever has logged in, by what is set for the mailbox, its domain, or the server. */
static bool may_send_by_auth(
                const MeterConfig *config, SubjectTable *subjects, const char *auth_id) {
        SmtpAuthLevel level;
        Subjects names;

        find_account(auth_id, &names);
        return is_auth_enabled(config, subjects, &names, &level);
}

bool decide_auth_of(
                Settings *settings,
                SubjectTable *subjects,
                const Subject *subject,
                SmtpAuthLevel *ret_level) {
        Subjects names = {};

        if (subject->kind == SUBJECT_MAILBOX)
                find_account(subject->name, &names);
        else
                (void) snprintf(names.names[SUBJECT_DOMAIN],
                                sizeof(names.names[SUBJECT_DOMAIN]),
                                "%s",
                                subject->name);
        return is_auth_enabled(settings_config(settings), subjects, &names, ret_level);
}

static void deny_auth(
                const MeterConfig *config,
                const char *auth_id,
                bool has_uid,
                uint32_t uid,
                char ret[static DECIDE_ANSWER_SIZE]) {
        char text[VERDICT_TEXT_SIZE];

        verdict_no_auth_text(auth_id, config->contact, text);
        write_answer(VERDICT_DENY, has_uid, uid, text, ret);
}

void decide_auth(
                Settings *settings,
                SubjectTable *subjects,
                const MeterRequest *request,
                char ret[static DECIDE_ANSWER_SIZE]) {
        const MeterConfig *config = settings_config(settings);

        if (may_send_by_auth(config, subjects, request->auth_id))
                write_answer(VERDICT_OK, false, 0, "", ret);
        else
                deny_auth(config, request->auth_id, false, 0, ret);
}

/* What a local process gives has its login name there, which is not to be passed. */
static Origin origin_of(const MeterRequest *request, bool has_uid, uint32_t uid) {
        return (Origin){
                .sender = request->sender,
                .sender_size = strlen(request->sender),
                .auth_id = request->auth_id,
                .auth_id_size = request->host[0] ? strlen(request->auth_id) : 0,
                .has_uid = has_uid,
                .uid = uid,
        };
}

static bool is_own(const MeterConfig *config, bool has_uid, uint32_t uid) {
        return has_uid && uid_list_contains(&config->own_uids, uid);
}

bool decide_at_once(
                Settings *settings,
                SubjectTable *subjects,
                const MeterRequest *request,
                bool has_uid,
                uint32_t uid,
                Subjects *ret_names,
                char ret[static DECIDE_ANSWER_SIZE]) {
        const MeterConfig *config = settings_config(settings);
        uint64_t now_usec = now_read_usec(CLOCK_MONOTONIC);
        const UserNames *users = settings_users(settings, now_usec);
        bool own = is_own(config, has_uid, uid);
        const Origin origin = origin_of(request, has_uid && !own, uid);

        /* what Exim itself sends without a sender are bounces */
        if (meter_request_is_probe(request) || (own && !request->sender[0])) {
                write_answer(VERDICT_OK, has_uid, uid, "", ret);
                return true;
        }
        if (has_uid && uid_list_contains(&config->denied_uids, uid)) {
                deny_user(config, users, uid, ret);
                return true;
        }
        /* also of a session that has got past MAIL before it was disabled */
        if (origin.auth_id_size > 0 && !may_send_by_auth(config, subjects, origin.auth_id)) {
                deny_auth(config, origin.auth_id, has_uid, uid, ret);
                return true;
        }
        if (has_uid && uid_list_contains(&config->free_uids, uid)) {
                write_answer(VERDICT_OK, true, uid, "", ret);
                return true;
        }

        subjects_find(&origin, settings_owners(settings, now_usec), users, ret_names);
        return false;
}

int decide(Ledger *ledger,
           Settings *settings,
           const MeterRequest *request,
           const Subjects *names,
           bool has_uid,
           uint32_t uid,
           const LedgerCall *call,
           char ret[static DECIDE_ANSWER_SIZE]) {
        LedgerAnswer answer;
        int r;

        r = ledger_ask_shared(
                        ledger,
                        request->question == METER_QUESTION_MESSAGE ? request->id : NULL,
                        request->recipients,
                        names,
                        has_uid,
                        uid,
                        now_read_sec(),
                        call,
                        &answer);
        if (r < 0)
                return r;

        if (answer.name)
                explain(settings,
                        settings_users(settings, now_read_usec(CLOCK_MONOTONIC)),
                        request,
                        &answer,
                        ret);
        else
                write_answer(answer.verdict.kind, answer.has_uid, answer.uid, "", ret);
        return 0;
}

bool decide_without_owner(Settings *settings, char ret[static DECIDE_ANSWER_SIZE]) {
        const MailLimits *limits = &settings_config(settings)->limits;

        if (mail_limits_value(limits, MAIL_LIMIT_OVER_LIMIT_ACTION, OVER_LIMIT_HOLD) ==
            OVER_LIMIT_OBSERVE)
                return false;

        write_answer(VERDICT_DEFER,
                     false,
                     0,
                     "4.7.1 who sends this has hung up before it was known who that is",
                     ret);
        return true;
}

/* Whose a message is that may be older than the meter. Whoever connected from here has hung up long
 * ago, and what Exim says of it is all that there is. */
static void find_names(Settings *settings, const MeterRequest *request, Subjects *ret) {
        const MeterConfig *config = settings_config(settings);
        uint64_t now_usec = now_read_usec(CLOCK_MONOTONIC);
        bool is_by_program = !request->host[0];
        uint32_t uid = is_by_program ? request->uid : request->known_uid;
        bool has_uid = is_by_program || request->has_known_uid;
        bool own = is_own(config, has_uid, uid);
        Origin origin = origin_of(request, has_uid && !own, uid);

        origin.is_from_here = !own || request->sender[0];
        subjects_find(&origin,
                      settings_owners(settings, now_usec),
                      settings_users(settings, now_usec),
                      ret);
}

int decide_release(
                Ledger *ledger,
                Settings *settings,
                const MeterRequest *request,
                const LedgerCall *call,
                char ret[static DECIDE_ANSWER_SIZE]) {
        Subjects names;
        bool go;
        int r;

        if (request->has_origin)
                find_names(settings, request, &names);
        r = ledger_release_shared(
                        ledger,
                        request->id,
                        request->has_origin ? &names : NULL,
                        now_read_sec(),
                        call,
                        &go);
        if (r >= 0)
                (void) snprintf(ret, DECIDE_ANSWER_SIZE, "%s", go ? "go" : "hold");
        return r;
}
