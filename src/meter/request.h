/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What Exim asks the meter, one line:
 *
 *     D ID n=N z=SIZE u=UID h=HOST p=PORT la=ADDR lp=PORT s=BASE64 a=BASE64
 *             may the message with that id be accepted for N remote recipients?
 *     P u=UID h=HOST p=PORT la=ADDR lp=PORT s=BASE64 a=BASE64
 *             would one with a remote recipient be? (counts nothing)
 *     A a=BASE64
 *             may who has logged in by that AUTH id send at all?
 *     H ID AGE [k=UID u=UID h=HOST p=PORT la=ADDR lp=PORT s=BASE64 a=BASE64]
 *             a delivery: may the message, if it is held, go? With more words: it may be of
 *             somebody who is suspended; k is the user that the meter has known, empty or "-" if it
 *             has not, and with u to a it is the connection that it came by
 *
 * Sender (s) and AUTH id (a) are a stranger's words. h is empty for what a local process gives by
 * sendmail. Pure.
 */

#include <netinet/in.h>

#include "policy/meter-socket.h"
#include "util/message-id.h"

#define METER_REQUEST_MAX    ((size_t) 4096) /* with the newline */
#define METER_RECIPIENTS_MAX 1000000

typedef enum MeterQuestion {
        METER_QUESTION_MESSAGE,   /* D */
        METER_QUESTION_RECIPIENT, /* P */
        METER_QUESTION_AUTH,      /* A */
        METER_QUESTION_RELEASE,   /* H */
} MeterQuestion;

typedef struct MeterRequest {
        MeterQuestion question;
        char id[MESSAGE_ID_SIZE]; /* of D and H */

        /* D, P, and H if .has_origin; .auth_id of A too */
        uint32_t recipients; /* of P: 1 */
        uint64_t size;       /* of D */
        uint32_t uid;        /* of the process; over TCP Exim's own */
        char host[INET6_ADDRSTRLEN];
        uint16_t port; /* 0: not over TCP */
        char local_host[INET6_ADDRSTRLEN];
        uint16_t local_port;
        char sender[METER_TEXT_MAX + 1]; /* empty for a bounce */
        char auth_id[METER_TEXT_MAX + 1];

        /* H */
        uint64_t age_sec;
        bool has_origin;
        bool has_known_uid;
        uint32_t known_uid;
} MeterRequest;

/* `line` is without its newline. Return: 0, or -EINVAL if it is anything else than the above. */
WARN_UNUSED int meter_request_parse(const char *line, size_t size, MeterRequest *ret);

/* Over TCP: somebody's connection, whose owner can be asked for. */
bool meter_request_has_connection(const MeterRequest *request);

/* Root trying a configuration of Exim: never counted. Others could use the reserved sender to send
 * without limits, so that alone is not enough. */
bool meter_request_is_probe(const MeterRequest *request);
