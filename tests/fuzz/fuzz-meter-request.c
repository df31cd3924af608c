/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Any bytes as a question to the meter: no crash, and what is taken is within its bounds. */

#include "fuzz.h"
#include "meter/request.h"
#include "meter/subject.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        MeterRequest request;
        Subjects subjects;

        if (meter_request_parse((const char *) data, size, &request) < 0)
                return 0;

        require(size < METER_REQUEST_MAX, "the line is bounded");
        if (request.question != METER_QUESTION_RECIPIENT)
                require(message_id_is_valid(request.id, strlen(request.id)), "the id is one");
        if (request.question == METER_QUESTION_RELEASE)
                return 0;

        require(request.recipients > 0 && request.recipients <= METER_RECIPIENTS_MAX,
                "recipients are bounded");
        subjects_find(&(Origin){ .sender = request.sender,
                                 .sender_size = strlen(request.sender),
                                 .auth_id = request.auth_id,
                                 .auth_id_size = strlen(request.auth_id),
                                 .has_uid = true,
                                 .uid = request.uid },
                      NULL,
                      NULL,
                      &subjects);
        require(!subjects_are_empty(&subjects), "a local user counts");
        require(strlen(subjects.names[SUBJECT_DOMAIN]) <= OWNERS_DOMAIN_MAX, "domains are bounded");
        require(strpbrk(subjects.names[SUBJECT_DOMAIN], " \t\n\"/") == NULL, "domains are plain");
        return 0;
}
